//! How a node treats announcements, and fetches and serves transactions.

use std::time::Duration;

use super::Absent;

/// How a node treats announcements, and fetches and serves transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InventoryRules {
    /// What an announced block leads to.
    pub blocks: AnnouncedBlocks,
    /// How many announcements of a peer are remembered (`MAX_PEER_TX_ANNOUNCEMENTS`).
    pub max_announced: usize,
    /// How many transactions a peer is asked for at a time (`MAX_PEER_TX_REQUEST_IN_FLIGHT`).
    pub max_in_flight: usize,
    /// How long a peer may take for a transaction before another is asked
    /// (`GETDATA_TX_INTERVAL`); `None` for ever.
    pub timeout: Option<Duration>,
    /// How long who dialled us is not asked, in case a peer that we dialled announces the same
    /// (`NONPREF_PEER_TX_DELAY`).
    pub inbound_delay: Duration,
    /// How long announcements are collected for a peer that dialled us
    /// (`INBOUND_INVENTORY_BROADCAST_INTERVAL`), and half of it for others. Ours do not vary.
    pub broadcast_interval: Duration,
    /// How many transactions are kept. The reference counts their bytes.
    pub max_pool: usize,
    /// What is said to who asks for a transaction that is not there.
    pub absent: Absent,
}

/// What an announced block leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnnouncedBlocks {
    /// One `getheaders` for a whole `inv`, unless one is waiting for its answer.
    AskOnce,
    /// A `getheaders` for each block.
    AskForEach,
    /// Nothing.
    Ignored,
}

impl InventoryRules {
    /// As Bitcoin Core.
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
