//! `fake-peer` without a command: a server and a client in one process, over a real socket; then
//! the conformance suite against the model peer.

use std::sync::Arc;

use fake_peer::check::report::Console;
use fake_peer::check::{Case, Catalogue, Checker, Strictness};
use fake_peer::sync::Limits;
use fake_peer::target::{Model, Target};
use fake_peer::{Network, Peer, PeerConfig, Server, ServerConfig, unix_time};
use fake_peer_core::chain::HeaderTree;
use fake_peer_fixtures::mainnet;
use tokio::sync::oneshot;

use super::check::conclude;
use super::download::Download;
use super::failure::Failure;
use super::interrupt::interrupted;
use super::output::{self, grouped};

pub(crate) async fn run(quiet: bool) -> Result<(), Failure> {
    let interrupted = interrupted()?;
    tokio::select! {
        result = demonstrate(quiet) => result,
        () = interrupted => Err(Failure::Interrupted),
    }
}

async fn demonstrate(quiet: bool) -> Result<(), Failure> {
    let (stop, stopped) = oneshot::channel::<()>();
    let server = bind().await?;
    let address = server.local_addr().map_err(Failure::Internal)?;
    output::line(format_args!(
        "fake-peer {}: both ends of a Bitcoin connection, in one process\n\n\
         server  serves the first {} headers of mainnet on {address}\n\
         client  downloads them in batches of 2,000 and checks each against mainnet's rules\n\n\
         The difficulty is adjusted every 2,016 headers. These are the bits in wire order; the first\n\
         18 match those that \"Programming Bitcoin\" prints in chapter 10:\n",
        env!("CARGO_PKG_VERSION"),
        grouped(mainnet().len() as u64),
    ))?;
    let serving = tokio::spawn(server.run(async {
        // Also completes when the sender is dropped.
        let _ = stopped.await;
    }));
    let result = fetch(address, quiet).await;
    drop(stop);
    // If the server failed, the client has already failed.
    let _ = serving.await;
    result?;
    check().await?;
    let program = program();
    output::line(format_args!(
        "\nNext: check your own node with `{program} check --connect ADDR`, or see \
         `{program} --help`."
    ))
}

/// Runs the whole suite in memory.
async fn check() -> Result<(), Failure> {
    output::line("\nThe conformance suite against the built-in model peer, in virtual time:\n")?;
    let catalogue = Catalogue::embedded().map_err(|error| Failure::Input(error.to_string()))?;
    let cases: Vec<&Case> = catalogue.cases().iter().collect();
    let run = Checker::new(Target::Model(Model::default()))
        .run(&cases)
        .await;
    let strictness = Strictness::Usual;
    let width = output::width();
    output::line(Console { width, strictness }.summary(&run).trim_end())?;
    conclude(&run, strictness)
}

async fn bind() -> Result<Server, Failure> {
    let network = Network::MAINNET;
    let mut tree = HeaderTree::new(network.params);
    let now = unix_time();
    for header in mainnet().iter().skip(1) {
        tree.insert(header, now)
            .map_err(|error| Failure::Internal(std::io::Error::other(error)))?;
    }
    Server::bind("127.0.0.1:0", Arc::new(tree), ServerConfig::new(network))
        .await
        .map_err(Failure::Internal)
}

async fn fetch(address: std::net::SocketAddr, quiet: bool) -> Result<(), Failure> {
    let network = Network::MAINNET;
    let failed = |error| Failure::of_peer(&error, network);
    let config = PeerConfig::new(network);
    let mut peer = Peer::connect(address, config).await.map_err(failed)?;
    peer.handshake().await.map_err(failed)?;
    let limits = Limits::default();
    let mut download = Download::new(network, limits, false, quiet);
    download.run(&mut peer, limits.height).await?;
    download.print_summary()?;
    peer.close().await.map_err(failed)
}

/// Returns the path that this program was started by, since it may not be installed.
fn program() -> String {
    let name = std::env::args_os().next().unwrap_or("fake-peer".into());
    name.to_string_lossy().into_owned()
}
