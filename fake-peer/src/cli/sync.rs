//! `fake-peer sync`.

use std::path::PathBuf;
use std::time::Duration;

use fake_peer::sync::Limits;
use fake_peer::{Network, Peer, PeerConfig, PeerError};

use super::address::HostPort;
use super::download::Download;
use super::failure::Failure;
use super::interrupt::interrupted;
use super::number;
use super::output;
use super::save::{Format, SaveHeaders};
use super::time_limit;

/// Fetch headers from a node, and check every one
///
/// It shakes hands, asks for headers in batches of 2,000 from block 0 on, and checks each by the
/// network's rules: link, difficulty, proof of work, times and version. Block 0 itself is known.
/// On stdout comes one line for each difficulty period that begins (the height and date of its
/// first header, `bits` as they stand on the wire, and the difficulty), and a summary.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The node: a host name or an IP address, with or without a port.
    #[arg(value_name = "ADDR")]
    address: HostPort,
    /// The network: mainnet, testnet3, testnet4, signet, regtest or simnet.
    #[arg(long, value_name = "NAME", default_value_t)]
    network: Network,
    /// End after this many batches of 2,000 headers.
    #[arg(long, value_name = "N", value_parser = number::within(1..=u32::MAX))]
    batches: Option<u32>,
    /// End at this height, so that a peer that never ends cannot hold us.
    #[arg(
        long,
        value_name = "HEIGHT",
        default_value_t = Limits::default().height,
        value_parser = number::within(1..=u32::MAX)
    )]
    max_height: u32,
    /// Save the headers, block 0 included. The file is whole or not there.
    ///
    /// A file that has the name already is replaced at the end, and keeps its permissions. A
    /// symbolic link is followed. What is no regular file, or is read-only, is refused.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// The form of the saved file. Without it, compact if its name ends in .fpchain, else raw.
    #[arg(long, value_name = "FORM", requires = "save")]
    format: Option<Format>,
    /// How long to wait for anything: the connection, the handshake, each batch. At most a day.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time_limit::parse)]
    timeout: Duration,
}

const AFTER_HELP: &str = "\
Examples:
  fake-peer sync 127.0.0.1                          what `fake-peer serve` serves
  fake-peer sync 127.0.0.1 --batches 19             the book's 19 batches, 38,000 headers
  fake-peer sync [::1]:18333 --network testnet3
  fake-peer sync 127.0.0.1 --save mainnet.fpchain   `fake-peer serve --headers` reads it

Exit codes:
  0    every header that came was valid
  1    the peer broke the protocol, or sent an invalid header
  2    bad usage, or a file that cannot be saved
  3    the network failed (refused, closed, timed out), or something else did
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
    let mut peer = connect(&args).await?;
    let mut download = Download::new(args.network, limits, file.is_some(), quiet);
    download.run(&mut peer, most(limits)).await?;
    if let (Some(file), Some(headers)) = (file, download.headers()) {
        file.finish(args.network, headers)?;
    }
    download.print_summary()?;
    if let Some(path) = &args.save {
        output::line(format_args!("  saved  {}", path.display()))?;
    }
    // All is there; how the connection ends does not matter any more.
    let _ = peer.close().await;
    Ok(())
}

async fn connect(args: &Args) -> Result<Peer, Failure> {
    let network = args.network;
    let address = args.address.with_default(network.port);
    let mut config = PeerConfig::new(network).with_timeout(args.timeout);
    // Nothing but headers is read, so there is no need to hold more than a few messages.
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
            let help = "nodes do so if they are full, or of another network";
            failure
                .at("before the handshake was done")
                .with_help(format!("{help} (we speak {network})"))
        }
        _ => failure,
    }
}

/// How many headers are wanted at most.
fn most(limits: Limits) -> u32 {
    let batches = limits.batches.map(|batches| batches.saturating_mul(2_000));
    batches.unwrap_or(u32::MAX).min(limits.height)
}
