//! How a node requests and serves headers.

use std::time::Duration;

use fake_peer_core::header::Work;

/// How a node requests and serves headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderRules {
    /// How long an unanswered `getheaders` prevents another one (`HEADERS_RESPONSE_TIME`). Zero: it
    /// never does.
    pub response_time: Duration,
    /// The number of peers that headers are requested from while the tip is old (`nSyncStarted`).
    pub sync_peers: usize,
    /// The greatest age at which a tip counts as recent (`DEFAULT_MAX_TIP_AGE`).
    pub max_tip_age: Duration,
    /// The least total work of a chain that is stored (`nMinimumChainWork`). The headers of a chain
    /// with less are only counted.
    pub minimum_work: Work,
    /// A chain with less work than the active chain has this many blocks below its tip is not
    /// stored either (`GetAntiDoSWorkThreshold`). `None`: no such limit.
    pub buffer_blocks: Option<u32>,
    /// The response to an empty `headers`.
    pub on_empty: OnEmpty,
    /// What happens to a header whose time is too far in the future.
    pub too_new: TooNew,
    /// Where the answer to a `getheaders` starts.
    pub fork: ForkPoint,
    /// Whether the answer to a `getheaders` ends at its stop hash.
    pub stop: StopHash,
}

/// The response to an empty `headers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnEmpty {
    /// None: the peer has no more headers.
    Stop,
    /// Another `getheaders`.
    AskAgain,
}

/// What happens to a header whose time is too far in the future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooNew {
    /// It is discarded, and checked again if it is sent again.
    Forgotten,
    /// It is marked as invalid.
    RememberedInvalid,
}

/// Where the answer to a `getheaders` starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForkPoint {
    /// After the first hash of the locator that is on the best chain, or after block 0.
    BestChain,
    /// On the best chain, after the height of the first known hash, which may be on any branch.
    AnyBranch,
    /// As `BestChain`, but without an answer if no hash of the locator is known.
    OnlyKnown,
}

/// Whether the answer to a `getheaders` ends at its stop hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopHash {
    /// The answer ends at the stop hash.
    Honoured,
    /// The answer continues past the stop hash.
    Ignored,
}

impl HeaderRules {
    /// The rules of Bitcoin Core, but without a minimum of work.
    pub const REFERENCE: Self = Self {
        response_time: Duration::from_mins(2),
        sync_peers: 1,
        max_tip_age: Duration::from_hours(24),
        minimum_work: Work::ZERO,
        buffer_blocks: Some(144),
        on_empty: OnEmpty::Stop,
        too_new: TooNew::Forgotten,
        fork: ForkPoint::BestChain,
        stop: StopHash::Honoured,
    };
}
