//! `fake-peer serve`.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use fake_peer::drive::tcp::Stop;
use fake_peer::target::Death;
use fake_peer::{Server, ServerConfig};

use super::address::IpPort;
use super::chain_source::ChainSource;
use super::failure::Failure;
use super::flaw_names;
use super::interrupt::interrupted;
use super::number;
use super::output;

/// Be a node that serves headers, until ctrl-c
///
/// It is the model peer: what it does, Bitcoin Core does, unless a flaw is put in. It has headers,
/// and no blocks to serve. The first line on stdout is "listening on ADDRESS"; the log goes to
/// stderr. When a flaw makes it crash, it exits as a process that was aborted, with code 134.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    chain: ChainSource,
    /// Where to listen: an address with or without a port. Port 0 takes a free one.
    ///
    /// Without it, 127.0.0.1 and the network's default port.
    #[arg(long, value_name = "ADDR")]
    listen: Option<IpPort>,
    /// How many connections may be open; one more is closed at once.
    #[arg(long, value_name = "N", default_value_t = 125, value_parser = number::within(0..=65_535_usize))]
    max_connections: usize,
    /// Put a bug into the node; may be repeated. `fake-peer flaws` lists them.
    #[arg(long, value_name = "NAME")]
    flaw: Vec<String>,
}

const AFTER_HELP: &str = "\
Examples:
  fake-peer serve                                    mainnet's first 100,000 headers on port 8333
  fake-peer serve --tip 40319 --listen 127.0.0.1:0   20 periods of them on a free port
  fake-peer serve --headers testnet3.bin             the network is told by the file
  fake-peer serve --network regtest                  block 0 alone, on port 18444";

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let flaws = flaw_names::named(&args.flaw)?;
    let (network, tree) = args.chain.load()?;
    let tip = *tree.tip();
    let mut config = ServerConfig::new(network);
    config.max_connections = args.max_connections;
    for flaw in &flaws {
        flaw.put_into(&mut config.behaviour);
    }
    let listen = args.listen.unwrap_or(IpPort::LOCALHOST);
    let address = listen.with_default(network.port);
    let interrupted = interrupted()?;
    let server = Server::bind(address, Arc::new(tree), config)
        .await
        .map_err(|error| listen_failure(address, &error))?;
    let local = server.local_addr().map_err(Failure::Internal)?;
    output::line(format_args!("listening on {local}"))?;
    tracing::info!(
        "serving {network} up to height {}, {}; ctrl-c ends it",
        tip.height,
        tip.hash
    );
    match server.run(interrupted).await {
        Stop::Died => {
            let names = flaws.iter().map(|flaw| flaw.name).collect();
            Err(Failure::Crashed(Death::Flaw(names)))
        }
        Stop::Over | Stop::Idle | Stop::Told => {
            tracing::info!("ended");
            Ok(())
        }
    }
}

fn listen_failure(address: SocketAddr, error: &io::Error) -> Failure {
    let failure = Failure::Network(format!("cannot listen on {address}: {error}"));
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            failure.with_help(format!("try --listen {}:0 for a free port", address.ip()))
        }
        _ => failure,
    }
}
