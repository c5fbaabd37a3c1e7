//! The node over a transport that is unlike v1 in everything.

use std::sync::Arc;

use fake_peer_core::Network;
use fake_peer_core::message::{GetHeaders, Headers, Ping};
use fake_peer_fixtures::toy::MakeToy;

use crate::harness::{Harness, NOW, chain};
use crate::{Behaviour, NodeConfig, NodeRole};

fn config() -> NodeConfig {
    NodeConfig {
        transport: Some(Arc::new(MakeToy)),
        ..NodeConfig::new(Behaviour::reference(Network::REGTEST), NOW)
    }
}

#[test]
fn it_shakes_hands_and_answers() {
    let mut harness = Harness::to(config()).ready(Harness::full_node());
    assert_eq!(harness.say(Ping { nonce: 3 }), ["pong"]);
    harness.say(Headers { headers: chain(5) });
    harness.say(GetHeaders::default());
    let over_v1 = {
        let mut harness = Harness::new().ready(Harness::full_node());
        harness.say(Ping { nonce: 3 });
        harness.say(Headers { headers: chain(5) });
        harness.say(GetHeaders::default());
        harness.came().to_vec()
    };
    assert_eq!(harness.came(), over_v1);
}

#[test]
fn it_speaks_first_where_it_dials() {
    let dials = NodeRole::Dials { connections: 1 };
    let harness = Harness::to(NodeConfig {
        role: dials,
        ..config()
    });
    assert_eq!(harness.came().len(), 1, "its version");
    let mut harness = harness.ready(Harness::full_node());
    assert_eq!(harness.say(Ping { nonce: 3 }), ["pong"]);
}

#[test]
fn bytes_that_break_the_transport_end_the_connection() {
    let mut harness = Harness::to(config()).ready(Harness::version());
    harness.bytes(&[0; 8]);
    assert!(!harness.is_open());
}
