//! Recorded chains of the public networks: every header valid, and no other.
//!
//! The headers are outside the project; if they are absent, these tests say so and are skipped.

use std::path::PathBuf;

use fake_peer_core::chain::{HeaderTree, Params, RecordsError, Rule, Unchecked, Validator};
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
        eprintln!("SKIPPED: no recorded headers at {}", path.display());
    }
    bytes
}

fn headers(records: &[u8]) -> Vec<Header> {
    let (records, []) = records.as_chunks() else {
        panic!("part of a header");
    };
    records.iter().map(Header::from_bytes).collect()
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

/// Heights, `bits` and hashes as explorers show them and the recordings' source list has them.
#[test]
fn mainnet_has_the_published_bits_and_hashes() {
    let Some(records) = recorded("mainnet-0-49999.bin") else {
        return;
    };
    let mut chain = Validator::new(Params::mainnet());
    let headers = headers(&records);
    let mut seen = Vec::new();
    for header in &headers[1..] {
        let bits = chain.tip().bits;
        let tip = chain.push(header, NOW).unwrap();
        if tip.bits != bits {
            seen.push(format!("{} {}", tip.height, tip.bits));
        }
        if tip.height == 37_999 {
            insta::assert_snapshot!(tip.hash, @"000000000a8d9239df5a6b83d87ea4330282b7eb334f743a9b9012a9ef81429b");
        }
    }
    insta::assert_snapshot!(seen.join(", "), @"32256 1d00d86a, 34272 1d00c428, 36288 1d00be71, 38304 1d008cc3, 40320 1c654657, 42336 1c43b3e5, 44352 1c387f6f, 46368 1c381375, 48384 1c2a1115");
}

/// Every boundary of the recording, where the real bits are refused if a second of the period's
/// time is moved far enough to change them.
#[test]
fn boundaries_depend_on_the_first_time_of_their_period() {
    let Some(records) = recorded("mainnet-0-49999.bin") else {
        return;
    };
    let headers = headers(&records);
    let changed = Params {
        required_bits: false,
        proof_of_work: None,
        ..Params::mainnet()
    };
    for boundary in (34_272..50_000).step_by(2016) {
        let first = u32::try_from(boundary - 2016).unwrap();
        let mut real =
            Validator::anchored(Params::mainnet(), first, &headers[first as usize]).unwrap();
        let mut moved_first = headers[first as usize];
        moved_first.time -= 3_600;
        let mut moved = Validator::anchored(changed, first, &moved_first).unwrap();
        for header in &headers[first as usize + 1..boundary] {
            real.push(header, NOW).unwrap();
            let prev_block = moved.tip().hash;
            moved
                .push(
                    &Header {
                        prev_block,
                        ..*header
                    },
                    NOW,
                )
                .unwrap();
        }
        let next = headers[boundary];
        assert_eq!(
            real.required_bits(next.time),
            Some(next.bits),
            "height {boundary}"
        );
        assert_ne!(
            moved.required_bits(next.time),
            Some(next.bits),
            "height {boundary}"
        );
    }
}

/// The tree has the same tip as the validator, over the 20-minute rule and four retargets.
#[test]
fn testnet3_in_a_tree() {
    let Some(records) = recorded("testnet3-0-9999.bin") else {
        return;
    };
    let mut tree = HeaderTree::new(Params::testnet3());
    for header in headers(&records) {
        tree.insert(&header, NOW).unwrap();
    }
    assert_eq!(tree.tip(), from_genesis(Params::testnet3(), &records).tip());
}

/// Each field of a header in the middle of a real chain, by one bit.
#[test]
fn one_flipped_bit_in_a_recorded_header() {
    let Some(records) = recorded("mainnet-0-49999.bin") else {
        return;
    };
    for (height, bit) in [(33_000, 0), (40_320, 3), (49_999, 7)] {
        for (offset, rule) in [
            (0, Rule::ProofOfWork),
            (4, Rule::Link),
            (36, Rule::ProofOfWork),
            (68, Rule::ProofOfWork),
            (72, Rule::Bits),
            (76, Rule::ProofOfWork),
        ] {
            let mut flipped = records.clone();
            flipped[height * Header::SIZE + offset] ^= 1 << bit;
            let error = Validator::new(Params::mainnet())
                .push_records(&flipped[Header::SIZE..], Header::SIZE, NOW)
                .unwrap_err();
            let RecordsError::Header(error) = error else {
                panic!("{error}");
            };
            let height = u32::try_from(height).unwrap();
            assert_eq!((error.height, error.rule()), (Some(height), rule));
        }
    }
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
