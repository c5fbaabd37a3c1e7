//! The 256-bit target, and its two-way relation to `bits`.
//!
//! Source: Bitcoin Core `arith_uint256::SetCompact` and `GetCompact` (`src/arith_uint256.cpp`), and
//! `DeriveTarget` (`src/pow.cpp`) for targets that a header may not claim.

use std::fmt;

use ruint::aliases::U256;

use super::CompactTarget;
use crate::hash::Hash256;

/// The sign bit of the mantissa.
const SIGN: u32 = 0x0080_0000;
/// The mantissa without its sign.
const MANTISSA: u32 = 0x007f_ffff;

/// The number that a block's hash must not exceed; never zero.
///
/// Its text form is 64 hexadecimal digits, most significant first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target(U256);

/// Why `bits` do not encode a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CompactError {
    /// The sign bit is set and the number is not zero.
    #[error("negative")]
    Negative,
    /// The number needs more than 256 bits.
    #[error("over 256 bits")]
    Overflow,
    /// The number is zero: a mantissa of zero, or one that an exponent below 3 shifts out.
    #[error("zero")]
    Zero,
}

impl Target {
    /// The greatest target: every hash meets it.
    pub const MAX: Self = Self(U256::MAX);

    /// The target with these bytes, most significant first; `None` for zero.
    pub const fn from_be_bytes(bytes: [u8; 32]) -> Option<Self> {
        let value = U256::from_be_bytes(bytes);
        if value.const_is_zero() {
            None
        } else {
            Some(Self(value))
        }
    }

    /// The 32 bytes of the target, most significant first.
    pub const fn to_be_bytes(self) -> [u8; 32] {
        self.0.to_be_bytes()
    }

    /// The 32 bytes of the target, least significant first, like those of a hash.
    pub const fn to_le_bytes(self) -> [u8; 32] {
        self.0.to_le_bytes()
    }

    /// The `bits` of this target: the nearest compact number that is not above it.
    ///
    /// A mantissa that would set the sign bit is shifted into the next exponent
    /// (`arith_uint256::GetCompact`).
    pub fn to_compact(self) -> CompactTarget {
        let size = self.0.bit_len().div_ceil(8);
        let mantissa = if size <= 3 {
            self.0 << (8 * (3 - size))
        } else {
            self.0 >> (8 * (size - 3))
        };
        let mut mantissa = mantissa.wrapping_to::<u32>(); // 24 bits are left
        #[expect(clippy::cast_possible_truncation, reason = "at most 32")]
        let mut size = size as u32;
        if mantissa & SIGN != 0 {
            mantissa >>= 8;
            size += 1;
        }
        CompactTarget(size << 24 | mantissa)
    }

    /// Whether a block with this hash has the proof of work. A hash **equal** to the target has it.
    pub fn is_met_by(self, hash: Hash256) -> bool {
        U256::from_le_bytes(hash.0) <= self.0
    }

    pub(super) const fn value(self) -> U256 {
        self.0
    }

    /// `self * numerator / denominator` without overflow in between; `Target::MAX` if the result
    /// has more than 256 bits, and 1 if it is less than 1.
    ///
    /// Bitcoin Core's 256-bit product would wrap around. With the limits of the public networks
    /// that retarget, it does not (signet's has no bit to spare), so the two differ only on
    /// private networks with a greater limit.
    pub(crate) fn scale(self, numerator: u64, denominator: u64) -> Self {
        type Wide = ruint::Uint<320, 5>;
        let scaled = Wide::from(self.0) * Wide::from(numerator) / Wide::from(denominator.max(1));
        Self(U256::saturating_from(scaled).max(U256::ONE))
    }
}

impl TryFrom<CompactTarget> for Target {
    type Error = CompactError;

