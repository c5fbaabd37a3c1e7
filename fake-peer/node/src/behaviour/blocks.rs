//! How a node fetches, checks and serves blocks.

use std::time::Duration;

use super::Absent;

/// How a node fetches, checks and serves blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockRules {
    /// How many blocks a peer is asked for at a time (`MAX_BLOCKS_IN_TRANSIT_PER_PEER`).
    pub max_in_flight: usize,
    /// How far ahead of the tip blocks are asked for (`BLOCK_DOWNLOAD_WINDOW`).
    pub window: u32,
    /// How long a peer may take for a block (`BLOCK_DOWNLOAD_TIMEOUT_BASE`, in spacings of ten
    /// minutes); `None` for ever.
    pub timeout: Option<Duration>,
    /// How much longer for each other peer that blocks are fetched from
    /// (`BLOCK_DOWNLOAD_TIMEOUT_PER_PEER`).
    pub timeout_per_peer: Duration,
    /// How long a peer may keep the window from moving on (`BLOCK_STALLING_TIMEOUT_DEFAULT`);
    /// `None` for ever.
    pub stalling_timeout: Option<Duration>,
    /// What a repeated end of the transactions means, which leaves the Merkle root as it is
    /// (CVE-2012-2459).
    pub merkle_tail: MerkleTail,
    /// What is remembered of a block whose transactions are not those of its header.
    pub mutated: OnMutated,
    /// Whose requests for a mutated block are given up.
    pub freed: Freed,
    /// What is said to who asks for a block that is not there.
    pub absent: Absent,
    /// How many peers are asked to announce blocks in compact form
    /// (`MaybeSetPeerAsAnnouncingHeaderAndIDs`).
    pub high_bandwidth_peers: usize,
}

/// What a repeated end of the transactions means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MerkleTail {
    /// The block is mutated.
    Refused,
    /// Nothing.
    Accepted,
}

/// What is remembered of a mutated block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnMutated {
    /// Nothing: the right one may still come.
    Forget,
    /// That its header is invalid.
    RememberInvalid,
}

/// Whose requests for a mutated block are given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freed {
    /// Those to who sent it.
    Senders,
    /// Those to all peers.
    Everyones,
}

impl BlockRules {
    /// As Bitcoin Core.
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
