//! The network of a script: built in, a custom signet, or from a file.
//!
//! ```
//! use fake_peer_core::Network;
//! use fake_peer_script::network::resolve;
//!
//! let no_files = |_: &str| None;
//! assert_eq!(resolve(&"regtest".parse()?, &no_files).unwrap(), Network::REGTEST);
//! assert!(resolve(&"networks/my.kdl".parse()?, &no_files).is_err());
//! # Ok::<(), fake_peer_script::model::ParseSpecError>(())
//! ```

use fake_peer_core::Network;
use fake_peer_core::network::ParseNetworkError;

use crate::chains::Files;
use crate::model::NetworkSpec;
use crate::text::Diagnostics;
pub use crate::text::network::{parse, print, verbs};

/// Why a network cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// No built-in network has the name.
    #[error(transparent)]
    Unknown(#[from] ParseNetworkError),
    /// The file cannot be read.
    #[error("cannot read the network file `{0}`")]
    NoFile(String),
    /// The file is not UTF-8.
    #[error("the network file `{0}` is not text in UTF-8")]
    NotText(String),
    /// The file does not describe a network.
    #[error("the network file `{path}` is not valid")]
    File {
        /// Its path.
        path: String,
        /// What is wrong with it.
        problems: Box<Diagnostics>,
    },
}

/// A network, and how a script or a command names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedNetwork {
    /// The text by which a script or a command names it.
    pub spec: NetworkSpec,
    /// The network itself.
    pub network: Network,
}

impl From<Network> for NamedNetwork {
    /// A network that is built in.
    fn from(network: Network) -> Self {
        Self {
            spec: network.into(),
            network,
        }
    }
}

/// Returns the network that `spec` names. `files` returns the bytes of a network file.
///
/// # Errors
/// Returns a [`NetworkError`] if the network is unknown, or if its file is missing or invalid.
pub fn resolve(spec: &NetworkSpec, files: Files<'_>) -> Result<Network, NetworkError> {
    match spec {
        NetworkSpec::BuiltIn(name) => Network::from_name(*name).ok_or_else(|| {
            let found = name.to_string();
            ParseNetworkError { found }.into()
        }),
        NetworkSpec::Signet(challenge) => Ok(Network::signet(challenge)),
        NetworkSpec::File(path) => {
            let bytes = files(path).ok_or_else(|| NetworkError::NoFile(path.clone()))?;
            let text = str::from_utf8(&bytes).map_err(|_| NetworkError::NotText(path.clone()))?;
            parse(path, text).map_err(|problems| NetworkError::File {
                path: path.clone(),
                problems: Box::new(problems),
            })
        }
    }
}
