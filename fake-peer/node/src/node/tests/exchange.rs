//! The exchange of blocks, transactions and addresses between peers.

use std::time::Duration;

use fake_peer_core::message::{
    Addr, Block, BlockTxn, CmpctBlock, GetBlockTxn, GetBlocks, GetData, GetHeaders, Headers, Inv,
    InvItem, InvType, NotFound, SendCmpct, SendHeaders, Version,
};
use fake_peer_core::{Hash256, Header, Network};
use fake_peer_fixtures::synthetic;

use super::{builder, with_chain};
use crate::harness::{Harness, NOW, chain};
use crate::{Behaviour, Condition, NodeConfig, NodeRole};

fn block(header: Header, height: u32) -> Block {
    synthetic::block(header, 0, height)
}

fn item(kind: InvType, hash: Hash256) -> InvItem {
    InvItem { kind, hash }
}

/// Returns the configuration of a node with a recent tip.
fn recent() -> NodeConfig {
    let behaviour = Behaviour::reference(Network::REGTEST);
    let time = u64::from(behaviour.params.genesis.time) + 10_000;
    NodeConfig::new(behaviour, time)
}

/// Returns every item requested so far.
fn asked(harness: &Harness) -> Vec<InvItem> {
    let requests = harness.all::<GetData>();
    requests.into_iter().flat_map(|it| it.inventory).collect()
}

#[test]
fn blocks_are_fetched_sixteen_at_a_time_and_then_served() {
    let headers = chain(40);
    let mut harness = Harness::new().ready(Harness::full_node());
    assert_eq!(
        harness.say(Headers {
            headers: headers.clone()
        }),
        ["sendheaders", "getdata"]
    );
    assert_eq!(asked(&harness).len(), 16);
    // In reverse order: a block that arrives early waits for its parent.
    let mut served = 0;
    while served < headers.len() {
        let wanted = asked(&harness);
        for item in wanted[served..].iter().rev() {
            let at = headers
                .iter()
                .position(|it| it.hash() == item.hash)
                .unwrap();
            harness.say(block(headers[at], u32::try_from(at).unwrap() + 1));
        }
        served = wanted.len();
    }
    let hashes: Vec<Hash256> = headers.iter().map(Header::hash).collect();
    let order: Vec<Hash256> = asked(&harness).iter().map(|it| it.hash).collect();
    assert_eq!(order, hashes);

    harness.connect_as(Harness::version());
    let locator = vec![headers[0].prev_block];
    harness.say(GetHeaders {
        locator: locator.clone(),
        ..GetHeaders::default()
    });
    assert_eq!(
        harness.all::<Headers>(),
        [Headers {
            headers: headers.clone()
        }]
    );
    let inventory = [InvType::WITNESS_BLOCK, InvType::BLOCK, InvType::CMPCT_BLOCK]
        .map(|kind| item(kind, hashes[39]))
        .to_vec();
    assert_eq!(
        harness.say(GetData { inventory }),
        ["block", "block", "cmpctblock"]
    );
    let whole = block(headers[39], 40);
    assert_eq!(harness.all::<Block>(), [whole.clone(), whole.clone()]);
    let [compact] = &harness.all::<CmpctBlock>()[..] else {
        panic!()
    };
    assert_eq!(compact.prefilled[0].transaction, whole.transactions[0]);
    harness.say(GetBlocks {
        locator,
        stop: hashes[3],
        ..GetBlocks::default()
    });
    assert_eq!(harness.all::<Inv>()[0].inventory.len(), 3);
    let request = GetBlockTxn {
        block_hash: hashes[39],
        skipped: vec![0],
    };
    harness.say(request);
    assert_eq!(
        harness.all::<BlockTxn>()[0].transactions,
        whole.transactions
    );
    harness.say(GetBlockTxn {
        block_hash: hashes[39],
        skipped: vec![1],
    });
    assert_eq!(harness.fate(), "disconnects");
}

