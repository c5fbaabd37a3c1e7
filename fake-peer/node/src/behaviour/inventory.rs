//! How a node handles announcements, and requests and serves transactions.

use std::time::Duration;

use super::Absent;

/// How a node handles announcements, and requests and serves transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InventoryRules {
    /// The response to blocks announced in an `inv`.
    pub blocks: AnnouncedBlocks,
    /// The most announced transactions remembered for one peer (`MAX_PEER_TX_ANNOUNCEMENTS`).
    pub max_announced: usize,
    /// The most transactions requested from one peer at a time (`MAX_PEER_TX_REQUEST_IN_FLIGHT`).
    pub max_in_flight: usize,
    /// How long a peer may take to deliver a transaction before another peer is asked
    /// (`GETDATA_TX_INTERVAL`). `None`: no limit.
    pub timeout: Option<Duration>,
    /// How long a request to an inbound peer is delayed, in case an outbound peer announces the
    /// same transaction (`NONPREF_PEER_TX_DELAY`).
    pub inbound_delay: Duration,
    /// How long announcements to an inbound peer are collected before they are sent
    /// (`INBOUND_INVENTORY_BROADCAST_INTERVAL`). For an outbound peer it is half of this. Bitcoin
    /// Core randomizes the interval; the model peer does not.
    pub broadcast_interval: Duration,
    /// The most transactions stored. Bitcoin Core limits their total size instead.
    pub max_pool: usize,
    /// The answer to a request for a transaction that the node does not have.
    pub absent: Absent,
}

/// The response to blocks announced in an `inv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnnouncedBlocks {
    /// One `getheaders` for the whole `inv`, unless an earlier one is still unanswered.
    AskOnce,
    /// One `getheaders` for each block.
    AskForEach,
    /// No response.
    Ignored,
}

impl InventoryRules {
    /// The rules of Bitcoin Core.
    pub const REFERENCE: Self = Self {
        blocks: AnnouncedBlocks::AskOnce,
        max_announced: 5_000,
        max_in_flight: 100,
        timeout: Some(Duration::from_mins(1)),
        inbound_delay: Duration::from_secs(2),
        broadcast_interval: Duration::from_secs(4),
        max_pool: 10_000,
        absent: Absent::NotFound,
    };
}
