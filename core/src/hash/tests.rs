//! Every path of this CPU against crate `sha2`, and the cutting of batches.

use proptest::prelude::*;

use super::*;
use crate::network::Network;

/// The strides of headers in a file, of headers in a message, and of an unlikely record.
const STRIDES: [usize; 3] = [80, 81, 100];
/// Three groups of the widest path, and one more header.
const MOST: usize = 3 * 16 + 1;

#[test]
fn hash256_of_the_empty_string_is_the_published_value() {
    // The checksum of every empty payload, `5df6e0e2`, is the start of this digest.
    assert_eq!(
        const_hex::encode(hash256(b"").0),
        "5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456"
    );
    assert_eq!(checksum(b""), [0x5d, 0xf6, 0xe0, 0xe2]);
}

#[test]
fn genesis_headers_have_their_published_hashes_on_every_path() {
    // Bitcoin Core, `kernel/chainparams.cpp`, where each is asserted.
    let networks = [
        Network::MAINNET,
        Network::TESTNET3,
        Network::SIGNET,
        Network::REGTEST,
    ];
    let published = [
        "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
        "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943",
        "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6",
        "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
    ];
    let records = networks
        .map(|network| network.params.genesis.to_bytes())
        .concat();
    for path in available_paths() {
        let mut out = [Hash256::ZERO; 4];
        assert_eq!(hash256_headers_with(path, &records, 80, &mut out), 4);
        assert_eq!(out.map(|hash| hash.to_string()), published, "{path}");
    }
}

#[test]
fn every_path_agrees_with_sha2_at_every_count_stride_and_alignment() {
    let bytes = varied_bytes(MOST * 100 + 8);
    for path in available_paths() {
        for stride in STRIDES {
            for count in 0..=MOST {
                // The last record ends with its header, as the contract allows.
                let len = (count * stride).saturating_sub(stride - 80);
                for start in [0, 1, 7] {
                    let records = &bytes[start..start + len];
                    let mut out = vec![Hash256::ZERO; count];
                    let hashed = hash256_headers_with(path, records, stride, &mut out);
                    assert_eq!(hashed, count, "{path}, stride {stride}");
                    assert_eq!(
                        out,
                        by_sha2(records, stride),
                        "{path}, {count} of stride {stride} from {start}"
                    );
                }
            }
        }
    }
}

#[test]
fn no_more_is_hashed_than_out_holds_or_records_are_whole() {
    let bytes = varied_bytes(MOST * 81);
    let expected = by_sha2(&bytes, 81);
    for path in available_paths() {
        for count in 0..MOST {
            let mut out = vec![Hash256::ZERO; count];
            assert_eq!(hash256_headers_with(path, &bytes, 81, &mut out), count);
            assert_eq!(out, expected[..count], "{path}");

            // One byte short of another header; `out` keeps what it had beyond.
            let cut = &bytes[..count * 81 + 79];
            let mut out = vec![Hash256::ZERO; MOST];
            assert_eq!(hash256_headers_with(path, cut, 81, &mut out), count);
            assert_eq!(out[..count], expected[..count], "{path}");
            assert!(out[count..].iter().all(|hash| *hash == Hash256::ZERO));
        }
    }
}

#[test]
fn strides_that_hold_no_header_hash_nothing_and_vast_ones_do_no_harm() {
    let bytes = varied_bytes(160);
    for path in available_paths() {
        for stride in [0, 1, 79] {
            let mut out = [Hash256::ZERO; 2];
            assert_eq!(hash256_headers_with(path, &bytes, stride, &mut out), 0);
            assert_eq!(out, [Hash256::ZERO; 2], "{path}");
        }
        for stride in [161, usize::MAX] {
            let mut out = [Hash256::ZERO; 2];
            assert_eq!(hash256_headers_with(path, &bytes, stride, &mut out), 1);
            assert_eq!(out, [hash256(&bytes[..80]), Hash256::ZERO], "{path}");
        }
    }
}

/// The widths that this CPU may lack the instructions for are the same source.
#[test]
fn lanes_of_any_width_agree_with_sha2() {
    fn check<const LANES: usize>() {
        let bytes = varied_bytes(LANES * 80);
        let (headers, _) = bytes.as_chunks::<80>();
        let headers: [&[u8; 80]; LANES] = std::array::from_fn(|lane| &headers[lane]);
        let digests = lanes::digests(&lanes::hash256(&lanes::words(&headers)));
        assert_eq!(digests[..], by_sha2(&bytes, 80), "{LANES} lanes");
    }
    check::<1>();
    check::<4>();
    check::<8>();
    check::<16>();
}

#[test]
fn a_path_that_the_cpu_lacks_gives_the_same_digests() {
    let bytes = varied_bytes(20 * 80);
    for path in HashPath::ALL {
        let mut out = [Hash256::ZERO; 20];
        assert_eq!(hash256_headers_with(path, &bytes, 80, &mut out), 20);
        assert_eq!(out[..], by_sha2(&bytes, 80), "{path}");
    }
}

proptest! {
    #[test]
    fn every_path_agrees_with_sha2_on_random_records(
        records in prop::collection::vec(any::<u8>(), 0..6_000),
        stride in 80_usize..131,
        room in 0_usize..70,
    ) {
        let expected = by_sha2(&records, stride);
        let count = room.min(expected.len());
        for path in available_paths() {
            let mut out = vec![Hash256::ZERO; room];
            prop_assert_eq!(hash256_headers_with(path, &records, stride, &mut out), count);
            prop_assert_eq!(&out[..count], &expected[..count], "{}", path);
        }
    }
}

/// The paths of this CPU, naming loudly those that go untested.
fn available_paths() -> impl Iterator<Item = HashPath> {
    HashPath::ALL.into_iter().filter(|path| {
        if !path.available() {
            eprintln!("hash path {path} is NOT TESTED: this CPU lacks it");
        }
        path.available()
    })
}

/// The oracle: the headers of `records`, found by index and hashed one by one.
fn by_sha2(records: &[u8], stride: usize) -> Vec<Hash256> {
    (0..)
        .map_while(|i| records.get(i * stride..i * stride + 80))
        .map(|header| Hash256(Sha256::digest(Sha256::digest(header)).into()))
        .collect()
}

/// Bytes without a short period, so that no two headers are alike.
fn varied_bytes(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect()
}
