//! Why a header was refused: its height, the rule, and the two values that disagree.

use std::fmt;

use crate::hash::Hash256;
use crate::header::{CompactError, CompactTarget, Target};

/// A header that breaks a rule at its place in the chain, at this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderError {
    /// The height the header would have had; `None` if its parent is unknown.
    pub height: Option<u32>,
    /// The header's own hash.
    pub hash: Hash256,
    /// The rule that it breaks, with the values that disagree.
    pub violation: Violation,
}

/// A broken rule with the values that disagree. [`Rule`] has the rules' sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The header does not follow the tip.
    #[error("found parent {found}, expected {expected}")]
    Link {
        /// The header's `prev_block`.
        found: Hash256,
        /// The hash of the tip.
        expected: Hash256,
    },
    /// The header's parent is not in the tree.
    #[error("found parent {found}, which is unknown")]
    UnknownParent {
        /// The header's `prev_block`.
        found: Hash256,
    },
    /// The header's `bits` do not encode a target.
    #[error("found {found}, which is {reason}, expected a target")]
    BitsEncoding {
        /// The header's `bits`.
        found: CompactTarget,
        /// Why they do not encode a target.
        reason: CompactError,
    },
    /// The header's target is easier than the network allows.
    #[error("found {found}, expected at most {limit}")]
    BitsAboveLimit {
        /// The header's `bits`.
        found: CompactTarget,
        /// The network's limit.
        limit: CompactTarget,
    },
    /// The header's target is not the one for its place and time.
    #[error("found {found}, expected {expected}")]
    BitsRequired {
        /// The header's `bits`.
        found: CompactTarget,
        /// The `bits` that the rules require.
        expected: CompactTarget,
    },
    /// The hash is above the target.
    #[error("found hash {found}, expected at most {target}")]
    ProofOfWork {
        /// The header's hash.
        found: Hash256,
        /// The header's target.
        target: Target,
    },
    /// The time is not past the median of the headers before.
    #[error("found {found}, expected at least {earliest}")]
    TimeTooOld {
        /// The header's time.
        found: u32,
        /// The earliest time allowed: the median, and one second.
        earliest: u64,
    },
    /// The first header of a period is too far before the last one of the period before.
    #[error("found {found}, expected at least {earliest}")]
    TimeWarp {
        /// The header's time.
        found: u32,
        /// The earliest time allowed.
        earliest: u32,
    },
    /// The time is too far ahead of the validator's.
    #[error("found {found}, expected at most {latest}")]
    TimeTooNew {
        /// The header's time.
        found: u32,
        /// The latest time allowed now.
        latest: u64,
    },
    /// The version is below the lowest that the network still accepts.
    #[error("found {found}, expected at least {floor}")]
    Version {
        /// The header's version.
        found: i32,
        /// The lowest version at this height.
        floor: i32,
    },
}

/// The rules, in the order they are checked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A header names the hash of the one before it.
    Link,
    /// `bits` encode a target that is within the limit and is the required one.
    Bits,
    /// The hash does not exceed the target.
    ProofOfWork,
    /// The time is past the median of the 11 headers before.
    TimeTooOld,
    /// A period does not start long before the last one ended.
    TimeWarp,
    /// The time is not far ahead of now.
    TimeTooNew,
    /// The version is not below the floor.
    Version,
}

/// Whether a refused header may become valid later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// It will never be valid at its place in the chain.
    Invalid,
    /// Its parent is unknown or is not the tip; no other rule was checked.
    Unconnected,
    /// Its time is too far ahead. It may be accepted later, so it must not be remembered as invalid
    /// (Bitcoin Core #8476).
    TooNew,
}

impl HeaderError {
    /// The rule.
    pub fn rule(&self) -> Rule {
        self.violation.rule()
    }

    /// Returns whether the same header may be accepted later.
    pub fn kind(&self) -> ErrorKind {
        self.violation.kind()
    }

    /// Bitcoin Core's name for it; see [`Violation::reject_reason`].
    pub fn reject_reason(&self) -> &'static str {
        self.violation.reject_reason()
    }
}

impl Violation {
    /// The rule.
    pub fn rule(&self) -> Rule {
        match self {
            Self::Link { .. } | Self::UnknownParent { .. } => Rule::Link,
            Self::BitsEncoding { .. } | Self::BitsAboveLimit { .. } | Self::BitsRequired { .. } => {
                Rule::Bits
            }
            Self::ProofOfWork { .. } => Rule::ProofOfWork,
            Self::TimeTooOld { .. } => Rule::TimeTooOld,
            Self::TimeWarp { .. } => Rule::TimeWarp,
            Self::TimeTooNew { .. } => Rule::TimeTooNew,
            Self::Version { .. } => Rule::Version,
        }
    }

    /// Returns whether the same header may be accepted later.
    pub fn kind(&self) -> ErrorKind {
        match self.rule() {
            Rule::Link => ErrorKind::Unconnected,
            Rule::TimeTooNew => ErrorKind::TooNew,
            _ => ErrorKind::Invalid,
        }
    }

