//! What an honest peer answers.

use std::sync::Arc;

use fake_peer_core::Message;
use fake_peer_core::message::{GetData, GetHeaders, Headers, NotFound};

use super::prepared::Prepared;
use crate::script::model::Name;

/// An honest peer with the headers of one chain, right or wrong, and nothing else.
///
/// It answers as [`HeaderServer`](crate::peer::HeaderServer), whose chain has to be right.
#[derive(Debug, Clone)]
pub(super) struct Honest {
    pub(super) script: Arc<Prepared>,
    pub(super) chain: Name,
}

impl Honest {
    /// Whether it answers such a message.
    pub(super) fn is_request(message: &Message) -> bool {
        matches!(message, Message::GetHeaders(_) | Message::GetData(_))
    }

    /// The answer to a message.
    pub(super) fn answer(&self, request: Message) -> Option<Message> {
        match request {
            Message::GetHeaders(request) => self.headers(&request).map(Into::into),
            Message::GetData(GetData { inventory }) => Some(NotFound { inventory }.into()),
            _ => None,
        }
    }

    /// What follows the first known hash of the locator, or block 0, up to and with the stop; with
    /// an empty locator the header with the stop hash alone.
    ///
    /// Source: Bitcoin Core `ProcessMessage` of `getheaders` (`src/net_processing.cpp`).
    fn headers(&self, request: &GetHeaders) -> Option<Headers> {
        let headers = self.script.chains().get(&self.chain)?;
        let heights = self.script.heights(&self.chain)?;
        let stop = heights.get(&request.stop).copied();
        if request.locator.is_empty() {
            let headers = vec![*headers.get(stop?)?];
            return Some(Headers { headers });
        }
        let mut known = request.locator.iter().filter_map(|hash| heights.get(hash));
        let first = known.next().map_or(1, |height| height + 1);
        let last = stop.filter(|stop| *stop >= first).unwrap_or(usize::MAX);
        let after = headers.iter().take(last.saturating_add(1)).skip(first);
        let headers = after.take(Headers::MAX).copied().collect();
        Some(Headers { headers })
    }
}
