//! The header rules of a network, as plain data.
//!
//! Source: Bitcoin Core `src/consensus/params.h`.

use crate::hash::{Hash256, scrypt_hash};
use crate::header::{Header, Target};

/// Everything the rules depend on.
///
/// Each network's values are the reference's. A network with a shorter period, or an implementation
/// that gets a rule wrong, is a struct update of one of them:
///
/// ```
/// use fake_peer_core::chain::{MinDifficulty, Params};
///
/// // Applies the 20-minute rule at a boundary too.
/// let params = Params {
///     min_difficulty: Some(MinDifficulty { at_boundary: true, ..MinDifficulty::TESTNET }),
///     ..Params::testnet3()
/// };
/// assert_eq!(params.interval(), 2016);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Block 0, which is accepted unchecked.
    pub genesis: Header,
    /// The easiest target a header may claim (`powLimit`).
    pub pow_limit: Target,
    /// What to do about `bits` that do not encode a target, or encode one above the limit.
    pub bad_bits: BadBits,
    /// The function whose hash of a header must meet the target; `None` for no proof of work.
    pub proof_of_work: Option<ProofOfWork>,
    /// Whether `bits` must be those that the rules below require; if not, any target up to the
    /// limit is valid.
    pub required_bits: bool,
    /// The intended seconds from block to block (`nPowTargetSpacing`).
    pub target_spacing: u32,
    /// The intended seconds of a difficulty period (`nPowTargetTimespan`).
    pub target_timespan: u32,
    /// How `bits` change at the start of a period; `None` where they never do
    /// (`fPowNoRetargeting`).
    pub retarget: Option<Retarget>,
    /// Whether late blocks may have minimum difficulty (`fPowAllowMinDifficultyBlocks`), and how.
    pub min_difficulty: Option<MinDifficulty>,
    /// How many past blocks the median time is taken over: at most 11, and 0 for no rule
    /// (`nMedianTimeSpan`).
    pub median_time_span: u8,
    /// How many seconds a header must be later than that median. 0 lets an equal time pass.
    pub min_seconds_past_median: u32,
    /// How many seconds a header may be ahead of the validator's time
    /// (`MAX_FUTURE_BLOCK_TIME`); `None` for any.
    pub max_future_seconds: Option<u32>,
    /// How many seconds the first header of a period may lie before the one it follows
    /// (`MAX_TIMEWARP`, with `enforce_BIP94`); `None` for any.
    pub max_timewarp_seconds: Option<u32>,
    /// The lowest valid versions, and the heights from which they hold.
    pub version_floors: [VersionFloor; 3],
    /// Which of two branches is the best chain.
    pub best_chain: BestChain,
}

/// The hash function of a header's proof of work. The header is always named by its hash256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofOfWork {
    /// hash256, so that one hash both names the header and proves its work
    /// (Bitcoin Core `CBlockHeader::GetHash`).
    Sha256d,
    /// scrypt (Litecoin Core `CBlockHeader::GetPoWHash`); see [`scrypt_hash`].
    Scrypt,
}

impl ProofOfWork {
    /// The hash of `header` that has to meet the target.
    pub fn hash(self, header: &Header) -> Hash256 {
        match self {
            Self::Sha256d => header.hash(),
            Self::Scrypt => scrypt_hash(&header.to_bytes()),
        }
    }
}

/// What to do about `bits` that no header may have (`DeriveTarget`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadBits {
    /// A sign bit; if tolerated, it is ignored.
    pub negative: OnBadBits,
    /// A number of more than 256 bits; if tolerated, it is read as the limit.
    pub overflow: OnBadBits,
    /// A number of zero; if tolerated, it is read as the limit.
    pub zero: OnBadBits,
    /// A target above the limit; if tolerated, it is used unchanged.
    pub above_limit: OnBadBits,
}

/// What to do about one kind of bad `bits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnBadBits {
    /// The header is invalid.
    Refuse,
    /// They are read as some target.
    Tolerate,
}

impl BadBits {
    /// Every kind is refused.
    pub const REFUSED: Self = Self {
        negative: OnBadBits::Refuse,
        overflow: OnBadBits::Refuse,
        zero: OnBadBits::Refuse,
        above_limit: OnBadBits::Refuse,
    };
}

/// How `bits` change at the start of a difficulty period (`CalculateNextWorkRequired`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retarget {
    /// Where the measured time of a period starts.
    pub measured_from: MeasuredFrom,
    /// Which block's `bits` are multiplied.
    pub base: RetargetBase,
    /// The greatest factor of change, up or down.
    pub clamp: u32,
    /// Whether the result is capped at [`Params::pow_limit`].
    pub cap: bool,
}

impl Retarget {
    /// Mainnet's.
    pub const MAINNET: Self = Self {
        measured_from: MeasuredFrom::FirstOfPeriod,
        base: RetargetBase::LastBlock,
        clamp: 4,
        cap: true,
    };
}

/// The block whose time starts a period, up to the time of its last block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasuredFrom {
    /// The period's first block: 2015 intervals, the reference's well-known off-by-one.
    FirstOfPeriod,
    /// The block before that: 2016 intervals. The first period uses block 0 instead.
    LastOfPrevious,
}

/// The block whose `bits` a retarget multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetargetBase {
    /// The period's last block.
    LastBlock,
    /// The period's first block, which the 20-minute rule cannot touch (BIP94).
    FirstBlock,
}

/// The 20-minute rule of the test networks (`GetNextWorkRequired`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinDifficulty {
    /// A header more than this many seconds after the one before it has the `bits` of the limit.
    pub after_seconds: u32,
    /// Whether that also holds for the first header of a period.
    pub at_boundary: bool,
    /// Whether other headers return to the last real `bits` of the period, or else keep those of
    /// the header before them.
    pub walk_back: bool,
}

impl MinDifficulty {
    /// The rule of testnet3, testnet4 and regtest.
    pub const TESTNET: Self = Self {
        after_seconds: 20 * 60,
        at_boundary: false,
        walk_back: true,
    };
}

/// From `height` on, versions below `version` are invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionFloor {
    /// The lowest version.
    pub version: i32,
    /// The first height at which it holds.
    pub height: u32,
}

/// Which of two branches a tree follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BestChain {
    /// The one with the most work; of two that have the same, the one seen first.
    MostWork,
    /// The one with the most blocks.
    MostBlocks,
}

impl Params {
    /// The headers of a difficulty period (`DifficultyAdjustmentInterval`); at least 1.
    pub const fn interval(&self) -> u32 {
        match self.target_timespan.checked_div(self.target_spacing) {
            None | Some(0) => 1,
            Some(interval) => interval,
        }
    }

    /// Whether a difficulty period starts at `height`.
    pub const fn is_boundary(&self, height: u32) -> bool {
        height.is_multiple_of(self.interval())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_values_divide_by_zero() {
        let odd = |target_spacing, target_timespan| Params {
            target_spacing,
            target_timespan,
            ..Params::regtest()
        };
        assert_eq!(odd(0, 5).interval(), 1);
        assert_eq!(odd(7, 5).interval(), 1);
        assert_eq!(odd(600, 6000).interval(), 10);
    }
}
