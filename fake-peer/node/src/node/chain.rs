//! The headers and blocks that a node stores.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use fake_peer_core::chain::{HeaderError, HeaderTree, Inserted};
use fake_peer_core::message::Block;
use fake_peer_core::wire::{Bytes, Wire as _};
use fake_peer_core::{Hash256, Header};

use super::NodeConfig;

/// Headers and blocks.
///
/// There are two trees: `headers` has every header, and `active` only those whose blocks have
/// arrived, along with the blocks of all their ancestors. The node follows and serves the best
/// chain of `active`.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    headers: Arc<HeaderTree>,
    active: Arc<HeaderTree>,
    given: Arc<HashMap<Hash256, Bytes>>,
    received: HashMap<Hash256, Bytes>,
    /// The headers of blocks that arrived before their parents, by the hash of the parent.
    waiting: HashMap<Hash256, Vec<Header>>,
    invalid: HashSet<Hash256>,
    held: u64,
}

/// The memory used by a header, in bytes (`CBlockIndex` and its entry in the map).
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

    /// Returns the tree of all headers.
    pub(super) fn headers(&self) -> &HeaderTree {
        &self.headers
    }

    /// Returns the tree of the headers whose blocks are known.
    pub(super) fn active(&self) -> &HeaderTree {
        &self.active
    }

    /// Returns the number of bytes held for the headers and blocks received.
    pub(super) fn held(&self) -> u64 {
        self.held
    }

    pub(super) fn insert(&mut self, header: &Header, now: u64) -> Result<Inserted, HeaderError> {
        if self.headers.get(&header.hash()).is_some() {
            return Ok(Inserted::AlreadyKnown); // avoids a copy of the tree
        }
        let inserted = Arc::make_mut(&mut self.headers).insert(header, now)?;
        self.held += HEADER_COST;
        Ok(inserted)
    }

    /// Returns whether the block was received, or known from the start.
    pub(super) fn has_block(&self, hash: &Hash256) -> bool {
        self.received.contains_key(hash) || self.active.get(hash).is_some()
    }

    /// Returns the payload of a block.
    pub(super) fn block(&self, hash: &Hash256) -> Option<&Bytes> {
        self.received.get(hash).or_else(|| self.given.get(hash))
    }

    /// Stores a block whose header is known. Returns the hashes of the blocks that this connects to
    /// block 0: the block itself, and those that were waiting for it.
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
            // Its time was checked with its header.
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

    /// Returns the height of the last block that a branch and the active chain have in common.
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
