//! Scenarios for flaws in headers, except for difficulty.

use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::chain::HeaderTree;
use fake_peer_core::message::{GetHeaders, Headers, Inv, InvItem, InvType};
use fake_peer_core::{Hash256, Header, Message};
use fake_peer_fixtures::synthetic::{ChainBuilder, Fault};

use super::envelope::{ready, replies};
use super::{Scenario, Stage};
use crate::NodeConfig;
use crate::harness::{Harness, NOW, chain, raw, wire};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("low-work-headers-kept", |it| {
        let branch = builder(&it).seed(2).build(10).unwrap();
        let chain = builder(&it).build(200).unwrap();
        sent(serving(it, &chain), &branch)
    }),
    ("headers-limit-missing", |it| {
        replies(
            it,
            &wire(Headers {
                headers: chain(2_001),
            }),
        )
    }),
    ("tx-count-refused", |it| {
        let mut payload = Message::from(Headers { headers: chain(1) }).payload();
        *payload.last_mut().unwrap() = 5;
        replies(it, &raw("headers", payload))
    }),
    ("unconnecting-always-answered", |it| {
        let one = wire(Headers {
            headers: chain(3)[2..].to_vec(),
        });
        replies(it, &one.repeat(2))
    }),
    ("empty-headers-answered", |it| {
        replies(it, &wire(Headers::default()))
    }),
    ("continuity-missing", |it| {
        let gap = [chain(1), chain(3)[2..].to_vec()].concat();
        sent(ready(it), &gap)
    }),
    ("invalid-headers-tolerated", |it| {
        faulty(it, Fault::BitsUnexpected)
    }),
    ("median-time-missing", |it| {
        faulty(it, Fault::TimeBeforeMedian)
    }),
    ("median-time-equal-accepted", |it| {
        faulty(it, Fault::TimeEqualsMedian)
    }),
    ("too-new-accepted", |it| faulty(it, Fault::TimeTooNew)),
    ("too-new-remembered-invalid", |it| {
        let headers = builder(&it).fault(1, Fault::TimeTooNew).build(1).unwrap();
        let mut harness = ready(it);
        harness.say(Headers {
            headers: headers.clone(),
        });
        harness.wait(Duration::from_secs(2));
        sent(harness, &headers)
    }),
    ("time-warp-accepted", |it| {
        let builder = builder(&it).fault(2_016, Fault::TimeWarp);
        sent(late(it), &builder.build(2_016).unwrap())
    }),
    ("version-floor-missing", |it| {
        faulty(it, Fault::VersionBelowFloor)
    }),
    ("negative-version-refused", |it| {
        let headers = builder(&it).version(-1).build(1).unwrap();
        sent(ready(it), &headers)
    }),
    ("longest-chain", |it| {
        let fast = builder(&it).spacing(60).build(40).unwrap();
        let slow = builder(&it).seed(2).spacing(1_200).on(&fast[..9]);
        let slow = slow.build(40).unwrap();
        let mut harness = ready(it);
        harness.say(Headers {
            headers: fast.clone(),
        });
        harness.say(Headers { headers: slow });
        let hash = Hash256([7; 32]);
        let inventory = vec![InvItem {
            kind: InvType::BLOCK,
            hash,
        }];
        harness.say(Inv { inventory });
        let asked = harness.all::<GetHeaders>();
        let follows_fast = asked.last().unwrap().locator[0] == fast[39].hash();
        if follows_fast {
            "most work"
        } else {
            "most blocks"
        }
        .to_owned()
    }),
    ("fork-point-wrong", |it| {
        let main = builder(&it).build(10).unwrap();
        let side = builder(&it).seed(2).on(&main[..5]).build(3).unwrap();
        let side_tip = side[2].hash();
        let mut harness = serving(it, &[main, side].concat());
        answered(&mut harness, &[side_tip, chain(1)[0].hash()], Hash256::ZERO)
    }),
    ("locator-limit-missing", |it| {
        let locator = vec![Hash256([7; 32]); 102];
        replies(
            it,
            &wire(GetHeaders {
                locator,
                ..GetHeaders::default()
            }),
        )
    }),
    ("unknown-locator-unanswered", |it| {
        let mut harness = serving(it, &chain(10));
        answered(&mut harness, &[Hash256([7; 32])], Hash256::ZERO)
    }),
    ("stop-hash-ignored", |it| {
        let mut harness = serving(it, &chain(10));
        let genesis = chain(1)[0].prev_block;
        answered(&mut harness, &[genesis], chain(3)[2].hash())
    }),
];

/// Returns a builder of valid headers.
pub(super) fn builder(stage: &Stage) -> ChainBuilder {
    ChainBuilder::new(stage.params).now(1_700_000_000)
}

/// Sends a header with a fault, on top of block 0.
pub(super) fn faulty(stage: Stage, fault: Fault) -> String {
    let headers = builder(&stage).fault(1, fault).build(1).unwrap();
    sent(ready(stage), &headers)
}

/// Sends headers. Returns the answers and the state of the connection.
pub(super) fn sent(mut harness: Harness, headers: &[Header]) -> String {
    let mut came = Vec::new();
    for headers in headers.chunks(2_000) {
        let headers = headers.to_vec();
        came.extend(harness.say(Headers { headers }));
    }
    format!("{} {}", came.join(" "), harness.fate())
        .trim()
        .to_owned()
}

/// Connects to a node whose clock is far in the future.
pub(super) fn late(stage: Stage) -> Harness {
    Harness::to(NodeConfig::new(stage.behaviour, NOW * 2)).ready(Harness::version())
}

/// Connects to a node that has these headers.
fn serving(stage: Stage, headers: &[Header]) -> Harness {
    let mut tree = HeaderTree::new(stage.behaviour.params);
    for header in headers {
        tree.insert(header, NOW).unwrap();
    }
    Harness::to(NodeConfig {
        chain: Arc::new(tree),
        ..NodeConfig::new(stage.behaviour, NOW)
    })
    .ready(Harness::version())
}

/// Requests headers. Returns how many were sent, and whether the first follows a hash of the
/// locator.
fn answered(harness: &mut Harness, locator: &[Hash256], stop: Hash256) -> String {
    harness.say(GetHeaders {
        locator: locator.to_vec(),
        stop,
        ..GetHeaders::default()
    });
    match harness.all::<Headers>().last() {
        None => "no answer".to_owned(),
        Some(Headers { headers }) => {
            let follows = locator.contains(&headers[0].prev_block);
            format!("{} headers, follow: {follows}", headers.len())
        }
    }
}
