//! The name of a network.

use std::fmt;
use std::str::FromStr;

use crate::text_form::text_form;

/// The name of a network: 1 to 23 lower-case letters, digits and hyphens, the first a letter.
///
/// It is also the serde form of a network, for example in reports. A custom network gets its name
/// from its file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkName {
    bytes: [u8; Self::MAX_LENGTH],
    length: u8,
}

/// The error for a text that is not the name of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name of a network is 1 to {} lower-case letters, digits and hyphens, and starts with a letter",
    NetworkName::MAX_LENGTH
)]
pub struct ParseNameError;

impl NetworkName {
    /// The greatest length, in bytes.
    pub const MAX_LENGTH: usize = 23;

    /// Creates a name from a text in the source code.
    pub(super) const fn from_static(text: &'static str) -> Self {
        match Self::new(text) {
            Ok(name) => name,
            // Unreachable: the tests parse each name in the source code.
            Err(_) => Self {
                bytes: [b'-'; Self::MAX_LENGTH],
                length: 1,
            },
        }
    }

    const fn new(text: &str) -> Result<Self, ParseNameError> {
        let mut rest = text.as_bytes();
        let mut bytes = [0; Self::MAX_LENGTH];
        let mut length = 0;
        while let [byte, after @ ..] = rest {
            let fits = (length as usize) < Self::MAX_LENGTH;
            let is_letter = byte.is_ascii_lowercase();
            if !fits || !(is_letter || length > 0 && (byte.is_ascii_digit() || *byte == b'-')) {
                return Err(ParseNameError);
            }
            bytes[length as usize] = *byte;
            length += 1;
            rest = after;
        }
        match length {
            0 => Err(ParseNameError),
            _ => Ok(Self { bytes, length }),
        }
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        let bytes = &self.bytes[..usize::from(self.length)];
        str::from_utf8(bytes).unwrap_or_default() // always ASCII
    }
}

impl FromStr for NetworkName {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        Self::new(text)
    }
}

impl fmt::Display for NetworkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for NetworkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

text_form!(NetworkName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        let longest = "a123456789-123456789-12";
        assert_eq!(longest.len(), NetworkName::MAX_LENGTH);
        for text in ["a", "regtest", "litecoin-regtest", longest] {
            let name: NetworkName = text.parse().unwrap();
            assert_eq!(name.to_string(), text);
            let json = serde_json::to_string(&name).unwrap();
            assert_eq!(json, format!("{text:?}"));
            assert_eq!(serde_json::from_str::<NetworkName>(&json).unwrap(), name);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let too_long = "a123456789-123456789-123";
        for text in [
            "", "Regtest", "my net", "4net", "-net", "net/1", "é", too_long,
        ] {
            assert_eq!(text.parse::<NetworkName>(), Err(ParseNameError), "{text}");
        }
    }
}
