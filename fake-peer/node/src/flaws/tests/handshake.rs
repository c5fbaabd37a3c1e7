//! Scenarios for flaws in the handshake, the negotiation and the timeouts.

use std::time::Duration;

use fake_peer_core::message::{Feature, Ping, Verack, Version, WtxidRelay};
use fake_peer_core::wire::Bytes;

use super::envelope::{ready, replies};
use super::{Scenario, Stage};
use crate::harness::{Harness, raw, wire};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("early-verack-accepted", |it| {
        let mut harness = Harness::with(it.behaviour);
        harness.say(Verack {});
        harness.say(Harness::version());
        harness.fate()
    }),
    ("messages-before-verack-answered", |it| {
        let mut harness = Harness::with(it.behaviour);
        harness.say(Harness::version());
        harness.fate()
    }),
    ("messages-before-version-answered", |it| {
        Harness::with(it.behaviour).fate()
    }),
    ("second-version-crashes", |it| {
        replies(it, &wire(Harness::version()))
    }),
    ("handshake-timeout-missing", |it| {
        let mut harness = Harness::with(it.behaviour);
        harness.wait(Duration::from_secs(61));
        harness.fate()
    }),
    ("silence-timeout-missing", |it| {
        let mut harness = ready(it);
        harness.wait(Duration::from_mins(21));
        harness.fate()
    }),
    ("version-timestamp-overflow", |it| {
        greeted_by(it, |version| version.timestamp = i64::MIN)
    }),
    ("old-version-accepted", |it| {
        greeted_by(it, |version| version.version = 31_799)
    }),
    ("wtxidrelay-after-verack-accepted", |it| {
        replies(it, &wire(WtxidRelay {}))
    }),
    ("feature-after-verack-accepted", |it| {
        replies(it, &raw("feature", feature(4, 0)))
    }),
    ("feature-below-70017-accepted", |it| {
        offered(it, 70_016, feature(4, 0))
    }),
    ("feature-short-id-accepted", |it| {
        offered(it, 70_017, feature(3, 0))
    }),
    ("feature-long-id-accepted", |it| {
        offered(it, 70_017, feature(81, 0))
    }),
    ("feature-long-data-accepted", |it| {
        offered(it, 70_017, feature(4, 513))
    }),
    ("feature-trailing-bytes-accepted", |it| {
        offered(it, 70_017, [feature(4, 0), vec![0]].concat())
    }),
];

fn greeted_by(stage: Stage, change: fn(&mut Version)) -> String {
    let mut version = Harness::version();
    change(&mut version);
    let mut harness = Harness::with(stage.behaviour).ready(version);
    harness.fate()
}

fn feature(id: usize, data: usize) -> Vec<u8> {
    let id = "f".repeat(id).as_str().into();
    let data = Bytes::from(vec![0; data]);
    fake_peer_core::Message::from(Feature { id, data }).payload()
}

/// Sends a `feature` at the right time, as a peer of this version. Returns the state of the
/// connection.
fn offered(stage: Stage, version: i32, payload: Vec<u8>) -> String {
    let mut harness = Harness::with(stage.behaviour);
    harness.say(Version {
        version,
        ..Harness::version()
    });
    harness.bytes(&raw("feature", payload));
    harness.say(Verack {});
    harness.say(Ping { nonce: 2 });
    harness.fate()
}
