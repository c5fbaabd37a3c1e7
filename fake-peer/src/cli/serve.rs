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

/// Run a node that serves headers, until ctrl-c
///
/// The node is the model peer, which behaves like Bitcoin Core unless a flaw is put in. It serves
/// headers but no blocks. The first line on stdout is "listening on ADDRESS"; the log goes to
/// stderr. If a flaw makes the node crash, it exits with code 134, like an aborted process.
///
/// The default network is that of the headers file, or else mainnet.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    chain: ChainSource,
    /// Address to listen on, with or without a port; port 0 chooses a free one
    ///
    /// Defaults to 127.0.0.1 and the network's default port.
    #[arg(long, value_name = "ADDR")]
    listen: Option<IpPort>,
    /// Most open connections; further ones are closed at once
    #[arg(long, value_name = "N", default_value_t = 125, value_parser = number::within(0..=65_535_usize))]
    max_connections: usize,
    /// Put a bug into the node; may be repeated (see `fake-peer flaws`)
    #[arg(long, value_name = "NAME")]
    flaw: Vec<String>,
}

const AFTER_HELP: &str = "\
Examples:
  fake-peer serve                                    mainnet's first 100,000 headers on port 8333
  fake-peer serve --tip 40319 --listen 127.0.0.1:0   20 periods of them on a free port
  fake-peer serve --headers testnet3.bin             the network is detected from the file
  fake-peer serve --network regtest                  block 0 alone, on port 18444";

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let flaws = flaw_names::named(&args.flaw)?;
    let (network, tree) = args.chain.load()?;
    let tip = *tree.tip();
    let mut config = ServerConfig::new(network);
    config.max_connections = args.max_connections;
    for flaw in &flaws {
        flaw.apply_to(&mut config.behaviour);
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
        "serving {network} up to height {}, {}; press ctrl-c to stop",
        tip.height,
        tip.hash
    );
    match server.run(interrupted).await {
        Stop::Died => {
            let names = flaws.iter().map(|flaw| flaw.name).collect();
            Err(Failure::Crashed(Death::Flaw(names)))
        }
        Stop::Over | Stop::Idle | Stop::Requested => {
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
