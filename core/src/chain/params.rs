//! The header rules of a network, as plain data.
//!
//! Source: Bitcoin Core `src/kernel/chainparams.cpp` and `src/consensus/params.h`; BIP94 for
//! testnet4.

use crate::header::{Header, Target};
use crate::network::Network;

/// Everything the rules depend on.
///
/// Each network's values are the reference's. A network with a shorter period, or an implementation
/// that has a rule wrong, is a struct update of one of them:
///
/// ```
/// use fake_peer_core::chain::{MinDifficulty, Params};
///
/// // Takes the 20-minute rule for valid at a boundary too.
/// let params = Params {
///     min_difficulty: Some(MinDifficulty { at_boundary: true, ..MinDifficulty::TESTNET }),
///     ..Params::testnet3()
/// };
/// assert_eq!(params.interval(), 2016);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// The network these rules belong to, or derive from.
    pub network: Network,
    /// Block 0, which is taken as it stands.
    pub genesis: Header,
    /// The easiest target a header may claim (`powLimit`).
    pub pow_limit: Target,
    /// Whether the hash must meet the target.
    pub proof_of_work: bool,
    /// Whether `bits` must be what the rules below ask for; else any target up to the limit will do.
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
    /// The lowest versions, and from which heights.
    pub version_floors: [VersionFloor; 3],
    /// Which of two branches is the better one.
    pub best_chain: BestChain,
}

/// How `bits` change at the start of a difficulty period (`CalculateNextWorkRequired`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retarget {
    /// Where the measured time of a period starts.
    pub measured_from: MeasuredFrom,
    /// Whose `bits` are multiplied.
    pub base: RetargetBase,
    /// The greatest factor of change, up or down.
    pub clamp: u32,
    /// Whether the result is held to [`Params::pow_limit`].
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
    /// The block before that: 2016 intervals. Block 0 stands in where there is none.
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
    /// A header more than this many seconds after the one before it has the limit's `bits`.
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
        after_seconds: 2 * TEN_MINUTES,
        at_boundary: false,
        walk_back: true,
    };
}

/// From `height` on, no version below `version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionFloor {
    /// The lowest version.
    pub version: i32,
    /// The first height it holds at.
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

const TEN_MINUTES: u32 = 600;
const ONE_DAY: u32 = 24 * 60 * 60;

impl Params {
    /// The rules of `network`.
    pub const fn of(network: Network) -> Self {
        match network {
            Network::Mainnet => Self::mainnet(),
            Network::Testnet3 => Self::testnet3(),
            Network::Testnet4 => Self::testnet4(),
            Network::Signet => Self::signet(),
            Network::Regtest => Self::regtest(),
        }
    }

    /// The rules of mainnet (`CMainParams`).
    pub const fn mainnet() -> Self {
        Self {
            network: Network::Mainnet,
            genesis: Network::Mainnet.genesis(),
            pow_limit: limit([0, 0, 0, 0, 0xff, 0xff], 0xff),
            proof_of_work: true,
            required_bits: true,
            target_spacing: TEN_MINUTES,
            target_timespan: 14 * ONE_DAY,
            retarget: Some(Retarget::MAINNET),
            min_difficulty: None,
            median_time_span: 11,
            min_seconds_past_median: 1,
            max_future_seconds: Some(2 * 60 * 60),
            max_timewarp_seconds: None,
            version_floors: floors(227_931, 363_725, 388_381),
            best_chain: BestChain::MostWork,
        }
    }

    /// The rules of testnet3 (`CTestNetParams`).
    pub const fn testnet3() -> Self {
        Self {
            network: Network::Testnet3,
            genesis: Network::Testnet3.genesis(),
            min_difficulty: Some(MinDifficulty::TESTNET),
            version_floors: floors(21_111, 330_776, 581_885),
            ..Self::mainnet()
        }
    }

    /// The rules of testnet4 (`CTestNet4Params`, BIP94).
    pub const fn testnet4() -> Self {
        Self {
            network: Network::Testnet4,
            genesis: Network::Testnet4.genesis(),
            retarget: Some(Retarget {
                base: RetargetBase::FirstBlock,
                ..Retarget::MAINNET
            }),
            min_difficulty: Some(MinDifficulty::TESTNET),
            max_timewarp_seconds: Some(600),
            version_floors: floors(1, 1, 1),
            ..Self::mainnet()
        }
    }

    /// The rules of the default signet (`SigNetParams`), without the block signatures of BIP325,
    /// which lie outside the header.
    pub const fn signet() -> Self {
        Self {
            network: Network::Signet,
            genesis: Network::Signet.genesis(),
            pow_limit: limit([0, 0, 3, 0x77, 0xae, 0], 0),
            version_floors: floors(1, 1, 1),
            ..Self::mainnet()
        }
    }

    /// The rules of regtest (`CRegTestParams`).
    pub const fn regtest() -> Self {
        Self {
            network: Network::Regtest,
            genesis: Network::Regtest.genesis(),
            pow_limit: limit([0x7f, 0xff, 0xff, 0xff, 0xff, 0xff], 0xff),
            target_timespan: ONE_DAY,
            retarget: None,
            min_difficulty: Some(MinDifficulty::TESTNET),
            version_floors: floors(1, 1, 1),
            ..Self::mainnet()
        }
    }

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

/// The heights of BIP34, BIP66 and BIP65, in the order of their versions.
const fn floors(bip34: u32, bip66: u32, bip65: u32) -> [VersionFloor; 3] {
    [
        VersionFloor {
            version: 2,
            height: bip34,
        },
        VersionFloor {
            version: 3,
            height: bip66,
        },
        VersionFloor {
            version: 4,
            height: bip65,
        },
    ]
}

/// The target that starts with `head` and goes on with `rest`.
const fn limit(head: [u8; 6], rest: u8) -> Target {
    let mut bytes = [rest; 32];
    let mut at = 0;
    while at < head.len() {
        bytes[at] = head[at];
        at += 1;
    }
    match Target::from_be_bytes(bytes) {
        Some(target) => target,
        None => Target::MAX, // not reached: no limit above is zero
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_the_published_ones() {
        let compact = |network| Params::of(network).pow_limit.to_compact().to_string();
        assert_eq!(compact(Network::Mainnet), "1d00ffff");
        assert_eq!(compact(Network::Testnet3), "1d00ffff");
        assert_eq!(compact(Network::Testnet4), "1d00ffff");
        assert_eq!(compact(Network::Signet), "1e0377ae");
        assert_eq!(compact(Network::Regtest), "207fffff");
        insta::assert_snapshot!(Params::mainnet().pow_limit, @"00000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
        insta::assert_snapshot!(Params::signet().pow_limit, @"00000377ae000000000000000000000000000000000000000000000000000000");
        insta::assert_snapshot!(Params::regtest().pow_limit, @"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
    }

    #[test]
    fn each_network_names_itself() {
        for network in Network::ALL {
            let params = Params::of(network);
            assert_eq!(
                (params.network, params.genesis),
                (network, network.genesis())
            );
        }
    }

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
