//! Scenarios for flaws in proof of work and in `bits`.

use fake_peer_core::Header;
use fake_peer_fixtures::synthetic::Fault;

use super::headers::{builder, faulty, late, sent};
use super::{Scenario, Stage};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("pow-unchecked", |it| faulty(it, Fault::ProofOfWork)),
    ("bits-overflow-accepted", |it| {
        faulty(it, Fault::BitsOverflow)
    }),
    ("bits-sign-ignored", |it| faulty(it, Fault::BitsNegative)),
    ("bits-zero-accepted", |it| faulty(it, Fault::BitsZero)),
    ("bits-above-limit-accepted", |it| {
        faulty(it, Fault::BitsAboveLimit)
    }),
    ("retarget-off-by-one", |it| spaced(it, 600, 30)),
    ("retarget-clamp-missing", |it| spaced(it, 10, 12)),
    ("retarget-cap-missing", |it| spaced(it, 1_200, 12)),
    ("retarget-unchecked", |it| {
        let headers = builder(&it).fault(10, Fault::BitsUnexpected).build(10);
        sent(late(it), &headers.unwrap())
    }),
    ("min-difficulty-at-boundary", late_at_boundary),
    ("min-difficulty-no-walk-back", late_at_boundary),
    ("min-difficulty-missing", late_at_boundary),
    ("testnet4-retargets-from-last-block", |it| {
        let mut headers = grown(&it, &[], 300, 4_030);
        headers = grown(&it, &headers, 1_300, 1);
        headers = grown(&it, &headers, 300, 2);
        sent(late(it), &headers)
    }),
    ("regtest-retargets", |it| spaced(it, 600, 150)),
];

/// Sends a chain of valid headers that are this many seconds apart.
fn spaced(stage: Stage, seconds: u32, length: u32) -> String {
    let headers = grown(&stage, &[], seconds, length);
    sent(late(stage), &headers)
}

/// Sends a period whose first two headers are late, and whose third is not.
fn late_at_boundary(stage: Stage) -> String {
    let mut headers = grown(&stage, &[], 300, 2_015);
    headers = grown(&stage, &headers, 1_300, 2);
    headers = grown(&stage, &headers, 300, 1);
    sent(late(stage), &headers)
}

fn grown(stage: &Stage, past: &[Header], seconds: u32, more: u32) -> Vec<Header> {
    let builder = builder(stage).spacing(seconds).on(past);
    [past.to_vec(), builder.build(more).unwrap()].concat()
}
