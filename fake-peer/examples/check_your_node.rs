//! The conformance suite as part of a Rust project's own tests.
//!
//! `start_node` is a placeholder for starting the project's own node. Here it starts the model peer
//! of fake-peer in the same process, on a free port.

use std::net::SocketAddr;
use std::sync::Arc;

use fake_peer::check::{Catalogue, Checker, Run, Selection};
use fake_peer::core::chain::{HeaderTree, Params};
use fake_peer::target::Target;
use fake_peer::{Network, Server, ServerConfig};

/// Starts the node under test. Returns the address it listens on.
async fn start_node() -> std::io::Result<SocketAddr> {
    let chain = Arc::new(HeaderTree::new(Params::regtest()));
    let config = ServerConfig::new(Network::REGTEST);
    let server = Server::bind("127.0.0.1:0", chain, config).await?;
    let address = server.local_addr()?;
    tokio::spawn(server.run(std::future::pending()));
    Ok(address)
}

/// Runs one area of the suite against the node.
async fn check(area: &str) -> Result<Run, Box<dyn std::error::Error>> {
    let catalogue = Catalogue::embedded()?;
    let cases = Selection::of_ids([area])?.of(&catalogue)?;
    let node = start_node().await?;
    let checker = Checker::new(Target::Connect(node)).network(Network::REGTEST);
    Ok(checker.run(&cases).await)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let run = check("ping").await?;
    println!("{run}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use fake_peer::check::{Conclusion, Strictness};

    #[tokio::test]
    async fn our_node_answers_pings() {
        let run = super::check("ping").await.unwrap();
        // A failure is printed with the requirement, its source, and what was observed. A run that
        // shows nothing, because it played no case, is not fine either.
        let conclusion = Conclusion::of(&run.cases, Strictness::Usual);
        assert_eq!(conclusion, Conclusion::Fine, "{run}");
    }
}
