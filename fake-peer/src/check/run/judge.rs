//! From what was seen to a verdict.

use super::lines::lines;
use crate::check::Case;
use crate::check::result::{CaseResult, Verdict};
use crate::outcome::Outcome;
use crate::script::model::Level;
use crate::script::player::Prepared;
use crate::script::words::Time;
use crate::target::{Attempt, Cost, Health};

/// How much a target may grow in a case about resources: this much in any case, and beyond that
/// this many times what it was sent. A connection and its buffers are far below the first, and the
/// second leaves room for what a message becomes when it is parsed.
const GROWTH: u64 = 64 << 20;
const GROWTH_PER_BYTE: u64 = 16;

/// What became of a case.
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

/// Where implementations vary, what the target did is noted, not judged.
fn record(result: &mut CaseResult) {
    if matches!(
        result.verdict,
        Verdict::Pass | Verdict::Weaker | Verdict::Fail
    ) {
        result.verdict = Verdict::Varies;
        result.note = result.found.clone().or(result.note.take());
    }
}

/// What the case cost the target.
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
