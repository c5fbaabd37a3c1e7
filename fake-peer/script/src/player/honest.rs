//! What an honest peer answers.

use std::sync::Arc;

use fake_peer_core::Message;
use fake_peer_core::message::{Block, GetData, GetHeaders, Headers, InvItem, InvType, NotFound};

use super::prepared::Prepared;
use crate::model::{At, ChainPoint, Name};

/// An honest peer with the headers and the blocks of one chain, right or wrong, and nothing else.
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

    /// The answers to a message.
    pub(super) fn answer(&self, request: Message) -> Vec<Message> {
        match request {
            Message::GetHeaders(request) => {
                self.headers(&request).map(Into::into).into_iter().collect()
            }
            Message::GetData(request) => self.data(request),
            _ => Vec::new(),
        }
    }

    /// The blocks that are asked for, and behind them what is not there.
    ///
    /// Source: Bitcoin Core `ProcessGetData` (`src/net_processing.cpp`). A block that is asked for
    /// in its compact form is sent whole, as BIP152 allows.
    fn data(&self, request: GetData) -> Vec<Message> {
        let mut answers = Vec::new();
        let mut inventory = Vec::new();
        for item in request.inventory {
            match self.block(&item) {
                Some(block) => answers.push(block.into()),
                None => inventory.push(item),
            }
        }
        if !inventory.is_empty() {
            answers.push(NotFound { inventory }.into());
        }
        answers
    }

    fn block(&self, item: &InvItem) -> Option<Block> {
        const BLOCKS: [InvType; 3] = [InvType::BLOCK, InvType::WITNESS_BLOCK, InvType::CMPCT_BLOCK];
        let height = self.script.heights(&self.chain)?.get(&item.hash)?;
        let at = At::Height(u32::try_from(*height).ok()?);
        let chain = self.chain.clone();
        let block = self.script.chains().block(&ChainPoint { chain, at });
        block.filter(|_| BLOCKS.contains(&item.kind))
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
