//! `bits`, the target of a header in compact form.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A 256-bit target in four bytes: an exponent and a signed 24-bit mantissa, base 256.
///
/// Any value can be held; [`Target::try_from`](super::Target) tells which stand for a target. Its text form is eight
/// hexadecimal digits, most significant first: `1d00ffff`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CompactTarget(pub u32);

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

impl Serialize for CompactTarget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CompactTarget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match u32::from_str_radix(&text, 16) {
            Ok(bits) if text.len() == 8 => Ok(Self(bits)),
            _ => Err(de::Error::custom("bits are eight hexadecimal digits")),
        }
    }
}
