//! Handlers of `getheaders`, `headers` and `getblocks`.

use std::time::Duration;

use fake_peer_core::chain::{ErrorKind, HeaderError};
use fake_peer_core::message::{
    GetBlocks, GetHeaders, Headers, Inv, InvItem, InvType, SendHeaders, Services,
};
use fake_peer_core::{Hash256, Header};

use super::connection::hashes;
use super::low_work::LowWork;
use super::turn::{Turn, Verdict, react};
use crate::behaviour::{ForkPoint, OnEmpty, StopHash, TooNew};

/// The most hashes in the answer to a `getblocks` (`nLimit` in `ProcessMessage`).
const MAX_BLOCK_HASHES: usize = 500;

/// What is known about the headers of one peer.
#[derive(Debug, Clone, Default)]
pub(super) struct HeaderState {
    /// When the last `getheaders` was sent. `None`: it was answered, or none was sent.
    asked: Option<Duration>,
    /// Whether headers are synchronized from this peer (`fSyncStarted`).
    pub(super) sync_started: bool,
    /// The block with the most work that the peer is known to have (`pindexBestKnownBlock`).
    pub(super) best_known: Option<Hash256>,
    /// A block that the peer has and the node does not know (`hashLastUnknownBlock`).
    pub(super) unknown: Option<Hash256>,
    /// The last header sent or announced to the peer (`pindexBestHeaderSent`).
    pub(super) best_sent: Option<Hash256>,
    /// Whether the node sent `sendheaders`.
    asked_for_announcements: bool,
    /// Whether an announced block has caused a `getheaders` although headers are synchronized from
    /// another peer.
    pub(super) asked_by_inv: bool,
    /// A chain whose headers are counted and not stored, because it has little work so far.
    pub(super) low_work: Option<LowWork>,
}

