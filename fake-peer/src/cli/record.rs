//! `fake-peer record`.

use fake_peer::record::proxy::Proxy;

use super::address::{HostPort, IpPort};
use super::failure::Failure;
use super::interrupt::interrupted;
use super::number;
use super::output;
use super::recorded::Output;

/// Stand between two nodes, and write what passes as a script
///
/// What one node sends is forwarded to the other at once, any number of connections at a time. At
/// the end, by ctrl-c or after --connections, it is written as two scripts: one plays the node that
/// dialled, one the node that listened. The first line on stdout is "listening on ADDRESS".
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Where to listen: an address with or without a port. Without one, a free one is taken
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    listen: IpPort,
    /// The node to forward to; its port may be the network's
    #[arg(long, value_name = "ADDR")]
    to: HostPort,
    /// End after so many connections have ended
    #[arg(long, value_name = "N", value_parser = number::within(1..=u32::MAX))]
    connections: Option<u32>,
    #[command(flatten)]
    recorded: Output,
}

const AFTER_HELP: &str = "\
Examples:
  fake-peer record --listen 127.0.0.1:18555 --to 127.0.0.1:18444 -o talk.kdl
  bitcoind -regtest -connect=127.0.0.1:18555        a node that dials; then ctrl-c
  fake-peer run talk.kdl --connect 127.0.0.1:18444  say again what it said
  fake-peer run talk.listener.kdl --listen 127.0.0.1:18555";

pub(crate) async fn run(args: Args, quiet: bool) -> Result<(), Failure> {
    let files = args.recorded.create()?;
    let interrupted = interrupted()?;
    let port = args.recorded.network.unwrap_or_default().port;
    let to = args.to.with_default(port);
    let listen = args.listen.with_default(0);
    let proxy = Proxy::bind(listen, to.clone(), args.recorded.limit())
        .await
        .map_err(|error| Failure::Network(format!("cannot listen on {listen}: {error}")))?;
    let local = proxy.local_addr().map_err(Failure::Internal)?;
    output::line(format_args!("listening on {local}"))?;
    tracing::info!("forwarding to {to}; ctrl-c ends it, and writes the script");
    let recorded = proxy.run(args.connections, interrupted).await;
    let about = format!("Recorded before {to}");
    args.recorded.write(&recorded, files, &about, quiet)
}
