//! `bits`, the target of a header in compact form.

use std::fmt;
use std::str::FromStr;

use crate::text_form::text_form;

/// A 256-bit target in four bytes: an exponent and a signed 24-bit mantissa, base 256.
///
/// It can hold any value; [`Target::try_from`](super::Target) refuses those that do not encode a
/// target. Its text form is eight hexadecimal digits, most significant first: `1d00ffff`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CompactTarget(pub u32);

impl CompactTarget {
    /// The same value with the sign bit of the mantissa cleared.
    #[must_use]
    pub const fn without_sign(self) -> Self {
        Self(self.0 & !0x0080_0000)
    }
}

impl fmt::Display for CompactTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Debug for CompactTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not eight hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected eight hexadecimal digits")]
pub struct ParseBitsError;

impl FromStr for CompactTarget {
    type Err = ParseBitsError;

    fn from_str(text: &str) -> Result<Self, ParseBitsError> {
        if text.len() != 8 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(ParseBitsError); // `from_str_radix` would also take a sign
        }
        u32::from_str_radix(text, 16)
            .map(Self)
            .map_err(|_| ParseBitsError)
    }
}

text_form!(CompactTarget);
