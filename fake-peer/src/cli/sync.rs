//! `fake-peer sync`.

use std::path::PathBuf;
use std::time::Duration;

use fake_peer::sync::Limits;
use fake_peer::{Network, Peer, PeerConfig, PeerError};

use super::address::HostPort;
use super::download::Download;
use super::failure::Failure;
use super::interrupt::interrupted;
use super::network::NetworkArgs;
use super::number;
use super::output;
use super::save::{Format, SaveHeaders};
use super::time_limit;

/// Download headers from a node and check every one
///
/// Requests headers in batches of 2,000 from block 0 on, and checks each against the network's
/// rules: link, difficulty, proof of work, times and version. Block 0 itself is built in. Prints a
/// line for each difficulty period (the height and the date of its first header, `bits` in wire
/// order, and the difficulty) and a summary. The default network is mainnet.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Node to download from: a host name or an IP address, with or without a port
    #[arg(value_name = "ADDR")]
    address: HostPort,
    #[command(flatten)]
    network: NetworkArgs,
    /// Stop after this many batches of 2,000 headers
    #[arg(long, value_name = "N", value_parser = number::within(1..=u32::MAX))]
    batches: Option<u32>,
    /// Stop at this height, since a peer may send headers without end
    #[arg(
        long,
        value_name = "HEIGHT",
        default_value_t = Limits::default().height,
        value_parser = number::within(1..=u32::MAX)
    )]
    max_height: u32,
    /// Save the headers, including block 0, to this file
    ///
    /// The file is written only when the download is complete. An existing file is replaced and
    /// keeps its permissions, unless it is read-only or not a regular file. A symbolic link is
    /// followed.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Format of the saved file [default: compact if its name ends in .fpchain, else raw]
    #[arg(long, value_name = "FORM", requires = "save")]
    format: Option<Format>,
    /// How long to wait for the connection, for the handshake and for each batch; at most a day
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time_limit::parse)]
    timeout: Duration,
}

const AFTER_HELP: &str = "\
Examples:
  fake-peer sync 127.0.0.1                          from `fake-peer serve`
  fake-peer sync 127.0.0.1 --batches 19             the book's 19 batches, 38,000 headers
  fake-peer sync [::1]:18333 --network testnet3
  fake-peer sync 127.0.0.1 --save mainnet.fpchain   `fake-peer serve --headers` reads it

Exit codes:
  0    every header was valid
  1    the peer broke the protocol, or sent an invalid header
  2    bad usage, or a file that cannot be saved
  3    the network failed (refused, closed, timed out), or another error occurred
  130  interrupted by ctrl-c";

pub(crate) async fn run(args: Args, quiet: bool) -> Result<(), Failure> {
    let interrupted = interrupted()?;
    tokio::select! {
        result = sync(args, quiet) => result,
        () = interrupted => Err(Failure::Interrupted),
    }
}

async fn sync(args: Args, quiet: bool) -> Result<(), Failure> {
    let file = match &args.save {
        Some(path) => Some(SaveHeaders::create(path, args.format)?),
        None => None,
    };
    let limits = Limits {
        batches: args.batches,
        height: args.max_height,
    };
    let network = args.network.chosen()?.unwrap_or_default();
    let mut peer = connect(&args, network).await?;
    let mut download = Download::new(network, limits, file.is_some(), quiet);
    download.run(&mut peer, most(limits)).await?;
    if let (Some(file), Some(headers)) = (file, download.headers()) {
        file.finish(network, headers)?;
    }
    download.print_summary()?;
    if let Some(path) = &args.save {
        output::line(format_args!("  saved  {}", path.display()))?;
    }
    // The download is complete; how the connection ends does not matter.
    let _ = peer.close().await;
    Ok(())
}

async fn connect(args: &Args, network: Network) -> Result<Peer, Failure> {
    let address = args.address.with_default(network.port);
    let mut config = PeerConfig::new(network).with_timeout(args.timeout);
    // Only headers are read, so there is no need to hold more than a few messages.
    config.receive_buffer = 4 << 20;
    let mut peer = Peer::connect(address, config)
        .await
        .map_err(|error| Failure::of_peer(&error, network))?;
    let version = match peer.handshake().await {
        Ok(version) => version,
        Err(error) => return Err(handshake_failure(&error, network)),
    };
    tracing::info!(
        "connected to {}, protocol {}, services {}, height {}",
        version.user_agent,
        version.version,
        version.services.bits(),
        version.start_height
    );
    Ok(peer)
}

fn handshake_failure(error: &PeerError, network: Network) -> Failure {
    let failure = Failure::of_peer(error, network);
    match error {
        PeerError::Closed | PeerError::Reset => {
            let help = "a node does this if it is full or on another network";
            failure
                .at("before the handshake was complete")
                .with_help(format!("{help} than {network}"))
        }
        _ => failure,
    }
}

/// Returns how many headers to download at most.
fn most(limits: Limits) -> u32 {
    let batches = limits.batches.map(|batches| batches.saturating_mul(2_000));
    batches.unwrap_or(u32::MAX).min(limits.height)
}
