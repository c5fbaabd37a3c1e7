//! Bloom filters (BIP37) and compact block filters (BIP157), as far as a node that implements
//! neither has to handle them.

use fake_peer_core::message::{FilterAdd, FilterLoad, FilterType, Services};

use super::turn::{Turn, Verdict, react};

/// The Bloom filter that a peer loaded, of which only the length matters.
#[derive(Debug, Clone, Default)]
pub(super) struct FilterState {
    /// The length of the filter, in bytes. `None`: no filter is loaded.
    loaded: Option<usize>,
}

impl FilterState {
    pub(super) fn is_loaded(&self) -> bool {
        self.loaded.is_some()
    }

    pub(super) fn held(&self) -> u64 {
        self.loaded.unwrap_or(0) as u64
    }
}

impl Turn<'_> {
    pub(super) fn on_filterload(&mut self, message: &FilterLoad) -> Verdict {
        self.needs_bloom()?;
        self.peer.filters.loaded = Some(message.filter.len());
        self.peer.inventory.relays = true;
        Ok(())
    }

    pub(super) fn on_filteradd(&mut self, _: &FilterAdd) -> Verdict {
        self.needs_bloom()?;
        match self.peer.filters.loaded {
            None => react(self.rules.reactions.no_filter),
            Some(0) => react(self.rules.reactions.empty_filter),
            Some(_) => Ok(()),
        }
    }

    pub(super) fn on_filterclear(&mut self) -> Verdict {
        self.needs_bloom()?;
        self.peer.filters.loaded = None;
        Ok(())
    }

    /// Reacts to a request for compact block filters. The node has no filter index, even if it
    /// offers the service.
    pub(super) fn on_filter_request(&self, kind: FilterType) -> Verdict {
        let reactions = &self.rules.reactions;
        if !self.offers(Services::COMPACT_FILTERS) || kind != FilterType::BASIC {
            return react(reactions.no_such_service);
        }
        react(reactions.no_filter_index)
    }

    /// Reacts to the use of Bloom filters, unless the node offers them.
    pub(super) fn needs_bloom(&self) -> Verdict {
        if self.offers(Services::BLOOM) {
            return Ok(());
        }
        react(self.rules.reactions.no_such_service)
    }

    fn offers(&self, services: Services) -> bool {
        self.rules.session.version.services.contains(services)
    }
}
