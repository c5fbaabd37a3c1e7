//! Scenarios for flaws in the byte stream and its envelopes.

use fake_peer_core::Network;
use fake_peer_core::message::Ping;

use super::{Scenario, Stage};
use crate::harness::{Harness, lie, raw, wire};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("length-reserved-before-data", |it| {
        announced(it, 32 << 20, 20)
    }),
    ("length-limit-missing", |it| announced(it, u32::MAX, 1)),
    ("length-over-limit-crashes", |it| announced(it, 1 << 31, 1)),
    ("split-header-lost", |it| {
        let mut harness = ready(it);
        let ping = wire(Ping { nonce: 1 });
        harness.bytes(&ping[..10]);
        harness.bytes(&ping[10..]);
        harness.fate()
    }),
    ("checksum-not-verified", |it| {
        replies(it, &lie(Ping { nonce: 1 }, |it| it.checksum = Some([0; 4])))
    }),
    ("checksum-disconnects", |it| {
        replies(it, &lie(Ping { nonce: 1 }, |it| it.checksum = Some([0; 4])))
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
        let other = Network::MAINNET.magic;
        replies(it, &lie(Ping { nonce: 1 }, |it| it.magic = Some(other)))
    }),
    ("unknown-bytes-hang", |it| {
        let mut harness = Harness::with(it.behaviour);
        harness.bytes(&[0x5a; 64]);
        harness.connect_as(Harness::version());
        harness.fate()
    }),
];

pub(super) fn ready(stage: Stage) -> Harness {
    Harness::with(stage.behaviour).ready(Harness::version())
}

/// Sends bytes after the handshake. Returns the answers and the state of the connection.
pub(super) fn replies(stage: Stage, bytes: &[u8]) -> String {
    let mut harness = ready(stage);
    let came = harness.bytes(bytes).join(" ");
    format!("{came} {}", harness.fate()).trim().to_owned()
}

/// Opens connections that announce a payload and send none of it.
fn announced(stage: Stage, length: u32, connections: u32) -> String {
    let mut harness = Harness::with(stage.behaviour);
    let bytes = lie(Harness::version(), |it| it.length = Some(length));
    for _ in 0..connections {
        harness.bytes(&bytes[..24]);
        harness.connect();
    }
    harness.line = 0;
    harness.fate()
}
