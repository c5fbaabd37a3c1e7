//! Syncs the mainnet header chain from one peer with kyoto, up to a height.
//!
//!     kyoto-sync ADDR HEIGHT

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use bip157::chain::ChainState;
use bip157::{Builder, Client, HashCheckpoint, Info, Network, TrustedPeer};

#[tokio::main]
async fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let address: SocketAddr = args.next().expect("ADDR").parse().expect("an address");
    let goal: u32 = args.next().expect("HEIGHT").parse().expect("a height");
    match tokio::time::timeout(Duration::from_secs(120), sync(address, goal)).await {
        Ok(height) => {
            println!("synced to height {height}");
            ExitCode::SUCCESS
        }
        Err(_) => {
            eprintln!("height {goal} was not reached within 120 s");
            ExitCode::FAILURE
        }
    }
}

async fn sync(address: SocketAddr, goal: u32) -> u32 {
    let genesis = HashCheckpoint::from_genesis(Network::Bitcoin);
    let (node, client) = Builder::new(Network::Bitcoin)
        .add_peer(TrustedPeer::from_socket_addr(address))
        .whitelist_only()
        .required_peers(1)
        .headers_only_sync()
        .chain_state(ChainState::Checkpoint(genesis))
        .build();
    tokio::spawn(async move { node.run().await });
    let Client { requester: _requester, mut info_rx, mut warn_rx, mut event_rx } = client;
    loop {
        tokio::select! {
            info = info_rx.recv() => match info {
                Some(Info::NewChainHeight(height)) if height >= goal => return height,
                Some(info) => eprintln!("{info}"),
                None => std::future::pending().await,
            },
            Some(warning) = warn_rx.recv() => eprintln!("warning: {warning}"),
            Some(_) = event_rx.recv() => {}
        }
    }
}
