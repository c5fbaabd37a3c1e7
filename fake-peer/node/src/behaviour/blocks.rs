//! How a node fetches, checks and serves blocks.

use std::time::Duration;

use super::Absent;

/// How a node fetches, checks and serves blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockRules {
    /// The most blocks requested from one peer at a time (`MAX_BLOCKS_IN_TRANSIT_PER_PEER`).
    pub max_in_flight: usize,
    /// The size of the download window: how many blocks past the last one in common with a peer may
    /// be requested from it (`BLOCK_DOWNLOAD_WINDOW`).
    pub window: u32,
    /// How long a peer may take to deliver a block before it is disconnected
    /// (`BLOCK_DOWNLOAD_TIMEOUT_BASE`, a multiple of the block interval of ten minutes). `None`: no
    /// limit.
    pub timeout: Option<Duration>,
    /// The additional time for each other peer that blocks are being downloaded from
    /// (`BLOCK_DOWNLOAD_TIMEOUT_PER_PEER`).
    pub timeout_per_peer: Duration,
    /// How long a peer may stall the download window before it is disconnected
    /// (`BLOCK_STALLING_TIMEOUT_DEFAULT`). `None`: no limit.
    pub stalling_timeout: Option<Duration>,
    /// The treatment of a block whose last transactions are repeated, which leaves its Merkle root
    /// unchanged (CVE-2012-2459).
    pub merkle_tail: MerkleTail,
    /// What is remembered about a mutated block: one whose transactions do not match its header.
    pub mutated: OnMutated,
    /// Which requests for a block are dropped when a mutated copy of it arrives.
    pub freed: Freed,
    /// The answer to a request for a block that the node does not have.
    pub absent: Absent,
    /// The most peers that are asked to announce new blocks as compact blocks
    /// (`MaybeSetPeerAsAnnouncingHeaderAndIDs`).
    pub high_bandwidth_peers: usize,
}

/// The treatment of a block whose last transactions are repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MerkleTail {
    /// The block is treated as mutated.
    Refused,
    /// The repetition is ignored, and the block is processed.
    Accepted,
}

/// What is remembered about a mutated block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnMutated {
    /// Nothing, so that the valid block is accepted later.
    Forget,
    /// Its hash is marked as invalid, so that the valid block is rejected later.
    RememberInvalid,
}

/// Which requests for a block are dropped when a mutated copy of it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freed {
    /// Only the request to the peer that sent it.
    Senders,
    /// The requests to all peers.
    Everyones,
}

impl BlockRules {
    /// The rules of Bitcoin Core.
    pub const REFERENCE: Self = Self {
        max_in_flight: 16,
        window: 1024,
        timeout: Some(Duration::from_mins(10)),
        timeout_per_peer: Duration::from_mins(5),
        stalling_timeout: Some(Duration::from_secs(2)),
        merkle_tail: MerkleTail::Refused,
        mutated: OnMutated::Forget,
        freed: Freed::Senders,
        absent: Absent::Silence,
        high_bandwidth_peers: 3,
    };
}
