//! Mainnet's first 21 headers, which are part of the project.
//!
//! Source: `mainnet-0-20.hex` holds heights 0 to 20 of the recorded run 0 to 49,999 that
//! `recorded.rs` reads, which began as test data of lbryio/lbry-sdk (MIT).

use fake_peer_core::chain::{HeaderTree, Inserted, Params, RecordsError, Rule, Validator};
use fake_peer_core::header::Header;

const NOW: u64 = 1_231_700_000;

fn records() -> Vec<u8> {
    include_str!("mainnet-0-20.hex")
        .lines()
        .flat_map(|line| const_hex::decode(line).unwrap())
        .collect()
}

fn headers() -> Vec<Header> {
    let records = records();
    let (records, []) = records.as_chunks() else {
        panic!("part of a header");
    };
    records.iter().map(Header::from_bytes).collect()
}

#[test]
fn first_headers_are_valid() {
    let headers = headers();
    assert_eq!(headers[0], Params::mainnet().genesis);
    let mut chain = Validator::new(Params::mainnet());
    assert_eq!(chain.push_batch(&headers[1..], NOW).unwrap().count, 20);
    insta::assert_snapshot!(chain.tip().hash, @"0000000067a97a2a37b8f190a17f0221e9c3f4fa824ddffdc2e205eae834c8d7");
    insta::assert_snapshot!(chain.tip().work, @"0000000000000000000000000000000000000000000000000000001500150015");
    insta::assert_snapshot!(chain.median_time_past().unwrap(), @"1231562746");
}

#[test]
fn first_headers_grow_a_tree() {
    let mut tree = HeaderTree::new(Params::mainnet());
    for (n, header) in headers().iter().enumerate() {
        let expected = if n == 0 {
            Inserted::AlreadyKnown
        } else {
            Inserted::Extended
        };
        assert_eq!(tree.insert(header, NOW), Ok(expected));
    }
    assert_eq!(tree.len(), 21);
}

/// Each of the 640 bits of a header, at its start, middle and end of a run.
#[test]
fn one_flipped_bit_is_refused_at_its_height_with_its_rule() {
    let headers = headers();
    for height in [1, 11, 12, 20_u32] {
        let mut chain = Validator::new(Params::mainnet());
        let (before, header) = (
            &headers[1..height as usize],
            headers[height as usize].to_bytes(),
        );
        chain.push_batch(before, NOW).unwrap();
        for bit in 0..640 {
            let mut flipped = header;
            flipped[bit / 8] ^= 1 << (bit % 8);
            let expected = match bit / 8 {
                4..36 => Rule::Link,
                72..76 => Rule::Bits,
                _ => Rule::ProofOfWork, // version, merkle_root, time and nonce change the hash
            };
            let mut batch = before.to_vec();
            batch.push(Header::from_bytes(&flipped));
            batch.extend(&headers[height as usize + 1..]);
            let mut fresh = Validator::new(Params::mainnet());
            let error = fresh.push_batch(&batch, NOW).unwrap_err();
            assert_eq!(
                (error.height, error.rule()),
                (Some(height), expected),
                "bit {bit}"
            );
            assert_eq!(fresh.tip(), chain.tip(), "those before stay");
        }
    }
}

#[test]
fn an_error_is_one_line() {
    let mut headers = headers();
    headers[9].nonce ^= 1;
    let error = Validator::new(Params::mainnet())
        .push_batch(&headers[1..], NOW)
        .unwrap_err();
    insta::assert_snapshot!(error, @"header at height 9 (7ba1275fdd82b21920a9c4a14928e6b1890b84ede5bbc261de7302fdbacf439c): proof of work: found hash 7ba1275fdd82b21920a9c4a14928e6b1890b84ede5bbc261de7302fdbacf439c, expected at most 00000000ffff0000000000000000000000000000000000000000000000000000");
}

#[test]
fn records_must_hold_whole_headers() {
    let records = records();
    let push = |records: &[u8], stride| {
        Validator::new(Params::mainnet()).push_records(records, stride, NOW)
    };
    insta::assert_snapshot!(push(&records, 79).unwrap_err(), @"records of 79 bytes, expected at least 80");
    insta::assert_snapshot!(push(&records[80..250], 80).unwrap_err(), @"truncated record at byte 160: found 10 bytes, expected 80");
    assert_eq!(push(&[], 80).unwrap().count, 0);

    let mut chain = Validator::new(Params::mainnet());
    let error = chain.push_records(&records[80..319], 80, NOW).unwrap_err();
    assert_eq!(
        error,
        RecordsError::Truncated {
            offset: 160,
            found: 79
        }
    );
    assert_eq!(chain.tip().height, 2);
}