impl Turn<'_> {
    pub(super) fn on_getheaders(&mut self, request: &GetHeaders) {
        let GetHeaders { locator, stop, .. } = request;
        let active = self.shared.chain.active();
        if locator.is_empty() && active.get(stop).is_none() {
            return;
        }
        let stop = match self.rules.headers.stop {
            StopHash::Ignored if !locator.is_empty() => &Hash256::ZERO,
            _ => stop,
        };
        let headers = match self.rules.headers.fork {
            ForkPoint::OnlyKnown if !locator.iter().any(|hash| active.get(hash).is_some()) => {
                return;
            }
            ForkPoint::BestChain | ForkPoint::OnlyKnown => {
                active.headers_after(locator, stop, Headers::MAX)
            }
            ForkPoint::AnyBranch => {
                let known = locator.iter().find_map(|hash| active.get(hash));
                let same_height = known.and_then(|found| active.at_height(found.height));
                let start: Vec<_> = same_height.map(|found| found.hash).into_iter().collect();
                active.headers_after(&start, stop, Headers::MAX)
            }
        };
        let last = headers.last().map_or(active.tip().hash, Header::hash);
        self.peer.headers.best_sent = Some(last);
        self.peer.send(Headers { headers });
    }

    pub(super) fn on_getblocks(&mut self, request: &GetBlocks) {
        let active = self.shared.chain.active();
        let fork = active.find_fork(&request.locator).hash;
        let headers = active.headers_after(&[fork], &request.stop, MAX_BLOCK_HASHES);
        let hashes = hashes(&headers);
        let before_stop = hashes.iter().take_while(|hash| **hash != request.stop);
        let item = |hash: &Hash256| InvItem {
            kind: InvType::BLOCK,
            hash: *hash,
        };
        let inventory: Vec<InvItem> = before_stop.map(item).collect();
        if !inventory.is_empty() {
            self.peer.send(Inv { inventory });
        }
    }

    pub(super) fn on_headers(&mut self, headers: &[Header]) -> Verdict {
        let Some(first) = headers.first() else {
            self.peer.headers.asked = None;
            if self.rules.headers.on_empty == OnEmpty::AskAgain {
                self.ask_for_headers(self.best_locator());
            }
            return Ok(());
        };
        if headers
            .iter()
            .any(|it| self.rules.params.check_work(it).is_err())
        {
            react(self.rules.reactions.header_without_work)?;
        }
        let follows = |pair: &[Header]| pair[1].prev_block == pair[0].hash();
        if !headers.windows(2).all(follows) {
            react(self.rules.reactions.discontinuous_headers)?;
        }
        if self.shared.chain.headers().get(&first.prev_block).is_none()
            && !self.continues_low_work(first)
        {
            // It may announce a block: request the headers in between.
            self.ask_for_headers(self.best_locator());
            self.note_availability(hashes(&headers[headers.len() - 1..])[0]);
            return Ok(());
        }
        self.peer.headers.asked = None;
        if self.count_low_work(headers) {
            return Ok(());
        }
        self.take_headers(headers)
    }

    /// Processes headers of which the first has a known parent.
    pub(super) fn take_headers(&mut self, headers: &[Header]) -> Verdict {
        let mut last = None;
        for header in headers {
            match self.take_header(header)? {
                Taken::Kept(hash) => last = Some(hash),
                Taken::Ignored => {}
                Taken::TooNew => return Ok(()),
            }
        }
        let Some(last) = last else {
            return Ok(());
        };
        self.note_availability(last);
        if headers.len() == Headers::MAX {
            let locator = self.shared.chain.headers().locator_from(&last);
            self.ask_for_headers(locator);
        }
        Ok(())
    }

    /// Sends a `getheaders`, unless a recent one is still unanswered (`MaybeSendGetHeaders`).
    /// Returns whether it was sent.
    pub(super) fn ask_for_headers(&mut self, locator: Vec<Hash256>) -> bool {
        let wait = self.rules.headers.response_time;
        let now = self.shared.now;
        let waits = |asked: Duration| now.saturating_sub(asked) <= wait && !wait.is_zero();
        if self.peer.headers.asked.is_some_and(waits) {
            return false;
        }
        self.peer.headers.asked = Some(now);
        self.peer.send(GetHeaders {
            locator,
            ..GetHeaders::default()
        });
        true
    }

    pub(super) fn best_locator(&self) -> Vec<Hash256> {
        self.shared.chain.headers().locator()
    }

    /// Records that the peer has a block (`UpdateBlockAvailability`).
    pub(super) fn note_availability(&mut self, hash: Hash256) {
        let tree = self.shared.chain.headers();
        let work = |hash: &Hash256| tree.get(hash).map(|found| found.work);
        let state = &mut self.peer.headers;
        match (work(&hash), state.best_known.as_ref().and_then(work)) {
            (None, _) => state.unknown = Some(hash),
            (Some(new), Some(old)) if new < old => {}
            _ => state.best_known = Some(hash),
        }
    }

    /// Checks whether the block that only the peer had is known by now
    /// (`ProcessBlockAvailability`).
    pub(super) fn look_up_unknown(&mut self) {
        if let Some(hash) = self.peer.headers.unknown
            && self.shared.chain.headers().get(&hash).is_some()
        {
            self.peer.headers.unknown = None;
            self.note_availability(hash);
        }
    }

    /// Sends `sendheaders`, once the peer is known to have a valid header (`MaybeSendSendHeaders`).
    pub(super) fn ask_for_headers_announcements(&mut self) {
        let knows = self.knows_sendheaders();
        let state = &mut self.peer.headers;
        if knows && state.best_known.is_some() && !state.asked_for_announcements {
            state.asked_for_announcements = true;
            self.peer.send(SendHeaders {});
        }
    }

    /// Starts to synchronize headers from the peer: from a limited number of peers while the tip is
    /// old, and from every peer after that (`SendMessages`, "Start block sync"). The locator starts
    /// one header before the tip, so that the answer is not empty.
    pub(super) fn start_header_sync(&mut self) {
        let blocks = Services::NETWORK | Services::NETWORK_LIMITED;
        if self.peer.headers.sync_started || !self.peer.offers(blocks) {
            return;
        }
        let first = self.shared.sync_peers < self.rules.headers.sync_peers;
        if !first && !self.shared.has_recent_headers() {
            return;
        }
        let tree = self.shared.chain.headers();
        let before_tip = tree.at_height(tree.tip().height.saturating_sub(1));
        let start = before_tip.map_or(tree.tip().hash, |found| found.hash);
        let locator = tree.locator_from(&start);
        if self.ask_for_headers(locator) {
            self.peer.headers.sync_started = true;
            self.shared.sync_peers += 1;
        }
    }

    fn take_header(&mut self, header: &Header) -> Result<Taken, super::turn::Stop> {
        let hash = header.hash();
        let reactions = &self.rules.reactions;
        let chain = &mut self.shared.chain;
        if chain.is_invalid(&hash) || chain.is_invalid(&header.prev_block) {
            react(reactions.invalid_header)?;
            return Ok(Taken::Ignored);
        }
        let now = self
            .shared
            .config
            .unix_time
            .saturating_add(self.shared.now.as_secs());
        let Err(error) = self.shared.chain.insert(header, now) else {
            return Ok(Taken::Kept(hash));
        };
        match error.kind() {
            ErrorKind::Invalid => react(reactions.invalid_header)?,
            ErrorKind::Unconnected => react(reactions.discontinuous_headers)?,
            ErrorKind::TooNew => {
                self.on_too_new(&error);
                return Ok(Taken::TooNew);
            }
        }
        Ok(Taken::Ignored)
    }

    fn on_too_new(&mut self, error: &HeaderError) {
        if self.rules.headers.too_new == TooNew::RememberedInvalid {
            self.shared.chain.remember_invalid(error.hash);
        }
    }
}

/// The outcome for one header.
enum Taken {
    /// It was stored, or known before.
    Kept(Hash256),
    /// It was invalid, and the reaction was to ignore it.
    Ignored,
    /// It is too far in the future, and those after it are skipped.
    TooNew,
}
