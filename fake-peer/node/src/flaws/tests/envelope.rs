//! Scenarios of the stream and its envelopes.

use fake_peer_core::Network;
use fake_peer_core::message::Ping;

use super::{Scenario, Stage};
use crate::talk::{Talk, lie, raw, wire};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("length-reserved-before-data", |it| {
        announced(it, 32 << 20, 20)
    }),
    ("length-limit-missing", |it| announced(it, u32::MAX, 1)),
    ("length-over-limit-crashes", |it| announced(it, 1 << 31, 1)),
    ("split-header-lost", |it| {
        let mut talk = ready(it);
        let ping = wire(Ping { nonce: 1 });
        talk.bytes(&ping[..10]);
        talk.bytes(&ping[10..]);
        talk.fate()
    }),
    ("checksum-not-verified", |it| {
        replies(it, &lie(Ping { nonce: 1 }, |it| it.checksum[0] ^= 1))
    }),
    ("checksum-disconnects", |it| {
        replies(it, &lie(Ping { nonce: 1 }, |it| it.checksum[0] ^= 1))
    }),
    ("command-padding-accepted", |it| {
        replies(it, &lie(Ping { nonce: 1 }, |it| it.command[11] = b'x'))
    }),
    ("trailing-bytes-refused", |it| {
        replies(it, &raw("ping", vec![0; 9]))
    }),
    ("malformed-disconnects", |it| {
        replies(it, &raw("ping", vec![0; 4]))
    }),
    ("wrong-magic-ignored", |it| {
        let other = Network::Mainnet.magic();
        replies(it, &lie(Ping { nonce: 1 }, |it| it.magic = other))
    }),
    ("unknown-bytes-hang", |it| {
        let mut talk = Talk::with(it.behaviour);
        talk.bytes(&[0x5a; 64]);
        talk.connect_as(Talk::version());
        talk.fate()
    }),
];

pub(super) fn ready(stage: Stage) -> Talk {
    Talk::with(stage.behaviour).ready(Talk::version())
}

/// What comes back after the handshake, and what becomes of the connection.
pub(super) fn replies(stage: Stage, bytes: &[u8]) -> String {
    let mut talk = ready(stage);
    let came = talk.bytes(bytes).join(" ");
    format!("{came} {}", talk.fate()).trim().to_owned()
}

/// Connections that announce a payload, and send none of it.
fn announced(stage: Stage, length: u32, connections: u32) -> String {
    let mut talk = Talk::with(stage.behaviour);
    let bytes = lie(Talk::version(), |it| it.length = length);
    for _ in 0..connections {
        talk.bytes(&bytes[..24]);
        talk.connect();
    }
    talk.line = 0;
    talk.fate()
}
