//! Every golden payload, and every one that is broken by rule, before our decoder and before that
//! of crate `bitcoin` 0.32.
#![cfg(test)]

use std::collections::BTreeMap;

use fake_peer_core::message::Message;
use fake_peer_core::wire::Command;
use fake_peer_fixtures::messages::{faulty_variants, messages};
use fake_peer_fuzz::check_payload;
use fake_peer_fuzz::oracle::{Difference, KNOWN, compare, explain};

fn payloads() -> impl Iterator<Item = (Command, Vec<u8>)> {
    messages().flat_map(|golden| {
        let command = golden.command;
        let broken = faulty_variants(&golden);
        let broken = broken
            .into_iter()
            .map(move |variant| (command, variant.payload));
        std::iter::once((command, golden.payload)).chain(broken)
    })
}

fn difference(command: Command, payload: &[u8]) -> Option<Difference> {
    compare(command, payload, &Message::decode(command, payload))
}

#[test]
fn golden_and_broken_payloads_keep_every_law() {
    for (command, payload) in payloads() {
        check_payload(command, &payload);
    }
}

/// What the crate says of payloads that a rule does not make.
fn by_hand() -> Vec<(Command, Vec<u8>)> {
    [
        ("feefilter", "ffffffffffffffff"),
        ("reject", "00000000"),
        ("tx", "02000000000000000000"),
        ("filterload", "00000000000000000005"),
        ("addrv2", "0100000000000702aabb208d"),
    ]
    .into_iter()
    .map(|(command, hex)| (command.parse().unwrap(), const_hex::decode(hex).unwrap()))
    .collect()
}

/// The list a reader can check: each known difference, how often it was seen, and who is right.
#[test]
fn every_difference_is_known_and_every_known_difference_is_seen() {
    let mut seen: BTreeMap<&str, u32> = KNOWN.iter().map(|known| (known.name, 0)).collect();
    for (command, payload) in payloads().chain(by_hand()) {
        if let Some(difference) = difference(command, &payload) {
            let known = explain(&difference).unwrap_or_else(|| panic!("{difference:?}"));
            *seen.entry(known.name).or_default() += 1;
        }
    }
    let lines: Vec<String> = KNOWN
        .iter()
        .map(|known| {
            assert!(
                seen[known.name] > 0,
                "{} is seen no more: take it off the list",
                known.name
            );
            format!("{:?} right: {}. {}.", known.right, known.name, known.why)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}
