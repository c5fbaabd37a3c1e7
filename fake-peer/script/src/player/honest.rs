//! The answers of an honest peer.

use std::sync::Arc;

use fake_peer_core::Message;
use fake_peer_core::chain::heights_after;
use fake_peer_core::message::{Block, GetData, GetHeaders, Headers, InvItem, InvType, NotFound};

use super::prepared::Prepared;
use crate::model::{At, ChainPoint, Name};

/// An honest peer with the headers and the blocks of one chain, valid or not, and nothing else.
#[derive(Debug, Clone)]
pub(super) struct Honest {
    pub(super) script: Arc<Prepared>,
    pub(super) chain: Name,
}

impl Honest {
    /// Whether it answers this kind of message.
    pub(super) fn is_request(message: &Message) -> bool {
        matches!(message, Message::GetHeaders(_) | Message::GetData(_))
    }

    /// The answers to a message.
    pub(super) fn answer(&self, request: &Message) -> Vec<Message> {
        match request {
            Message::GetHeaders(request) => {
                self.headers(request).map(Into::into).into_iter().collect()
            }
            Message::GetData(request) => self.data(request),
            _ => Vec::new(),
        }
    }

    /// The requested blocks, followed by a `notfound` for the items that it does not have.
    ///
    /// Source: Bitcoin Core `ProcessGetData` (`src/net_processing.cpp`). A block that is requested
    /// in its compact form is sent whole, as BIP152 allows.
    fn data(&self, request: &GetData) -> Vec<Message> {
        let mut answers = Vec::new();
        let mut inventory = Vec::new();
        for item in &request.inventory {
            match self.block(item) {
                Some(block) => answers.push(block.into()),
                None => inventory.push(*item),
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

    fn headers(&self, request: &GetHeaders) -> Option<Headers> {
        let chain = self.script.chains().get(&self.chain)?;
        let heights = self.script.heights(&self.chain)?;
        let wanted = heights_after(&request.locator, &request.stop, Headers::MAX, |hash| {
            heights.get(hash).copied()
        });
        // An empty locator with an unknown stop is not answered.
        if request.locator.is_empty() && wanted.is_empty() {
            return None;
        }
        let headers = chain.iter().skip(wanted.start).take(wanted.len());
        Some(Headers {
            headers: headers.copied().collect(),
        })
    }
}
