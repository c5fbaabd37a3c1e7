//! The verdict on a case, derived from what was observed.

use super::lines::lines;
use crate::check::Case;
use crate::check::result::{CaseResult, Verdict};
use crate::outcome::Outcome;
use crate::script::model::Level;
use crate::script::player::Prepared;
use crate::script::words::Time;
use crate::target::{Attempt, Cost, Health};

/// The growth in memory that is allowed in a case about resources: this many bytes, or this many
/// times the bytes that were sent, whichever is more. A connection and its buffers are far below
/// the first, and the second leaves room for the parsed form of messages.
const GROWTH: u64 = 64 << 20;
const GROWTH_PER_BYTE: u64 = 16;

/// Returns the result of a case.
pub(super) fn judge(case: &Case, prepared: &Prepared, attempt: &Attempt) -> CaseResult {
    let outcome = Outcome::new(attempt);
    let played = &attempt.played;
    let mut result = CaseResult {
        verdict: outcome.verdict,
        elapsed: played.elapsed,
        transcript: lines(&played.transcript, prepared),
        ending: outcome.ending,
        step: outcome.step.map(|step| step.path.to_string()),
        expected: outcome.expected,
        found: outcome.found,
        note: outcome.note,
        ..CaseResult::skipped(case.script(), "")
    };
    if result.level == Level::Varies && is_alive(&attempt.health) {
        record(&mut result);
    }
    if let Some(cost) = attempt.cost {
        judge_cost(&mut result, cost, attempt.bytes_sent());
    }
    result
}

fn is_alive(health: &Health) -> bool {
    match health {
        Health::NotAsked | Health::Well | Health::TurnsUsAway => true,
        Health::Died(_) | Health::Unresponsive => false,
    }
}

/// Replaces a verdict by `varies`, and notes what the target did.
fn record(result: &mut CaseResult) {
    if matches!(
        result.verdict,
        Verdict::Pass | Verdict::Weaker | Verdict::Fail
    ) {
        result.verdict = Verdict::Varies;
        result.note = result.found.clone().or(result.note.take());
    }
}

/// Notes what the case cost the target, and fails the case if its memory grew too much.
fn judge_cost(result: &mut CaseResult, cost: Cost, sent: u64) {
    let figures = format!(
        "grew by {} for {} sent, and worked for {}",
        mebibytes(cost.grown),
        mebibytes(sent),
        Time(cost.worked),
    );
    let bound = GROWTH.max(sent.saturating_mul(GROWTH_PER_BYTE));
    if cost.grown > bound && matches!(result.verdict, Verdict::Pass | Verdict::Weaker) {
        result.verdict = Verdict::Fail;
        result.expected = Some(format!("growth by no more than {}", mebibytes(bound)));
        result.found = Some(format!("it {figures}"));
    }
    result.note = Some(match result.note.take() {
        Some(note) => format!("{note}; {figures}"),
        None => figures,
    });
}

fn mebibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) >> 20;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}
