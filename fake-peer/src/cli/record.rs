//! `fake-peer record`.

use fake_peer::record::proxy::Proxy;

use super::address::{HostPort, IpPort};
use super::failure::Failure;
use super::interrupt::interrupted;
use super::number;
use super::output;
use super::recorded::Output;

/// Record the connections between two nodes as scripts
///
/// Accepts any number of connections at a time and forwards each to the node at --to. At the end,
/// by ctrl-c or after --connections, it writes two scripts: one plays the node that dialled, the
/// other the node that listened. The first line on stdout is "listening on ADDRESS".
///
/// The default network is that of the first message with the magic of a built-in network.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Address to listen on; without a port, a free one is chosen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    listen: IpPort,
    /// Node to forward to; the port defaults to the network's
    #[arg(long, value_name = "ADDR")]
    to: HostPort,
    /// Stop when this many connections have ended
    #[arg(long, value_name = "N", value_parser = number::within(1..=u32::MAX))]
    connections: Option<u32>,
    #[command(flatten)]
    recorded: Output,
}

const AFTER_HELP: &str = "\
Examples:
  fake-peer record --listen 127.0.0.1:18555 --to 127.0.0.1:18444 -o talk.kdl
  bitcoind -regtest -connect=127.0.0.1:18555        start a node that dials; then press ctrl-c
  fake-peer run talk.kdl --connect 127.0.0.1:18444  replay what it sent
  fake-peer run talk.listener.kdl --listen 127.0.0.1:18555";

pub(crate) async fn run(args: Args, quiet: bool) -> Result<(), Failure> {
    let files = args.recorded.create()?;
    let interrupted = interrupted()?;
    let network = args.recorded.network.chosen()?;
    let to = args.to.with_default(network.unwrap_or_default().port);
    let listen = args.listen.with_default(0);
    let proxy = Proxy::bind(listen, to.clone(), args.recorded.limit())
        .await
        .map_err(|error| Failure::Network(format!("cannot listen on {listen}: {error}")))?;
    let proxy = match network {
        Some(network) => proxy.with_magic(network.into()),
        None => proxy,
    };
    let local = proxy.local_addr().map_err(Failure::Internal)?;
    output::line(format_args!("listening on {local}"))?;
    tracing::info!("forwarding to {to}; press ctrl-c to stop and write the scripts");
    let recorded = proxy.run(args.connections, interrupted).await;
    let about = format!("Recorded from connections to {to}");
    args.recorded.write(&recorded, files, &about, quiet)
}