    /// The reject reason of Bitcoin Core (`CheckBlockHeader`, `AcceptBlockHeader` and
    /// `ContextualCheckBlockHeader` in `src/validation.cpp`) for this violation.
    ///
    /// `bits` that do not encode a target, or one above the limit, fail Core's proof of work check,
    /// hence `high-hash`. Core appends the version to `bad-version`: `bad-version(0x00000001)`.
    pub fn reject_reason(&self) -> &'static str {
        match self {
            Self::Link { .. } | Self::UnknownParent { .. } => "prev-blk-not-found",
            Self::BitsEncoding { .. } | Self::BitsAboveLimit { .. } | Self::ProofOfWork { .. } => {
                "high-hash"
            }
            Self::BitsRequired { .. } => "bad-diffbits",
            Self::TimeTooOld { .. } => "time-too-old",
            Self::TimeWarp { .. } => "time-timewarp-attack",
            Self::TimeTooNew { .. } => "time-too-new",
            Self::Version { .. } => "bad-version",
        }
    }
}

impl Rule {
    /// The rule's name: `link`, `bits`, `proof of work` and so on.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Bits => "bits",
            Self::ProofOfWork => "proof of work",
            Self::TimeTooOld => "time too old",
            Self::TimeWarp => "time warp",
            Self::TimeTooNew => "time too new",
            Self::Version => "version",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("header ")?;
        if let Some(height) = self.height {
            write!(f, "at height {height} ")?;
        }
        write!(f, "({}): {}: {}", self.hash, self.rule(), self.violation)
    }
}

impl std::error::Error for HeaderError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(violation: Violation) -> HeaderError {
        let mut hash = [0; 32];
        hash[0] = 0xab;
        HeaderError {
            height: Some(2016),
            hash: Hash256(hash),
            violation,
        }
    }

    fn line(violation: Violation) -> String {
        let error = error(violation);
        format!("{error} [{}, {:?}]", error.reject_reason(), error.kind())
    }

    #[test]
    fn each_text_names_height_rule_and_both_values() {
        let (found, expected) = (Hash256([0x11; 32]), Hash256([0x22; 32]));
        let bits = CompactTarget(0x1d00_ffff);
        insta::assert_snapshot!(line(Violation::Link { found, expected }), @"header at height 2016 (00000000000000000000000000000000000000000000000000000000000000ab): link: found parent 1111111111111111111111111111111111111111111111111111111111111111, expected 2222222222222222222222222222222222222222222222222222222222222222 [prev-blk-not-found, Unconnected]");
        insta::assert_snapshot!(HeaderError { height: None, ..error(Violation::UnknownParent { found }) }, @"header (00000000000000000000000000000000000000000000000000000000000000ab): link: found parent 1111111111111111111111111111111111111111111111111111111111111111, which is unknown");
        insta::assert_snapshot!(line(Violation::BitsEncoding { found: CompactTarget(0x01fe_dcba), reason: CompactError::Negative }), @"header at height 2016 (00000000000000000000000000000000000000000000000000000000000000ab): bits: found 01fedcba, which is negative, expected a target [high-hash, Invalid]");
        insta::assert_snapshot!(line(Violation::BitsAboveLimit { found: CompactTarget(0x1d01_0000), limit: bits }), @"header at height 2016 (00000000000000000000000000000000000000000000000000000000000000ab): bits: found 1d010000, expected at most 1d00ffff [high-hash, Invalid]");
        insta::assert_snapshot!(line(Violation::BitsRequired { found: bits, expected: CompactTarget(0x1d00_d86a) }), @"header at height 2016 (00000000000000000000000000000000000000000000000000000000000000ab): bits: found 1d00ffff, expected 1d00d86a [bad-diffbits, Invalid]");
        insta::assert_snapshot!(line(Violation::ProofOfWork { found, target: Target::MAX }), @"header at height 2016 (00000000000000000000000000000000000000000000000000000000000000ab): proof of work: found hash 1111111111111111111111111111111111111111111111111111111111111111, expected at most ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff [high-hash, Invalid]");
        insta::assert_snapshot!(line(Violation::TimeTooOld { found: 1_231_006_505, earliest: 1_231_006_506 }), @"header at height 2016 (00000000000000000000000000000000000000000000000000000000000000ab): time too old: found 1231006505, expected at least 1231006506 [time-too-old, Invalid]");
        insta::assert_snapshot!(line(Violation::TimeWarp { found: 1_231_006_505, earliest: 1_231_006_506 }), @"header at height 2016 (00000000000000000000000000000000000000000000000000000000000000ab): time warp: found 1231006505, expected at least 1231006506 [time-timewarp-attack, Invalid]");
        insta::assert_snapshot!(line(Violation::TimeTooNew { found: 1_231_006_505, latest: 1_231_006_504 }), @"header at height 2016 (00000000000000000000000000000000000000000000000000000000000000ab): time too new: found 1231006505, expected at most 1231006504 [time-too-new, TooNew]");
        insta::assert_snapshot!(line(Violation::Version { found: 1, floor: 2 }), @"header at height 2016 (00000000000000000000000000000000000000000000000000000000000000ab): version: found 1, expected at least 2 [bad-version, Invalid]");
    }
}
