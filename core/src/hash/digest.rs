//! The 32-byte digest and its reversed hexadecimal text.

use std::fmt;
use std::str::FromStr;

use crate::text_form::text_form;

/// A hash256 digest: 32 bytes in the order of the wire.
///
/// Its text form is hexadecimal with the bytes **reversed**, as explorers, RPCs and the reference
/// implementation print block hashes and transaction ids.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash256(pub [u8; 32]);

impl Hash256 {
    /// 32 zero bytes: "no hash", as in the hash stop of a `getheaders` without a limit.
    pub const ZERO: Self = Self([0; 32]);
}

impl fmt::Display for Hash256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reversed = self.0;
        reversed.reverse();
        f.write_str(const_hex::Buffer::<32>::new().format(&reversed))
    }
}

impl fmt::Debug for Hash256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hexadecimal digits")]
pub struct ParseHashError;

impl FromStr for Hash256 {
    type Err = ParseHashError;

    fn from_str(text: &str) -> Result<Self, ParseHashError> {
        if text.len() != 64 {
            return Err(ParseHashError); // `const_hex` would also take a `0x` prefix
        }
        let mut bytes: [u8; 32] = const_hex::decode_to_array(text).map_err(|_| ParseHashError)?;
        bytes.reverse();
        Ok(Self(bytes))
    }
}

text_form!(Hash256);

#[cfg(test)]
mod tests {
    use super::*;

    const GENESIS: &str = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";

    #[test]
    fn text_is_reversed_and_round_trips() {
        let hash: Hash256 = GENESIS.parse().unwrap();
        assert_eq!(hash.0[..4], [0x6f, 0xe2, 0x8c, 0x0a]);
        assert_eq!(hash.to_string(), GENESIS);
        assert_eq!(
            serde_json::to_string(&hash).unwrap(),
            format!("\"{GENESIS}\"")
        );
    }

    #[test]
    fn other_lengths_and_letters_are_refused() {
        for text in [
            "",
            "00",
            &GENESIS[1..],
            &GENESIS.replace('9', "g"),
            &format!("0x{}", &GENESIS[2..]),
        ] {
            assert_eq!(text.parse::<Hash256>(), Err(ParseHashError), "{text}");
        }
    }
}
