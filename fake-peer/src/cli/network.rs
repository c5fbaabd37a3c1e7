//! Choosing the network of a command.

use std::fs;
use std::path::{Path, PathBuf, absolute};
use std::str::FromStr;

use fake_peer::Network;
use fake_peer::decode::Magic;
use fake_peer::script::model::{NetworkSpec, ParseSpecError};
use fake_peer::script::network::{NamedNetwork, NetworkError, resolve};
use fake_peer_core::Header;
use fake_peer_core::wire::Bytes;
use fake_peer_fixtures::raw;

use super::failure::Failure;
use super::output;

/// The options that choose a network, the same for each command that has one.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct NetworkArgs {
    /// Network: mainnet, testnet3, testnet4, signet, regtest, simnet, or a network file
    ///
    /// docs/network.md describes network files. For decode, encode and import, the magic in 8 hex
    /// digits is enough.
    #[arg(long, value_name = "NAME|FILE")]
    network: Option<Choice>,
    /// Custom signet with this block challenge in hex (BIP325)
    #[arg(long, value_name = "HEX", conflicts_with = "network", value_parser = challenge)]
    signet_challenge: Option<Bytes>,
}

fn challenge(text: &str) -> Result<Bytes, String> {
    text.parse().map_err(|error| format!("{error}"))
}

/// The value of `--network`.
#[derive(Debug, Clone)]
enum Choice {
    Magic([u8; 4]),
    Spec(NetworkSpec),
}

impl FromStr for Choice {
    type Err = ParseSpecError;

    fn from_str(text: &str) -> Result<Self, ParseSpecError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        match const_hex::decode_to_array(digits) {
            Ok(magic) => Ok(Self::Magic(magic)),
            Err(_) => text.parse().map(Self::Spec),
        }
    }
}

impl NetworkArgs {
    /// Returns the network, if one is chosen.
    pub(crate) fn chosen(&self) -> Result<Option<Network>, Failure> {
        match &self.network {
            Some(Choice::Magic(magic)) => Err(Failure::Input(format!(
                "expected a network, found only the magic {}",
                const_hex::encode(magic)
            ))
            .with_help("name a built-in network or a network file")),
            _ => self.spec().map(|spec| network_of(&spec)).transpose(),
        }
    }

    /// Returns the magic of the network, if one is chosen.
    pub(crate) fn magic(&self) -> Result<Option<Magic>, Failure> {
        match self.network {
            Some(Choice::Magic(magic)) => Ok(Some(Magic(magic))),
            _ => Ok(self.chosen()?.map(Magic::from)),
        }
    }

    /// Returns the network and how it is named, if one is chosen.
    pub(crate) fn named(&self) -> Result<Option<NamedNetwork>, Failure> {
        let network = self.chosen()?;
        Ok(network.and_then(|network| {
            let spec = self.spec()?;
            Some(NamedNetwork { spec, network })
        }))
    }

    /// Returns the network and how a script in the file `script` names it, if one is chosen.
    pub(crate) fn beside(&self, script: &Path) -> Result<Option<NamedNetwork>, Failure> {
        let Some(mut named) = self.named()? else {
            return Ok(None);
        };
        if let NetworkSpec::File(path) = &mut named.spec {
            let from_script = path_from(script, Path::new(path)).map_err(Failure::Internal)?;
            *path = from_script.display().to_string();
        }
        Ok(Some(named))
    }

    fn spec(&self) -> Option<NetworkSpec> {
        match (&self.network, &self.signet_challenge) {
            (Some(Choice::Spec(spec)), _) => Some(spec.clone()),
            (_, Some(challenge)) => Some(NetworkSpec::Signet(challenge.clone())),
            (Some(Choice::Magic(_)) | None, None) => None,
        }
    }
}

/// Returns the network. Prints what is wrong with a network file on stderr.
fn network_of(spec: &NetworkSpec) -> Result<Network, Failure> {
    let read = |path: &str| fs::read(path).ok();
    resolve(spec, &read).map_err(|error| {
        if let NetworkError::File { problems, .. } = &error {
            output::note(problems);
        }
        Failure::Input(error.to_string())
    })
}

/// Reads the files in the folder of a script.
pub(crate) fn beside(script: &Path) -> impl Fn(&str) -> Option<Vec<u8>> {
    let folder = script.parent().unwrap_or(Path::new(".")).to_owned();
    move |file| fs::read(folder.join(file)).ok()
}

/// Returns the path of a file, from the folder of another if they are in the same folder, or else
/// from the root.
fn path_from(other: &Path, file: &Path) -> std::io::Result<PathBuf> {
    let (other, file) = (absolute(other)?, absolute(file)?);
    Ok(match file.file_name() {
        Some(name) if file.parent() == other.parent() => name.into(),
        _ => file,
    })
}

/// Returns the network of a file of headers: the `wanted` one, or else that of the file's `magic`,
/// that of its `first` header if it is a genesis block, or mainnet.
///
/// # Errors
/// A message if the headers are for another network than the wanted one.
pub(super) fn network_of_headers(
    wanted: Option<Network>,
    magic: Option<[u8; 4]>,
    first: &Header,
) -> Result<Network, String> {
    let Some(wanted) = wanted else {
        return match magic {
            Some(magic) => Network::from_magic(magic).ok_or_else(|| {
                let magic = const_hex::encode(magic);
                format!("the headers have the magic {magic}, which no known network has")
            }),
            None => Ok(raw::network_of(first).unwrap_or_default()),
        };
    };
    let found = match magic {
        Some(magic) if magic != wanted.magic => {
            Network::from_magic(magic).map_or_else(|| const_hex::encode(magic), |it| it.to_string())
        }
        None if *first != wanted.params.genesis => match raw::network_of(first) {
            Some(found) => found.to_string(),
            None => return Ok(wanted),
        },
        Some(_) | None => return Ok(wanted),
    };
    Err(format!("the headers are for {found}, expected {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_names_a_network_file_from_its_own_folder() {
        let from = |other: &str, file: &str| path_from(Path::new(other), Path::new(file)).unwrap();
        assert_eq!(from("a/x.kdl", "a/net.kdl"), Path::new("net.kdl"));
        assert_eq!(from("x.kdl", "./net.kdl"), Path::new("net.kdl"));
        let other_folder = from("a/x.kdl", "b/net.kdl");
        assert!(other_folder.is_absolute() && other_folder.ends_with("b/net.kdl"));
    }
}