#[test]
fn no_blocks_are_requested_from_a_light_peer() {
    let mut harness = Harness::new().ready(Harness::version());
    assert_eq!(harness.say(Headers { headers: chain(3) }), ["sendheaders"]);
    harness.wait(Duration::from_mins(5));
    assert!(asked(&harness).is_empty());
}

#[test]
fn a_block_is_fetched_as_a_compact_block_and_completed() {
    let headers = chain(2);
    let mut harness = Harness::to(recent()).ready(Harness::full_node());
    harness.say(SendCmpct::default());
    harness.say(Headers {
        headers: headers[..1].to_vec(),
    });
    assert_eq!(
        asked(&harness),
        [item(InvType::CMPCT_BLOCK, headers[0].hash())]
    );
    let header = headers[0];
    let compact = CmpctBlock {
        header,
        nonce: 5,
        short_ids: vec![synthetic_short_id()],
        prefilled: Vec::new(),
    };
    assert_eq!(harness.say(compact), ["getblocktxn"]);
    assert_eq!(harness.all::<GetBlockTxn>()[0].skipped, [0]);
    let transactions = block(header, 1).transactions;
    harness.say(BlockTxn {
        block_hash: header.hash(),
        transactions,
    });
    let last = harness.all::<SendCmpct>().pop().unwrap();
    assert!(
        last.announce,
        "new blocks are to be announced as compact blocks"
    );
    let full = synthetic_compact(headers[1]);
    harness.say(full);
    let inventory = vec![item(InvType::BLOCK, headers[1].hash())];
    assert_eq!(harness.say(GetData { inventory }), ["block"]);
}

fn synthetic_short_id() -> fake_peer_core::message::ShortId {
    fake_peer_core::message::ShortId([7; 6])
}

fn synthetic_compact(header: Header) -> CmpctBlock {
    super::super::blocks::compact(block(header, 2))
}

#[test]
fn new_blocks_are_announced_as_each_peer_wants_them() {
    let headers = chain(2);
    let mut harness = Harness::to(recent());
    harness.say(Harness::full_node());
    harness.say(fake_peer_core::message::Verack {});
    let mut seen = Vec::new();
    for wants in ["inv", "headers", "cmpctblock"] {
        harness.connect_as(Harness::version());
        match wants {
            "headers" => drop(harness.say(SendHeaders {})),
            "cmpctblock" => drop(harness.say(SendCmpct {
                announce: true,
                version: 2,
            })),
            _ => {}
        }
        let locator = vec![headers[0].prev_block];
        harness.say(GetHeaders {
            locator,
            ..GetHeaders::default()
        });
    }
    harness.line = 0;
    harness.say(block(headers[0], 1));
    for line in 1..=3 {
        harness.line = line;
        seen.push(harness.came().last().unwrap().command().to_string());
    }
    assert_eq!(seen, ["inv", "headers", "cmpctblock"]);
}

#[test]
fn a_peer_that_withholds_a_block_is_replaced() {
    let headers = chain(1);
    let mut harness = Harness::new().ready(Harness::full_node());
    harness.say(Headers {
        headers: headers.clone(),
    });
    harness.connect_as(Harness::full_node());
    harness.say(Headers { headers });
    assert_eq!(asked(&harness), []);
    harness.wait(Duration::from_secs(599));
    assert_eq!(asked(&harness), []);
    harness.wait(Duration::from_secs(2));
    assert_eq!(asked(&harness).len(), 1);
    harness.line = 0;
    assert!(!harness.is_open());
}

#[test]
fn a_peer_that_stalls_the_window_is_disconnected_after_two_seconds() {
    let behaviour = Behaviour {
        blocks: crate::behaviour::BlockRules {
            window: 2,
            max_in_flight: 2,
            ..crate::behaviour::BlockRules::REFERENCE
        },
        ..Behaviour::reference(Network::REGTEST)
    };
    let headers = chain(10);
    let mut harness = Harness::with(behaviour).ready(Harness::full_node());
    harness.say(Headers {
        headers: headers.clone(),
    });
    harness.connect_as(Harness::full_node());
    harness.say(Headers { headers });
    harness.wait(Duration::from_secs(3));
    harness.line = 0;
    assert!(!harness.is_open());
}

