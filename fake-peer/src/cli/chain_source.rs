//! The chain to serve: read from a file, built in, or block 0 alone.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use fake_peer::{Network, unix_time};
use fake_peer_core::Header;
use fake_peer_core::chain::HeaderTree;
use fake_peer_fixtures::{mainnet, read_headers};

use super::failure::Failure;
use super::network::{NetworkArgs, network_of_headers};
use super::number;

/// Options that choose a chain.
#[derive(Debug, Args)]
pub(crate) struct ChainSource {
    #[command(flatten)]
    network: NetworkArgs,
    /// File of headers to serve, from block 0 on: raw (80 bytes each) or compact
    ///
    /// Defaults to the first 100,000 headers on mainnet, and to block 0 alone on other networks.
    #[arg(long, value_name = "FILE")]
    headers: Option<PathBuf>,
    /// End the chain at this height; a shorter chain is an error
    #[arg(long, value_name = "HEIGHT", value_parser = number::within(0..=u32::MAX))]
    tip: Option<u32>,
}

/// The largest file in bytes: ten million raw headers, twice as many as any chain has. Without a
/// limit, reading from a device might never end.
const MAX_FILE: u64 = 800_000_000;

impl ChainSource {
    /// Reads the headers and checks every one.
    pub(crate) fn load(&self) -> Result<(Network, HeaderTree), Failure> {
        let wanted = self.network.chosen()?;
        let Some(path) = &self.headers else {
            let network = wanted.unwrap_or_default();
            let genesis = [network.params.genesis];
            let headers = match network {
                Network::MAINNET => mainnet(),
                _ => &genesis,
            };
            let tree = self.tree(network, headers, "the embedded chain")?;
            return Ok((network, tree));
        };
        let name = path.display().to_string();
        let (network, headers) = read(path, wanted)?;
        let tree = self.tree(network, &headers, &name)?;
        Ok((network, tree))
    }

    fn tree(
        &self,
        network: Network,
        headers: &[Header],
        name: &str,
    ) -> Result<HeaderTree, Failure> {
        let mut tree = HeaderTree::new(network.params);
        let wanted = match self.tip {
            Some(tip) => headers.get(..=tip as usize).ok_or_else(|| {
                let last = headers.len().saturating_sub(1);
                Failure::Input(format!("{name}: ends at height {last}, below --tip {tip}"))
            })?,
            None => headers,
        };
        let now = unix_time();
        for header in wanted.iter().skip(1) {
            tree.insert(header, now)
                .map_err(|error| Failure::Input(format!("{name}: {error}")))?;
        }
        Ok(tree)
    }
}

fn read(path: &Path, wanted: Option<Network>) -> Result<(Network, Vec<Header>), Failure> {
    let name = path.display();
    let bytes = read_file(path).map_err(|error| Failure::Input(format!("{name}: {error}")))?;
    let file = read_headers(&bytes).map_err(|error| Failure::Input(format!("{name}: {error}")))?;
    let start = file.start_height.unwrap_or(0);
    if start != 0 {
        let text = format!("{name}: starts at height {start}, expected block 0");
        return Err(Failure::Input(text));
    }
    let Some(first) = file.headers.first() else {
        return Err(Failure::Input(format!("{name}: no headers")));
    };
    let network = network_of_headers(wanted, file.magic, first)
        .map_err(|error| Failure::Input(format!("{name}: {error}")))?;
    if *first != network.params.genesis {
        let text = format!("{name}: does not start with block 0 of {network}");
        return Err(Failure::Input(text));
    }
    Ok((network, file.headers))
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_FILE + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        let text = format!("more than {MAX_FILE} bytes, expected a file of headers");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}
