//! Tests that feed a node by hand.

mod exchange;
mod laws;
mod reactions;
mod transport;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::Network;
use fake_peer_core::chain::{HeaderTree, Params};
use fake_peer_core::message::{GetHeaders, Ping, Pong, Verack};
use fake_peer_core::wire::Wire as _;
use fake_peer_fixtures::synthetic::{self, ChainBuilder};

use super::{Node, NodeConfig};
use crate::Behaviour;
use crate::harness::{Harness, NOW, chain, wire};
use fake_peer_machine::{ConnId, Input, Machine};

#[test]
fn a_handshake_matches_bitcoin_core() {
    let mut harness = Harness::new();
    assert_eq!(
        harness.say(Harness::version()),
        ["version", "wtxidrelay", "sendaddrv2", "verack"]
    );
    assert_eq!(
        harness.say(Verack {}),
        ["sendcmpct", "ping", "getheaders", "feefilter"]
    );
    assert_eq!(harness.say(Ping { nonce: 7 }), ["pong"]);
    assert_eq!(harness.all::<Pong>(), [Pong { nonce: 7 }]);
    assert_eq!(harness.say(GetHeaders::default()), [""; 0]);
}

fn builder() -> ChainBuilder {
    ChainBuilder::new(Params::regtest())
}

/// Returns the configuration of a node with a chain of this length and its blocks.
fn with_chain(length: u32) -> NodeConfig {
    let behaviour = Behaviour::reference(Network::REGTEST);
    let mut tree = HeaderTree::new(behaviour.params);
    let mut config = NodeConfig::new(behaviour, NOW);
    let mut blocks = HashMap::new();
    for (height, header) in (1..).zip(chain(length)) {
        tree.insert(&header, NOW).unwrap();
        let block = synthetic::block(header, 0, height);
        blocks.insert(header.hash(), block.to_bytes().into());
    }
    config.chain = Arc::new(tree);
    config.blocks = Arc::new(blocks);
    config
}

/// Prints how long it takes to create a node and to hold a short conversation with it.
#[test]
#[ignore = "a measurement; run it with --release --nocapture"]
fn a_node_is_cheap() {
    let config = with_chain(100);
    let hello = [
        wire(Harness::full_node()),
        wire(Verack {}),
        wire(Ping { nonce: 1 }),
    ]
    .concat();
    let ask = wire(GetHeaders {
        locator: vec![Network::REGTEST.params.genesis.hash()],
        ..GetHeaders::default()
    });
    let rounds = 20_000;
    let start = std::time::Instant::now();
    for _ in 0..rounds {
        let mut node = Node::new(config.clone());
        let id = ConnId::Accepted(0);
        node.handle(Input::Opened(id), Duration::ZERO);
        node.handle(Input::Bytes(id, &hello), Duration::ZERO);
        node.handle(Input::Bytes(id, &ask), Duration::ZERO);
        while let Some(action) = node.next_action() {
            std::hint::black_box(action);
        }
    }
    println!("{:?} per conversation", start.elapsed() / rounds);
}
