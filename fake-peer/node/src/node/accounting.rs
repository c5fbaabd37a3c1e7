//! What the node holds, in bytes: as the real thing would, not as the model does.

use fake_peer_core::message::DecodeError;
use fake_peer_core::wire::MalformedKind;

use super::connection::Connection;
use super::shared::Shared;
use crate::behaviour::{Memory, Reserve};

/// What a hash in an inventory costs (`CInv` or an announcement, and its places in the sets).
const HASH_COST: u64 = 150;

impl Shared {
    pub(super) fn held(&self) -> u64 {
        self.chain.held() + self.pool.held() + self.addrman.held()
    }
}

impl Connection {
    pub(super) fn held(&self, memory: &Memory) -> u64 {
        let hashes = self.inventory.len() as u64 * HASH_COST;
        let input = self.input.held(memory);
        [input, hashes, self.filters.held(), self.reserved]
            .into_iter()
            .fold(0, u64::saturating_add)
    }

    /// Counts what a list reserves whose count is more than there is of it.
    pub(super) fn reserve_for(&mut self, error: &DecodeError, memory: &Memory) {
        if memory.lists == Reserve::Announced
            && let MalformedKind::OverData { count, size, .. } = error.malformed.kind
        {
            self.reserved = count.saturating_mul(size as u64);
        }
    }
}
