//! What a node keeps of the chain: headers, and blocks.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use fake_peer_core::chain::{HeaderError, HeaderTree, Inserted};
use fake_peer_core::message::Block;
use fake_peer_core::wire::{Bytes, Wire as _};
use fake_peer_core::{Hash256, Header};

use super::NodeConfig;

/// Headers and blocks.
///
/// There are two trees: one of all headers, and one of those whose blocks and whose ancestors' blocks
/// have come. The best chain of the second is what the node follows and serves.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    headers: Arc<HeaderTree>,
    active: Arc<HeaderTree>,
    given: Arc<HashMap<Hash256, Bytes>>,
    received: HashMap<Hash256, Bytes>,
    /// Blocks that came before their parents, by the parent.
    waiting: HashMap<Hash256, Vec<Header>>,
    invalid: HashSet<Hash256>,
    held: u64,
}

/// What a header costs in memory (`CBlockIndex` and its place in the map).
const HEADER_COST: u64 = 250;

impl Chain {
    pub(super) fn new(config: &NodeConfig) -> Self {
        let params = config.behaviour.params;
        let mut headers = Arc::clone(&config.chain);
        if *headers.params() != params {
            Arc::make_mut(&mut headers).set_params(params);
        }
        Self {
            active: Arc::clone(&headers),
            headers,
            given: Arc::clone(&config.blocks),
            received: HashMap::new(),
            waiting: HashMap::new(),
            invalid: HashSet::new(),
            held: 0,
        }
    }

    /// All headers.
    pub(super) fn headers(&self) -> &HeaderTree {
        &self.headers
    }

    /// The headers whose blocks are there.
    pub(super) fn active(&self) -> &HeaderTree {
        &self.active
    }

    /// What came and is held.
    pub(super) fn held(&self) -> u64 {
        self.held
    }

    pub(super) fn insert(&mut self, header: &Header, now: u64) -> Result<Inserted, HeaderError> {
        if self.headers.get(&header.hash()).is_some() {
            return Ok(Inserted::AlreadyKnown); // without a copy of the tree
        }
        let inserted = Arc::make_mut(&mut self.headers).insert(header, now)?;
        self.held += HEADER_COST;
        Ok(inserted)
    }

    /// Whether the block came, or was there from the start.
    pub(super) fn has_block(&self, hash: &Hash256) -> bool {
        self.received.contains_key(hash) || self.active.get(hash).is_some()
    }

    /// The payload of a block.
    pub(super) fn block(&self, hash: &Hash256) -> Option<&Bytes> {
        self.received.get(hash).or_else(|| self.given.get(hash))
    }

    /// Keeps a block whose header is known. Gives the hashes of the blocks that are now on a chain
    /// without gaps.
    pub(super) fn keep(&mut self, block: &Block, hash: Hash256) -> Vec<Hash256> {
        let bytes = block.to_bytes();
        self.held += bytes.len() as u64;
        self.received.insert(hash, bytes.into());
        let (mut complete, mut next) = (Vec::new(), vec![block.header]);
        while let Some(header) = next.pop() {
            if self.active.get(&header.prev_block).is_none() {
                let waiting = self.waiting.entry(header.prev_block).or_default();
                waiting.push(header);
                continue;
            }
            let hash = header.hash();
            // Its time was checked when its header came.
            if Arc::make_mut(&mut self.active)
                .insert(&header, u64::MAX)
                .is_ok()
            {
                complete.push(hash);
                next.extend(self.waiting.remove(&hash).unwrap_or_default());
            }
        }
        complete
    }

    pub(super) fn is_invalid(&self, hash: &Hash256) -> bool {
        self.invalid.contains(hash)
    }

    pub(super) fn remember_invalid(&mut self, hash: Hash256) {
        self.invalid.insert(hash);
    }

    /// The height of the last block that a branch and the active chain have in common.
    pub(super) fn fork_height(&self, branch: &Hash256) -> u32 {
        let tip = self.active.tip();
        let mut at = self.headers.ancestor(branch, tip.height);
        at = at.or_else(|| self.headers.get(branch));
        while let Some(found) = at {
            if self.active.on_best_chain(&found.hash) {
                return found.height;
            }
            at = self.headers.get(&found.header.prev_block);
        }
        0
    }
}
