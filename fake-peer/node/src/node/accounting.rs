//! Memory accounting: the bytes that a real node would hold, not those that the model peer holds.

use fake_peer_core::message::DecodeError;
use fake_peer_core::wire::MalformedKind;

use super::connection::Connection;
use super::shared::Shared;
use crate::behaviour::{Memory, Reserve};

/// The memory used by a hash in an inventory, in bytes (`CInv` or an announcement, and the entries
/// in the sets).
const HASH_COST: u64 = 150;

impl Shared {
    /// Returns the number of bytes held for all connections together.
    pub(super) fn held(&self) -> u64 {
        self.chain.held() + self.pool.held() + self.addrman.held()
    }
}

impl Connection {
    /// Returns the number of bytes held for this connection alone.
    pub(super) fn held(&self, memory: &Memory) -> u64 {
        let hashes = self.inventory.len() as u64 * HASH_COST;
        let input = self.input.held(memory);
        [input, hashes, self.filters.held(), self.reserved]
            .into_iter()
            .fold(0, u64::saturating_add)
    }

    /// Counts the memory reserved for a list whose announced count exceeds its data.
    pub(super) fn reserve_for(&mut self, error: &DecodeError, memory: &Memory) {
        if memory.lists == Reserve::Announced
            && let MalformedKind::OverData { count, size, .. } = error.malformed.kind
        {
            self.reserved = count.saturating_mul(size as u64);
        }
    }
}
