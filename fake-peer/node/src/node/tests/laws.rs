//! Properties that hold for any bytes.

use fake_peer_core::header::Work;
use fake_peer_core::message::{GetAddr, GetHeaders, Headers, Ping, SendHeaders, Verack};
use proptest::prelude::*;

use crate::harness::{Harness, NOW, chain, wire};
use crate::{Behaviour, Node, NodeConfig};
use fake_peer_machine::{Action, ConnId, Input, Machine};

/// Returns every action of a node that receives these bytes, split at these offsets.
fn actions(bytes: &[u8], cuts: &[usize]) -> Vec<Action> {
    let behaviour = Behaviour::reference(fake_peer_core::Network::REGTEST);
    let mut node = Node::new(NodeConfig::new(behaviour, NOW));
    let id = ConnId::Accepted(0);
    let now = std::time::Duration::ZERO;
    node.handle(Input::Opened(id), now);
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    for pair in cuts.windows(2) {
        node.handle(Input::Bytes(id, &bytes[pair[0]..pair[1]]), now);
    }
    std::iter::from_fn(|| node.next_action()).collect()
}

fn conversation(noise: &[u8]) -> Vec<u8> {
    let messages = [
        wire(Harness::full_node()),
        wire(Verack {}),
        wire(SendHeaders {}),
        wire(Headers { headers: chain(20) }),
        wire(GetHeaders::default()),
        wire(GetAddr {}),
        wire(Ping { nonce: 3 }),
    ];
    [&messages.concat()[..], noise].concat()
}

proptest! {
    #[test]
    fn any_split_leads_to_the_same_actions(
        noise in prop::collection::vec(any::<u8>(), 0..60),
        cuts in prop::collection::vec(any::<usize>(), 0..40),
    ) {
        let bytes = conversation(&noise);
        prop_assert_eq!(actions(&bytes, &cuts), actions(&bytes, &[]));
    }

    #[test]
    fn no_message_makes_it_panic(
        command in prop::sample::select(fake_peer_core::Message::COMMANDS),
        payload in prop::collection::vec(any::<u8>(), 0..400),
        noise in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let magic = fake_peer_core::Network::REGTEST.magic;
        let envelope = fake_peer_core::wire::RawEnvelope::new(command, payload);
        for start in [Vec::new(), conversation(&[])] {
            let bytes = [start, envelope.to_bytes(magic), noise.clone()].concat();
            actions(&bytes, &[]);
        }
    }

    #[test]
    fn no_first_bytes_make_it_panic(noise in prop::collection::vec(any::<u8>(), 0..200)) {
        actions(&noise, &[]);
    }
}

#[test]
fn repeated_headers_use_no_memory() {
    let mut harness = Harness::new().ready(Harness::version());
    let headers = wire(Headers {
        headers: chain(2_000),
    });
    harness.bytes(&headers);
    let held = harness.node.held();
    for _ in 0..20 {
        harness.bytes(&headers);
    }
    assert_eq!(harness.node.held(), held);
}

#[test]
fn headers_far_below_the_tip_use_no_memory() {
    let mut harness = Harness::to(super::with_chain(300)).ready(Harness::version());
    let held = harness.node.held();
    for seed in 1..50 {
        let builder = super::builder().seed(seed);
        let headers = builder.build(20).unwrap();
        harness.say(Headers { headers });
    }
    assert_eq!(harness.node.held(), held);
    assert!(harness.is_open());
}

/// The headers of a chain are only counted until it has enough work, and are then requested again.
#[test]
fn a_chain_is_stored_once_its_work_is_proven() {
    let headers = chain(3_000);
    let mut behaviour = Behaviour::reference(fake_peer_core::Network::REGTEST);
    let block = Work::from(behaviour.params.pow_limit);
    behaviour.headers.minimum_work = std::iter::repeat_n(block, 2_900).sum();
    let mut harness = Harness::with(behaviour).ready(Harness::version());
    let held = harness.node.held();
    let send = |harness: &mut Harness, from: usize, to: usize| {
        let headers = headers[from..to].to_vec();
        harness.say(Headers { headers });
        let asked = harness.all::<GetHeaders>();
        asked.last().map(|it| it.locator[0])
    };
    let genesis = headers[0].prev_block;
    send(&mut harness, 0, 10);
    assert_eq!(send(&mut harness, 0, 2_000), Some(headers[1_999].hash()));
    assert_eq!(
        send(&mut harness, 2_000, 3_000),
        Some(genesis),
        "from the start"
    );
    assert_eq!(harness.node.held(), held, "nothing is stored yet");
    assert_eq!(send(&mut harness, 0, 2_000), Some(headers[1_999].hash()));
    send(&mut harness, 2_000, 3_000);
    assert!(harness.node.held() > held + 3_000 * 200);
}
