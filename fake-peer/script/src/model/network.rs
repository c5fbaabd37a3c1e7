//! Which network a script is for.

use std::fmt;
use std::str::FromStr;

use arbitrary::{Arbitrary, Unstructured};
use fake_peer_core::Network;
use fake_peer_core::network::{NetworkName, ParseNetworkError};
use fake_peer_core::wire::Bytes;
use serde::{Deserialize, Serialize};

/// Names a network. [`resolve`](crate::network::resolve) returns the network itself.
///
/// Its text form is the name of a built-in network, `signet:` and a block challenge in hexadecimal,
/// or the path of a network file, which ends in `.kdl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum NetworkSpec {
    /// The built-in network of this name.
    BuiltIn(NetworkName),
    /// The signet with this block challenge (BIP325).
    Signet(Bytes),
    /// The network in this file. In a script, the path starts at the folder of the script.
    File(String),
}

/// The text does not name a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseSpecError {
    /// It is neither a built-in network nor a path that ends in `.kdl`.
    #[error("{0}, or a network file (NAME.kdl)")]
    Unknown(#[from] ParseNetworkError),
    /// The challenge of a signet is not hexadecimal.
    #[error("the challenge of a signet is not hexadecimal: {0}")]
    Challenge(const_hex::FromHexError),
}

/// What the text of a signet starts with.
const SIGNET: &str = "signet:";
/// What the path of a network file ends with.
const FILE: &str = ".kdl";

impl FromStr for NetworkSpec {
    type Err = ParseSpecError;

    fn from_str(text: &str) -> Result<Self, ParseSpecError> {
        if let Some(challenge) = text.strip_prefix(SIGNET) {
            let challenge = const_hex::decode(challenge).map_err(ParseSpecError::Challenge)?;
            return Ok(Self::Signet(challenge.into()));
        }
        if text.ends_with(FILE) {
            return Ok(Self::File(text.to_owned()));
        }
        Ok(text.parse::<Network>()?.into())
    }
}

impl fmt::Display for NetworkSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(name) => fmt::Display::fmt(name, f),
            Self::Signet(challenge) => write!(f, "{SIGNET}{challenge}"),
            Self::File(path) => f.pad(path),
        }
    }
}

impl TryFrom<String> for NetworkSpec {
    type Error = ParseSpecError;

    fn try_from(text: String) -> Result<Self, ParseSpecError> {
        text.parse()
    }
}

impl From<NetworkSpec> for String {
    fn from(spec: NetworkSpec) -> Self {
        spec.to_string()
    }
}

impl From<Network> for NetworkSpec {
    /// A network that is built in.
    fn from(network: Network) -> Self {
        Self::BuiltIn(network.name)
    }
}

impl Default for NetworkSpec {
    fn default() -> Self {
        Network::default().into()
    }
}

impl Arbitrary<'_> for NetworkSpec {
    /// Mostly a built-in network, so that most scripts can be played.
    fn arbitrary(u: &mut Unstructured<'_>) -> arbitrary::Result<Self> {
        Ok(match u8::arbitrary(u)? {
            253 => Network::SIMNET.into(),
            254 => Self::Signet(Vec::arbitrary(u)?.into()),
            255 => Self::File(format!("a{FILE}")),
            // The number of networks when the first findings were saved, so that the same bytes
            // still give the same script.
            at => Network::ALL[usize::from(at % 5)].into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn text_round_trips() {
        let challenge = vec![0x51].into();
        for (text, spec) in [
            ("regtest", Network::REGTEST.into()),
            ("signet", Network::SIGNET.into()),
            ("signet:51", NetworkSpec::Signet(challenge)),
            ("a/b.kdl", NetworkSpec::File("a/b.kdl".to_owned())),
        ] {
            assert_eq!(text.parse(), Ok::<_, ParseSpecError>(spec.clone()));
            assert_eq!(spec.to_string(), text);
            let json = serde_json::to_string(&spec).unwrap();
            assert_eq!(json, format!("{text:?}"));
            assert_eq!(serde_json::from_str::<NetworkSpec>(&json).unwrap(), spec);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let error = |text: &str| text.parse::<NetworkSpec>().unwrap_err();
        assert_snapshot!(error("litecoin"), @r#"unknown network "litecoin"; expected mainnet, testnet3, testnet4, signet, regtest or simnet, or a network file (NAME.kdl)"#);
        assert_snapshot!(error("signet:5x"), @"the challenge of a signet is not hexadecimal: invalid character 'x' at position 1");
    }
}