#[test]
fn transactions_are_requested_stored_served_and_announced() {
    let transaction = crate::flaws::tests::lists::transaction();
    let (txid, wtxid) = (transaction.txid(), transaction.wtxid());
    let mut harness = Harness::to(recent()).ready(Harness::full_node());
    harness.connect();
    harness.say(Harness::full_node());
    harness.say(fake_peer_core::message::WtxidRelay {});
    harness.say(fake_peer_core::message::Verack {});
    harness.line = 0;
    let inventory = vec![item(InvType::TX, txid), item(InvType::WTX, wtxid)];
    assert!(
        harness.say(Inv { inventory }).is_empty(),
        "a request to an inbound peer is delayed"
    );
    assert_eq!(harness.wait(Duration::from_secs(2)), ["getdata"]);
    assert_eq!(asked(&harness), [item(InvType::WITNESS_TX, txid)]);
    harness.say(transaction.clone());
    harness.line = 1;
    assert_eq!(harness.wait(Duration::from_secs(4)), ["inv"]);
    let mut inventory = harness.all::<Inv>()[0].inventory.clone();
    assert_eq!(inventory, [item(InvType::WTX, wtxid)]);
    inventory.push(item(InvType::TX, Hash256([9; 32])));
    inventory.push(item(InvType::BLOCK, Hash256([9; 32])));
    assert_eq!(harness.say(GetData { inventory }), ["tx", "notfound"]);
    assert_eq!(harness.all::<NotFound>()[0].inventory.len(), 1);
}

#[test]
fn a_node_that_dials_asks_for_addresses_and_dials_again() {
    let behaviour = Behaviour::reference(Network::REGTEST);
    let mut harness = Harness::to(NodeConfig {
        role: NodeRole::Dials { connections: 1 },
        ..NodeConfig::new(behaviour, NOW)
    });
    assert_eq!(harness.all::<Version>().len(), 1);
    assert_eq!(
        harness.say(Harness::version()),
        ["wtxidrelay", "sendaddrv2", "verack", "getaddr"]
    );
    harness.leave();
    assert!(!harness.is_open());
    harness.wait(Duration::from_millis(400));
    assert_eq!(harness.line, 0);
    harness.wait(Duration::from_millis(200));
    assert_eq!(harness.line, 1, "the node dialled again");
    assert_eq!(harness.all::<Version>().len(), 1);
}

#[test]
fn addresses_are_sent_once_to_an_inbound_peer() {
    let mut harness = Harness::to(with_chain(1)).ready(Harness::version());
    let address = fake_peer_core::message::TimedAddress {
        time: 1,
        address: fake_peer_core::message::NetAddress::default(),
    };
    harness.say(Addr {
        addresses: vec![address],
    });
    assert_eq!(harness.say(fake_peer_core::message::GetAddr {}), ["addr"]);
    assert_eq!(harness.say(fake_peer_core::message::GetAddr {}), [""; 0]);
}

#[test]
fn headers_are_requested_from_one_peer_while_the_tip_is_old() {
    let mut harness = Harness::new().ready(Harness::version());
    assert_eq!(harness.all::<GetHeaders>().len(), 1);
    harness.connect_as(Harness::version());
    assert_eq!(harness.all::<GetHeaders>().len(), 0);
    harness.line = 0;
    harness.leave();
    harness.line = 1;
    assert_eq!(
        harness.all::<GetHeaders>().len(),
        1,
        "the other peer is asked now"
    );
}

#[test]
fn a_node_over_its_memory_budget_crashes() {
    let mut behaviour = Behaviour::reference(Network::REGTEST);
    behaviour.memory.budget = 5_000;
    let mut harness = Harness::with(behaviour).ready(Harness::version());
    let headers = builder().build(30).unwrap();
    harness.say(Headers { headers });
    assert_eq!(harness.node.condition(), Condition::Dead);
    assert_eq!(harness.fate(), "crashes");
}
