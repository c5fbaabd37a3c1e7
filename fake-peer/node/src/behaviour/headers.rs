//! How a node asks for headers, and answers those who ask.

use std::time::Duration;

use fake_peer_core::header::Work;

/// How a node asks for headers, and answers those who ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderRules {
    /// How long a `getheaders` waits for its answer before the next may be sent
    /// (`HEADERS_RESPONSE_TIME`).
    pub response_time: Duration,
    /// From how many peers headers are asked for while the tip is old (`nSyncStarted`).
    pub sync_peers: usize,
    /// A tip not older than this is up to date (`DEFAULT_MAX_TIP_AGE`).
    pub max_tip_age: Duration,
    /// Chains with less work are not kept, only counted (`nMinimumChainWork`).
    pub minimum_work: Work,
    /// Chains that end more than this many blocks of work below the tip are not kept either
    /// (`GetAntiDoSWorkThreshold`); `None` keeps them.
    pub buffer_blocks: Option<u32>,
    /// What an empty `headers` means.
    pub on_empty: OnEmpty,
    /// What becomes of a header whose time has not come.
    pub too_new: TooNew,
    /// Where the answer to a locator starts.
    pub fork: ForkPoint,
    /// Whether an answer ends with the stop hash.
    pub stop: StopHash,
}

/// What an empty `headers` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnEmpty {
    /// That there are no more.
    Stop,
    /// That one has to ask again.
    AskAgain,
}

/// What becomes of a header whose time has not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooNew {
    /// It is forgotten, and checked again when it comes again.
    Forgotten,
    /// It is remembered as invalid.
    RememberedInvalid,
}

/// Where the answer to a locator starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForkPoint {
    /// Behind its first hash on the best chain, or else behind block 0.
    BestChain,
    /// At the height behind its first known hash, on whichever branch that is.
    AnyBranch,
    /// As the best chain, but without an answer if no hash is known.
    OnlyKnown,
}

/// Whether an answer ends with the stop hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopHash {
    /// It does.
    Honoured,
    /// It goes on.
    Ignored,
}

impl HeaderRules {
    /// As Bitcoin Core, without a minimum of work.
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
