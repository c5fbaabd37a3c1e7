//! From what was seen to a verdict.

use std::fmt::Write as _;
use std::time::Duration;

use super::attempt::{Attempt, Cost, Health, bytes_sent};
use super::lines::lines;
use crate::check::Case;
use crate::check::result::{CaseResult, Ending, Verdict};
use crate::script::model::Level;
use crate::script::player::{
    self, ConnectionEnd, Failure, FailureKind, PlayError, Played, Prepared,
};

/// How much a target may grow in a case about resources: so much in any case, and beyond that so
/// many times what it was sent. A connection and its buffers are far below the first, and the
/// second leaves room for what a message becomes when it is parsed.
const GROWTH: u64 = 64 << 20;
const GROWTH_PER_BYTE: u64 = 16;

/// What became of a case.
pub(super) fn judge(case: &Case, prepared: &Prepared, attempt: Attempt) -> CaseResult {
    let Attempt {
        played,
        health,
        cost,
    } = attempt;
    let mut result = CaseResult {
        elapsed: played.elapsed,
        transcript: lines(&played.transcript, prepared),
        ending: ending(&played),
        note: None,
        ..CaseResult::skipped(case.script(), "")
    };
    of_play(&mut result, &played);
    of_health(&mut result, &health, &played);
    if let Some(cost) = cost {
        of_cost(&mut result, cost, bytes_sent(&played.transcript));
    }
    result
}

/// What the play says.
fn of_play(result: &mut CaseResult, played: &Played) {
    let varies = result.level == Level::Varies;
    match &played.verdict {
        player::Verdict::Pass { note } => {
            result.verdict = if varies {
                Verdict::Varies
            } else {
                Verdict::Pass
            };
            result.note.clone_from(note);
        }
        player::Verdict::Weaker { note } => {
            result.verdict = if varies {
                Verdict::Varies
            } else {
                Verdict::Weaker
            };
            result.note.clone_from(note);
        }
        player::Verdict::Fail(failure) => {
            result.verdict = if varies {
                Verdict::Varies
            } else {
                Verdict::Fail
            };
            of_failure(result, failure);
        }
        player::Verdict::Unsupported(unmet) => {
            result.verdict = Verdict::Unsupported;
            result.note = Some(unmet.to_string());
        }
        player::Verdict::Error(error) => {
            result.verdict = Verdict::Error;
            result.note = Some(error.to_string());
        }
    }
}

fn of_failure(result: &mut CaseResult, failure: &Failure) {
    let (step, instead) = (&failure.step, &failure.instead);
    let mut found = failure.kind.to_string();
    if !instead.messages.is_empty() || !instead.waited.is_zero() {
        let _ = write!(found, "; {instead}");
    }
    let expected = match failure.kind {
        FailureKind::NotAllowed { .. } => format!("anything but `{}`", step.text),
        FailureKind::Forbidden { command } => format!("no {command}"),
        _ => step.text.clone(),
    };
    if result.level == Level::Varies {
        result.note = Some(found.clone());
    }
    result.step = Some(step.path.to_string());
    result.expected = Some(expected);
    result.found = Some(found);
}

/// What the target is like afterwards. Whoever dies or hangs fails, whatever it did before.
fn of_health(result: &mut CaseResult, health: &Health, played: &Played) {
    let (ending, found) = match health {
        Health::Well | Health::TurnsUsAway => return,
        Health::Dead(how) => (Ending::Died, format!("the target died: {how}")),
        Health::Hung => (
            Ending::Hung,
            "the target answers no handshake any more".to_owned(),
        ),
    };
    let was_stopped = played.verdict == player::Verdict::Error(PlayError::Stopped);
    if result.verdict == Verdict::Error && !was_stopped {
        return;
    }
    let found = match result.found.take() {
        Some(before) => format!("{before}; {found}"),
        None => found,
    };
    result.verdict = Verdict::Fail;
    result.ending = Some(ending);
    result.note = None;
    result
        .expected
        .get_or_insert_with(|| "a target that works on afterwards".to_owned());
    result.found = Some(found);
}

/// What the case cost the target.
fn of_cost(result: &mut CaseResult, cost: Cost, sent: u64) {
    let figures = format!(
        "grew by {} for {} sent, and worked for {}",
        mebibytes(cost.grown),
        mebibytes(sent),
        humantime::format_duration(Duration::from_millis(
            u64::try_from(cost.worked.as_millis()).unwrap_or(u64::MAX)
        )),
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

/// How the connection stood that matters most: the one that failed, or else the first.
fn ending(played: &Played) -> Option<Ending> {
    let mut connections = played.connections.iter();
    let failed = match &played.verdict {
        player::Verdict::Fail(failure) if failure.kind == FailureKind::Died => {
            return Some(Ending::Died);
        }
        player::Verdict::Fail(failure) => Some(&failure.connection),
        _ => None,
    };
    let connection = match failed {
        Some(label) => connections.find(|connection| connection.label == *label),
        None => connections.next(),
    };
    Some(match connection?.end {
        ConnectionEnd::Open | ConnectionEnd::EndedByUs => Ending::Open,
        ConnectionEnd::Closed => Ending::Closed,
        ConnectionEnd::Reset => Ending::Reset,
        ConnectionEnd::Hung => Ending::Hung,
        ConnectionEnd::Refused => Ending::Refused,
    })
}
