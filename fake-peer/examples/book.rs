//! "Programming Bitcoin" (Jimmy Song), chapter 10: fetch 19 batches of headers and validate each.
//!
//! Run it with `cargo run --example book`: it serves the recorded headers of mainnet to itself.
//! With an address (`cargo run --example book -- 127.0.0.1:8333`) it connects to the node there
//! instead.

use std::error::Error;
use std::sync::Arc;

use fake_peer::core::chain::{HeaderTree, Params, Validator};
use fake_peer::core::message::{GetHeaders, Headers};
use fake_peer::{Network, Peer, PeerConfig, Server, ServerConfig, unix_time};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = match std::env::args().nth(1) {
        Some(address) => address,
        None => serve().await?,
    };
    let tip = book(&address).await?;
    println!("19 batches: every header up to height {tip} is valid");
    Ok(())
}

/// The program from the book. Returns the height of the last header.
async fn book(address: &str) -> Result<u32, Box<dyn Error>> {
    let mut node = Peer::connect(address, PeerConfig::new(Network::MAINNET)).await?;
    node.handshake().await?;
    let mut chain = Validator::new(Params::mainnet());
    for _ in 0..19 {
        let locator = vec![chain.tip().hash];
        let request = GetHeaders {
            locator,
            ..GetHeaders::default()
        };
        node.send(request).await?;
        let batch: Headers = node.wait_for().await?;
        chain.push_batch(&batch.headers, unix_time())?;
        let tip = chain.tip();
        println!("{:>6} {} {}", tip.height, tip.bits, tip.hash);
    }
    node.close().await?;
    Ok(chain.tip().height)
}

/// Serves 20 batches of recorded headers on a free port until the program ends. Returns the
/// address.
async fn serve() -> Result<String, Box<dyn Error>> {
    let mut tree = HeaderTree::new(Params::mainnet());
    for header in &fake_peer_fixtures::mainnet()[1..=40_000] {
        tree.insert(header, unix_time())?;
    }
    let config = ServerConfig::new(Network::MAINNET);
    let server = Server::bind("127.0.0.1:0", Arc::new(tree), config).await?;
    let address = server.local_addr()?;
    tokio::spawn(server.run(std::future::pending()));
    Ok(address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nineteen_batches_are_38_000_headers() {
        let address = serve().await.unwrap();
        assert_eq!(book(&address).await.unwrap(), 38_000);
    }
}
