//! The four bytes that start each envelope, by name.

use std::fmt;
use std::str::FromStr;

use fake_peer_core::Network;

/// The magic of a network, known or not.
///
/// Its text form is the network's name, or the four bytes in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Magic(pub [u8; 4]);

impl From<Network> for Magic {
    fn from(network: Network) -> Self {
        Self(network.magic)
    }
}

impl Default for Magic {
    fn default() -> Self {
        Network::default().into()
    }
}

impl fmt::Display for Magic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Network::from_magic(self.0) {
            Some(network) => network.fmt(f),
            None => f.pad(&const_hex::encode(self.0)),
        }
    }
}

/// The text is neither the name of a network nor a magic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown network {found:?}; expected mainnet, testnet3, testnet4, signet, regtest, simnet, or a magic in 8 hex digits"
)]
pub struct ParseMagicError {
    /// The text.
    pub found: String,
}

impl FromStr for Magic {
    type Err = ParseMagicError;

    fn from_str(text: &str) -> Result<Self, ParseMagicError> {
        let network = text.parse::<Network>().ok().map(Self::from);
        network
            .or_else(|| {
                let digits = text.strip_prefix("0x").unwrap_or(text);
                const_hex::decode_to_array(digits).ok().map(Self)
            })
            .ok_or_else(|| ParseMagicError {
                found: text.to_owned(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_magic_is_a_name_or_eight_digits() {
        for (text, shown) in [
            ("regtest", "regtest"),
            ("main", "mainnet"),
            ("f9beb4d9", "mainnet"),
            ("0xFBC0B6DB", "fbc0b6db"),
        ] {
            assert_eq!(text.parse::<Magic>().unwrap().to_string(), shown);
        }
        insta::assert_snapshot!("litecoin".parse::<Magic>().unwrap_err(), @r#"unknown network "litecoin"; expected mainnet, testnet3, testnet4, signet, regtest, simnet, or a magic in 8 hex digits"#);
    }
}