    /// Reads `bits`, and refuses those that `DeriveTarget` refuses on every network.
    fn try_from(bits: CompactTarget) -> Result<Self, CompactError> {
        let size = bits.0 >> 24;
        let mantissa = bits.0 & MANTISSA;
        let word = if size < 3 {
            mantissa >> (8 * (3 - size))
        } else {
            mantissa
        };
        if word == 0 {
            return Err(CompactError::Zero); // a zero with a sign is zero, as `SetCompact` has it
        }
        if bits.0 & SIGN != 0 {
            return Err(CompactError::Negative);
        }
        let bytes_above = size.saturating_sub(3) as usize;
        let word = U256::from(word);
        if word.bit_len() + 8 * bytes_above > 256 {
            return Err(CompactError::Overflow);
        }
        Ok(Self(word << (8 * bytes_above)))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:064x}", self.0)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bits: u32) -> Result<Target, CompactError> {
        Target::try_from(CompactTarget(bits))
    }

    fn target(hex: &str) -> Target {
        Target(U256::from_str_radix(hex, 16).unwrap())
    }

    /// Bitcoin Core `src/test/arith_uint256_tests.cpp`, `bignum_SetCompact`: each value of `bits`
    /// with the number and the flags that the test expects of it.
    #[test]
    fn bitcoin_cores_vectors() {
        for zero in [
            0,
            0x0012_3456,
            0x0100_3456,
            0x0200_0056,
            0x0300_0000,
            0x0400_0000,
            0x0092_3456,
            0x0180_3456,
            0x0280_0056,
            0x0380_0000,
            0x0480_0000,
        ] {
            assert_eq!(read(zero), Err(CompactError::Zero), "{zero:08x}");
        }
        for negative in [0x01fe_dcba, 0x0492_3456] {
            assert_eq!(
                read(negative),
                Err(CompactError::Negative),
                "{negative:08x}"
            );
        }
        assert_eq!(read(0xff12_3456), Err(CompactError::Overflow));
        for (bits, number, back) in [
            (0x0112_3456, "12", 0x0112_0000),
            (0x0212_3456, "1234", 0x0212_3400),
            (0x0312_3456, "123456", 0x0312_3456),
            (0x0412_3456, "12345600", 0x0412_3456),
            (0x0500_9234, "92340000", 0x0500_9234),
            (
                0x2012_3456,
                &format!("123456{}", "0".repeat(58)),
                0x2012_3456,
            ),
        ] {
            assert_eq!(read(bits), Ok(target(number)), "{bits:08x}");
            assert_eq!(target(number).to_compact().0, back, "{number}");
        }
        assert_eq!(target("80").to_compact().0, 0x0200_8000); // no compact form has the sign bit
    }

    /// The edge of `SetCompact`'s overflow condition: exponents 33 and 34 still fit when the upper
    /// bytes of the mantissa are zero.
    #[test]
    fn overflow_starts_where_the_number_no_longer_fits() {
        assert_eq!(read(0x207f_ffff).unwrap().to_string()[..8], *"7fffff00");
        assert_eq!(read(0x2100_ffff).unwrap().to_string()[..8], *"ffff0000");
        assert_eq!(read(0x2200_00ff).unwrap().to_string()[..8], *"ff000000");
        for bits in [0x2101_0000, 0x2200_0100, 0x2300_0001, 0xff00_0001] {
            assert_eq!(read(bits), Err(CompactError::Overflow), "{bits:08x}");
        }
    }

    #[test]
    fn a_hash_equal_to_the_target_meets_it() {
        let target = read(0x1d00_ffff).unwrap();
        let mut equal = target.to_be_bytes();
        equal.reverse();
        assert!(target.is_met_by(Hash256(equal)));
        equal[0] = 1;
        assert!(!target.is_met_by(Hash256(equal)));
        assert!(target.is_met_by(Hash256::ZERO));
    }

    #[test]
    fn scaling_neither_wraps_nor_reaches_zero() {
        assert_eq!(Target::MAX.scale(4, 1), Target::MAX);
        assert_eq!(Target::MAX.scale(u64::MAX, u64::MAX), Target::MAX);
        assert_eq!(target("1").scale(1, 4), target("1"));
        assert_eq!(target("10").scale(3, 2), target("18"));
        assert_eq!(target("10").scale(1, 0), target("10"));
    }

    #[test]
    fn errors_read_well() {
        insta::assert_snapshot!(CompactError::Negative, @"negative");
        insta::assert_snapshot!(CompactError::Overflow, @"over 256 bits");
        insta::assert_snapshot!(CompactError::Zero, @"zero");
    }

    proptest! {
        /// `SetCompact` as Bitcoin Core writes it, in floating terms of bytes: the independent
        /// check is the definition, mantissa x 256^(exponent - 3).
        #[test]
        fn reading_is_the_definition(bits: u32) {
            let (size, mantissa) = ((bits >> 24) as usize, bits & 0xff_ffff);
            let mut wide = [0_u8; 300];
            let [_, a, b, c] = mantissa.to_be_bytes();
            for (at, byte) in [(size, a & 0x7f), (size.wrapping_sub(1), b), (size.wrapping_sub(2), c)] {
                // `at` counts bytes from the least significant one, which is number 1.
                if let Some(slot) = at.checked_sub(1).and_then(|at| wide.get_mut(at)) {
                    *slot = byte;
                }
            }
            let zero = wide.iter().all(|byte| *byte == 0);
            let overflow = wide[32..].iter().any(|byte| *byte != 0);
            let expected = match (zero, a & 0x80 != 0, overflow) {
                (true, ..) => Err(CompactError::Zero),
                (_, true, _) => Err(CompactError::Negative),
                (.., true) => Err(CompactError::Overflow),
                _ => Ok(Target(U256::from_le_slice(&wide[..32]))),
            };
            prop_assert_eq!(read(bits), expected);
        }

        #[test]
        fn compact_form_is_the_nearest_not_above(bytes: [u8; 32]) {
            let target = Target::from_be_bytes(bytes).unwrap_or(Target::MAX);
            let back = Target::try_from(target.to_compact()).unwrap();
            prop_assert!(back <= target);
            prop_assert_eq!(back.to_compact(), target.to_compact());
        }
    }
}
