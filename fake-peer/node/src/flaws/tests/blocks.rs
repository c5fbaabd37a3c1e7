//! Scenarios for flaws in blocks.

use std::time::Duration;

use fake_peer_core::Header;
use fake_peer_core::chain::Params;
use fake_peer_core::hash256;
use fake_peer_core::header::Target;
use fake_peer_core::message::{
    Block, BlockTxn, CmpctBlock, GetData, Headers, PrefilledTransaction, ShortId, Transaction,
};
use fake_peer_core::{Hash256, Network};
use fake_peer_fixtures::synthetic;

use super::lists::transaction;
use super::{Scenario, Stage};
use crate::harness::{Harness, chain};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("second-blocktxn-crashes", |it| {
        let (mut harness, block) = asked_for_block(it);
        harness.say(CmpctBlock {
            header: block.header,
            nonce: 1,
            short_ids: vec![ShortId([1; 6])],
            prefilled: vec![PrefilledTransaction {
                skipped: 0,
                transaction: block.transactions[0].clone(),
            }],
        });
        let wrong = BlockTxn {
            block_hash: block.header.hash(),
            transactions: vec![transaction()],
        };
        harness.say(wrong.clone());
        harness.say(wrong);
        harness.fate()
    }),
    ("mutated-block-wipes-download", |it| {
        let (mut harness, block) = asked_for_block(it);
        harness.connect_as(Harness::full_node());
        harness.say(mutated(block));
        harness.line = 0;
        format!("asks {} times", harness.all::<GetData>().len())
    }),
    ("withheld-block-stalls", |it| {
        let (mut harness, block) = asked_for_block(it);
        harness.connect_as(Harness::full_node());
        harness.say(Headers {
            headers: vec![block.header],
        });
        harness.wait(Duration::from_mins(11));
        format!("asks the other {} times", harness.all::<GetData>().len())
    }),
    ("mutated-block-poisons", |it| {
        let (mut harness, block) = asked_for_block(it);
        harness.say(mutated(block.clone()));
        harness.connect_as(Harness::full_node());
        harness
            .say(Headers {
                headers: vec![block.header],
            })
            .join(" ")
    }),
    ("duplicate-leaves-accepted", |it| {
        let mut harness = Harness::with(it.behaviour).ready(Harness::full_node());
        let other = |n: u32| Transaction {
            lock_time: n,
            ..transaction()
        };
        let transactions = vec![synthetic::coinbase(0, 1), other(1), other(2), other(2)];
        let header = header_over(&transactions[..3]);
        harness.say(Block {
            header,
            transactions,
        });
        harness.fate()
    }),
    ("mutated-block-tolerated", |it| {
        let (mut harness, block) = asked_for_block(it);
        harness.say(mutated(block));
        harness.fate()
    }),
];

/// Opens a connection on which the node has requested the first block of a chain.
fn asked_for_block(stage: Stage) -> (Harness, Block) {
    let mut harness = Harness::with(stage.behaviour).ready(Harness::full_node());
    let header = chain(1)[0];
    harness.say(Headers {
        headers: vec![header],
    });
    assert_eq!(harness.all::<GetData>().len(), 1);
    (harness, synthetic::block(header, 0, 1))
}

fn mutated(mut block: Block) -> Block {
    block.transactions.push(transaction());
    block
}

/// Mines a header on block 0 of regtest that commits to three transactions.
fn header_over(transactions: &[Transaction]) -> Header {
    let ids: Vec<Hash256> = transactions.iter().map(Transaction::txid).collect();
    let pair = |left: Hash256, right: Hash256| hash256(&[left.0, right.0].concat());
    let genesis = Network::REGTEST.params.genesis;
    let mut header = Header {
        version: 4,
        prev_block: genesis.hash(),
        merkle_root: pair(pair(ids[0], ids[1]), pair(ids[2], ids[2])),
        time: genesis.time + 600,
        ..genesis
    };
    let target = Target::try_from(Params::regtest().genesis.bits).unwrap();
    while !target.is_met_by(header.hash()) {
        header.nonce += 1;
    }
    header
}
