//! Laws for any bytes: decoding does not panic, does not end before the input, and can be reversed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use fake_peer_core::Network;
use fake_peer_core::message::{Headers, Ping};
use fake_peer_core::wire::{OnBadMagic, RawEnvelope, Rules, StreamDecoder, StreamItem};
use fake_peer_core::{Header, Message};
use fake_peer_decode::text::Colour;
use fake_peer_decode::{Format, Magic, Options, Piece, Reading, Record, Records, json, text, tree};
use proptest::prelude::*;

fn records(bytes: &[u8], options: &Options) -> Vec<Record> {
    let Ok(records) = Records::open(bytes, options) else {
        return Vec::new();
    };
    records.map_while(Result::ok).collect()
}

fn options(format: Format) -> Options {
    Options {
        format: Some(format),
        ..Options::default()
    }
}

/// Shows a record in every way.
fn show(record: &Record, rules: &Rules) -> String {
    let reading = match &record.piece {
        Piece::Message { envelope, .. } => Some(Reading::of(envelope, rules)),
        _ => None,
    };
    let line = text::line(record, reading.as_ref(), Colour::Never);
    let tree = tree::tree(record, reading.as_ref(), rules, Colour::Never);
    assert!(tree.starts_with(&line));
    assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
    json::write(record, reading.as_ref()).unwrap()
}

/// The bytes that `decode --json | encode` would print.
fn there_and_back(bytes: &[u8], rules: &Rules) -> Vec<u8> {
    let options = Options {
        rules: rules.clone(),
        ..options(Format::Raw)
    };
    let lines = records(bytes, &options)
        .into_iter()
        .map(|record| show(&record, rules));
    lines
        .flat_map(|line| json::read(&line, Magic::default()).unwrap())
        .collect()
}

fn bytes_of(message: &Message, network: Network) -> Vec<u8> {
    message.to_envelope().to_bytes(network.magic)
}

/// A piece of a stream: a valid or an invalid envelope, a truncated one, or noise.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let network = prop::sample::select(Network::ALL.to_vec());
    let command = prop::sample::select(Message::COMMANDS.to_vec());
    let payload = prop::collection::vec(any::<u8>(), 0..100);
    let random = (network.clone(), command, payload).prop_map(|(network, command, payload)| {
        RawEnvelope::new(command, payload).to_bytes(network.magic)
    });
    let honest = (network, any::<u64>())
        .prop_map(|(network, nonce)| bytes_of(&Ping { nonce }.into(), network));
    let headers = (0_u32..4).prop_map(|count| {
        let header = Header {
            nonce: count,
            ..Network::MAINNET.params.genesis
        };
        let headers = vec![header; count as usize];
        bytes_of(&Headers { headers }.into(), Network::MAINNET)
    });
    let whole = prop_oneof![random, honest, headers];
    let lie = (whole.clone(), 0_usize..24, any::<u8>()).prop_map(|(mut bytes, at, byte)| {
        bytes[at] = byte;
        bytes
    });
    let cut = (whole.clone(), 0_usize..120).prop_map(|(mut bytes, size)| {
        bytes.truncate(size);
        bytes
    });
    prop_oneof![3 => whole, 2 => lie, 1 => cut, 1 => prop::collection::vec(any::<u8>(), 0..40)]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn json_gives_the_same_bytes(bytes in stream()) {
        prop_assert_eq!(there_and_back(&bytes, &Rules::STRICT), &bytes[..]);
        prop_assert_eq!(there_and_back(&bytes, &Rules::REFERENCE), &bytes[..]);
    }

    #[test]
    fn offsets_follow_one_another(bytes in stream()) {
        let mut offset = 0;
        for record in records(&bytes, &options(Format::Raw)) {
            prop_assert_eq!(record.offset, offset);
            offset += match record.piece {
                Piece::Message { envelope, .. } => 24 + envelope.payload.len() as u64,
                Piece::Skipped { bytes, .. } => bytes.len() as u64,
                Piece::Missing { length } => length,
            };
        }
        prop_assert_eq!(offset, bytes.len() as u64);
    }

    /// The core's decoder finds the same envelopes, up to one that is truncated.
    #[test]
    fn the_stream_decoder_agrees(bytes in stream()) {
        let magic = Network::MAINNET.magic;
        let mut decoder = StreamDecoder::new(magic, &Rules::STRICT).on_bad_magic(OnBadMagic::Seek);
        decoder.push(&bytes);
        let mut expected = Vec::new();
        while let Some(frame) = decoder.next_frame().unwrap() {
            if let StreamItem::Envelope { offset, envelope } = frame {
                expected.push((offset, envelope));
            }
        }
        let options = Options { magic: Some(Magic(magic)), ..options(Format::Raw) };
        let found: Vec<_> = records(&bytes, &options)
            .into_iter()
            .filter_map(|record| match record.piece {
                Piece::Message { envelope, .. } => Some((record.offset, envelope)),
                _ => None,
            })
            .collect();
        prop_assert!(found.starts_with(&expected), "{found:?} {expected:?}");
    }

    #[test]
    fn hex_is_the_same_as_bytes(bytes in stream()) {
        let hex = const_hex::encode(&bytes);
        prop_assert_eq!(
            records(hex.as_bytes(), &options(Format::Hex)),
            records(&bytes, &options(Format::Raw))
        );
    }

    #[test]
    fn any_bytes_are_read_as_anything(
        start in prop::sample::select(vec![
            &b""[..], &[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0], &[0x0a, 0x0d, 0x0d, 0x0a],
            include_bytes!("../../tests/captures/cooked.pcap"), include_bytes!("../../tests/captures/loopback.pcapng"),
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
        noise in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut bytes = [start, &noise[..]].concat();
        for (at, byte) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        let formats = [None, Some(Format::Hex), Some(Format::Raw), Some(Format::Core), Some(Format::Pcap)];
        for format in formats {
            for record in records(&bytes, &Options { format, ..Options::default() }) {
                show(&record, &Rules::STRICT);
            }
        }
        for command in Message::COMMANDS {
            let options = Options { command: Some(*command), ..options(Format::Raw) };
            let record = &records(&noise, &options)[0];
            show(record, &Rules::STRICT);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Even endless noise, and an envelope that never ends, are returned in pieces.
    #[test]
    fn what_is_skipped_comes_in_bounded_pieces(size in 0_usize..3_000_000, announced in 0_u32..4_000_001) {
        let mut bytes = vec![0x55; size];
        bytes.extend(Network::MAINNET.magic);
        bytes.extend(*b"block\0\0\0\0\0\0\0");
        bytes.extend(announced.to_le_bytes());
        let mut total = 0;
        for record in records(&bytes, &options(Format::Raw)) {
            if let Piece::Skipped { bytes, .. } = record.piece {
                prop_assert!(bytes.len() <= 1024 * 1024);
                total += bytes.len();
            }
        }
        prop_assert_eq!(total, bytes.len());
    }
}
