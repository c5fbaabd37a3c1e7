//! Work: the number of hashes that a block, or a chain of blocks, takes on average.
//!
//! Source: Bitcoin Core `GetBlockProof` (`src/chain.cpp`).

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use ruint::aliases::U256;
use serde::{Serialize, Serializer};

use super::Target;

/// An expected number of hashes. Sums saturate, so that no chain of headers can wrap one around.
///
/// Its text form is 64 hexadecimal digits, as Bitcoin Core prints `chainwork`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Work(U256);

impl Work {
    /// No work.
    pub const ZERO: Self = Self(U256::ZERO);

    /// The work of `count` blocks with this work each.
    pub(crate) fn times(self, count: u32) -> Self {
        Self(self.0.saturating_mul(U256::from(count)))
    }

    /// The 32 bytes of the number, most significant first.
    pub const fn to_be_bytes(self) -> [u8; 32] {
        self.0.to_be_bytes()
    }
}

impl From<Target> for Work {
    /// The work of a block with this target: 2^256 / (target + 1) (`GetBlockProof`).
    fn from(target: Target) -> Self {
        // 2^256 does not fit; (2^256 - (t + 1)) / (t + 1) + 1 is the same number.
        let target = target.value();
        let work = match target.checked_add(U256::ONE) {
            Some(divisor) => !target / divisor + U256::ONE,
            None => U256::ONE,
        };
        Self(work)
    }
}

impl Add for Work {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Work {
    fn sum<I: Iterator<Item = Self>>(blocks: I) -> Self {
        blocks.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:064x}", self.0)
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Work {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::CompactTarget;

    fn work(bits: u32) -> Work {
        Work::from(Target::try_from(CompactTarget(bits)).unwrap())
    }

    /// `chainwork` of the genesis blocks, as `getblockheader` of Bitcoin Core prints it on mainnet
    /// and regtest.
    #[test]
    fn genesis_blocks_have_the_published_work() {
        insta::assert_snapshot!(work(0x1d00_ffff), @"0000000000000000000000000000000000000000000000000000000100010001");
        insta::assert_snapshot!(work(0x207f_ffff), @"0000000000000000000000000000000000000000000000000000000000000002");
    }

    #[test]
    fn the_extremes_neither_divide_by_zero_nor_wrap() {
        let most = Work::from(Target::try_from(CompactTarget(0x0101_0000)).unwrap());
        assert_eq!(most.to_be_bytes()[0], 0x80); // target 1: 2^255
        assert_eq!(Work::from(Target::MAX), Work(U256::ONE));
        assert_eq!(
            [most, most, most].into_iter().sum::<Work>(),
            Work(U256::MAX)
        );
        assert_eq!(most.times(3), Work(U256::MAX));
    }

    #[test]
    fn a_smaller_target_is_more_work() {
        assert!(work(0x1c00_ffff) > work(0x1d00_ffff));
        assert_eq!(
            [work(0x1d00_ffff); 3].into_iter().sum::<Work>().to_string()[54..],
            *"0300030003"
        );
        assert_eq!(work(0x1d00_ffff).times(3).to_string()[54..], *"0300030003");
    }
}
