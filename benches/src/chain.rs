//! The recorded chain in the forms that the benches need.

use fake_peer_core::message::Headers;
use fake_peer_core::{Header, Message, Network};

use crate::BATCH;

/// Seconds since 1970: later than every recorded header.
pub const NOW: u64 = 1_800_000_000;

/// The headers of mainnet from height 1 to 99,999: the input of a validator that starts from block
/// 0.
pub fn headers() -> &'static [Header] {
    &fake_peer_fixtures::mainnet()[1..]
}

/// Their bytes, one record of 80 after the other.
pub fn records() -> Vec<u8> {
    headers().iter().flat_map(Header::to_bytes).collect()
}

/// Their payloads of `headers` messages, as a node would send them.
pub fn payloads() -> Vec<Vec<u8>> {
    messages().map(|message| message.payload()).collect()
}

/// Their `headers` messages in envelopes.
pub fn envelopes() -> Vec<Vec<u8>> {
    let magic = Network::MAINNET.magic;
    messages()
        .map(|message| message.to_envelope().to_bytes(magic))
        .collect()
}

fn messages() -> impl Iterator<Item = Message> {
    headers().chunks(BATCH).map(|headers| {
        Message::Headers(Headers {
            headers: headers.to_vec(),
        })
    })
}
