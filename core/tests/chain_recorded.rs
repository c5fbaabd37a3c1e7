//! Recorded chains of the public networks: every header valid, and no other.
//!
//! The headers lie beside the project; where they are absent these tests say so and pass over.

use std::path::PathBuf;

use fake_peer_core::chain::{Params, Unchecked, Validator};
use fake_peer_core::header::Header;

const NOW: u64 = 1_800_000_000;

fn recorded(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("FAKE_PEER_SHARED_HEADERS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/headers"),
        PathBuf::from,
    );
    let path = folder.join(name);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        eprintln!("PASSED OVER: no recorded headers at {}", path.display());
    }
    bytes
}

/// A chain from block 0 on; record 0 is block 0.
fn from_genesis(params: Params, records: &[u8]) -> Validator {
    let mut chain = Validator::new(params);
    let (genesis, rest) = records.split_at(Header::SIZE);
    assert_eq!(genesis, params.genesis.to_bytes());
    let accepted = chain.push_records(rest, Header::SIZE, NOW).unwrap();
    assert_eq!(accepted.count, rest.len() / Header::SIZE);
    assert_eq!(chain.unchecked(), Unchecked::default());
    chain
}

fn from_anchor(height: u32, records: &[u8]) -> Validator {
    let (anchor, rest) = records.split_first_chunk().unwrap();
    let mut chain =
        Validator::anchored(Params::mainnet(), height, &Header::from_bytes(anchor)).unwrap();
    chain.push_records(rest, Header::SIZE, NOW).unwrap();
    chain
}

#[test]
fn mainnet_from_genesis() {
    let Some(records) = recorded("mainnet-0-49999.bin") else {
        return;
    };
    let chain = from_genesis(Params::mainnet(), &records);
    insta::assert_snapshot!(chain.tip().height, @"49999");
    insta::assert_snapshot!(chain.tip().hash, @"000000000845517b31c6820d83f25cff46429bf136a7515fe504116427e60f8e");
    insta::assert_snapshot!(chain.tip().work, @"00000000000000000000000000000000000000000000000000014a3c4fabfaf0");
}

#[test]
fn mainnet_from_the_middle_of_a_period() {
    let Some(records) = recorded("mainnet-150001-340000.bin") else {
        return;
    };
    let chain = from_anchor(150_001, &records);
    insta::assert_snapshot!(chain.tip().height, @"340000");
    insta::assert_snapshot!(chain.tip().hash, @"00000000000000000d9b2508615d569e18f00c034d71474fc44a43af8d4a5003");
    let unchecked = chain.unchecked();
    assert_eq!(
        (unchecked.required_bits, unchecked.median_time_past),
        (1, 10)
    );
}

#[test]
fn mainnet_from_the_start_of_a_period() {
    let Some(records) = recorded("mainnet-822528-830592.bin") else {
        return;
    };
    let chain = from_anchor(822_528, &records);
    insta::assert_snapshot!(chain.tip().height, @"830592");
    insta::assert_snapshot!(chain.tip().hash, @"00000000000000000000506183a8b30fa3224b85e82a70416e1d594bdb632fdb");
    let unchecked = chain.unchecked();
    assert_eq!(
        (unchecked.required_bits, unchecked.median_time_past),
        (0, 10)
    );
}

#[test]
fn testnet3_with_its_twenty_minute_rule() {
    let Some(records) = recorded("testnet3-0-9999.bin") else {
        return;
    };
    let chain = from_genesis(Params::testnet3(), &records);
    insta::assert_snapshot!(chain.tip().hash, @"000000001655e2a7293f28383a2965b2f0add77fd6ac383986e90971a07467d4");
}

#[test]
fn testnet4() {
    let Some(records) = recorded("testnet4-0-100.bin") else {
        return;
    };
    let chain = from_genesis(Params::testnet4(), &records);
    insta::assert_snapshot!(chain.tip().hash, @"000000000b11fd32393e0d259ab41e6995d94933c353de4a7dd7ad4bf5d6368c");
}

#[test]
fn signet() {
    let Some(records) = recorded("signet-0-2015.bin") else {
        return;
    };
    let chain = from_genesis(Params::signet(), &records);
    insta::assert_snapshot!(chain.tip().hash, @"000000c0a3841a6ae64c45864ae25314b40fd522bfb299a4b6bd5ef288cae74d");
}
