//! A stream of envelopes whose magic, length and checksum are corrected, so that mutations of the
//! bytes reach the payloads.

use fake_peer_core::network::Network;
use fake_peer_core::wire::{RawEnvelope, Rules, StreamDecoder, StreamEnd, StreamItem};

use crate::message::{check_payload, command_of};

const MAGIC: [u8; 4] = Network::MAINNET.magic;

/// Pieces: each the 12 bytes of a command, two with the length of its payload (little-endian, as
/// far as there are bytes), and the payload.
///
/// # Panics
/// If a law is broken.
pub fn envelope_assisted(data: &[u8]) {
    let sent = pieces(data);
    let mut decoder = StreamDecoder::new(MAGIC, &Rules::STRICT);
    for envelope in &sent {
        decoder.push(&envelope.to_bytes(MAGIC));
    }
    for expected in sent {
        let Ok(Some(StreamItem::Envelope { envelope, .. })) = decoder.next_frame() else {
            unreachable!("an honest envelope was lost");
        };
        assert_eq!(envelope, expected);
        match envelope.check(MAGIC, &Rules::STRICT) {
            Ok(envelope) => check_payload(envelope.command, &envelope.payload),
            Err(error) => unreachable!("an honest envelope is refused: {error}"),
        }
    }
    assert_eq!(decoder.finish(), StreamEnd::Clean);
}

fn pieces(mut data: &[u8]) -> Vec<RawEnvelope> {
    let mut envelopes = Vec::new();
    while let Some((head, rest)) = data.split_first_chunk::<14>() {
        let [command @ .., low, high] = *head;
        let length = usize::from(u16::from_le_bytes([low, high])).min(rest.len());
        let (payload, rest) = rest.split_at(length);
        let envelope = RawEnvelope::new(command_of(command), payload.to_vec());
        envelopes.push(envelope.with_header(MAGIC));
        data = rest;
    }
    envelopes
}
