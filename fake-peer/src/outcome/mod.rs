//! The outcome of an attempt, and the words for it, which are the same in `run`, `check`, `shrink`
//! and every report.
//!
//! The words for what the player knows are in [`script::player`](crate::script::player). The words
//! for what is known beyond that, about processes and health, are in `words`.

mod control;
mod finding;
mod words;

use serde::{Deserialize, Serialize};

pub use control::ControlOutcome;
pub use finding::Finding;
pub(crate) use words::{last_output, lost, never_dialled, other_network, start_failed};

use crate::script::player::{self, ConnectionEnd, FailureKind, PlayError, Played, StepRef};
use crate::target::{Attempt, Health};

/// The verdict on a play or a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The target did what it should do.
    Pass,
    /// The target did something that is allowed, but not the best behaviour.
    Weaker,
    /// The target did something that is not allowed.
    Fail,
    /// Implementations vary here, and the note says what the target did.
    Varies,
    /// The target did nothing wrong, but also nothing in the control, so that this shows nothing.
    Inconclusive,
    /// The target does not offer what the script requires.
    Unsupported,
    /// The harness failed, not the target.
    Error,
    /// The script was not played, and the note gives the reason.
    Skipped,
}

/// The state of the connection, or of the target, at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// The target kept it open.
    Open,
    /// The target closed it cleanly (FIN).
    Closed,
    /// The target reset it (RST).
    Reset,
    /// The target did not answer a ping of ours, or a handshake afterwards.
    Unresponsive,
    /// The target died.
    Died,
    /// The target accepted no connection.
    Refused,
}

/// The outcome of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// The most important state of a connection at the end: that of the one that failed, or else
    /// that of the first one.
    pub ending: Option<Ending>,
    /// The step that failed.
    pub step: Option<StepRef>,
    /// What was expected, if the attempt failed.
    pub expected: Option<String>,
    /// What was observed instead, if the attempt failed.
    pub found: Option<String>,
    /// The note of the observed outcome, the services that the target does not offer, or the reason
    /// why it could not be played.
    pub note: Option<String>,
}

impl Outcome {
    /// Derives the outcome of an attempt. A target that dies or becomes unresponsive fails,
    /// whatever it did before.
    pub fn new(attempt: &Attempt) -> Self {
        let mut outcome = Self::of_play(&attempt.played, &attempt.health);
        let ending = match attempt.health {
            Health::NotAsked | Health::Well | Health::TurnsUsAway => return outcome,
            Health::Died(_) => Ending::Died,
            Health::Unresponsive => Ending::Unresponsive,
        };
        let was_stopped = attempt.played.verdict == player::Verdict::Error(PlayError::Stopped);
        if outcome.verdict == Verdict::Error && !was_stopped {
            return outcome;
        }
        let health = attempt.health.to_string();
        outcome.verdict = Verdict::Fail;
        outcome.ending = Some(ending);
        outcome.note = None;
        outcome
            .expected
            .get_or_insert_with(|| "a target that keeps working".to_owned());
        outcome.found = Some(match outcome.found.take() {
            Some(before) if !is_sign_of_death(&attempt.played) => format!("{before}; {health}"),
            Some(_) | None => health,
        });
        outcome
    }

    fn of_play(played: &Played, health: &Health) -> Self {
        let mut outcome = Self {
            verdict: Verdict::Pass,
            ending: ending(played),
            step: None,
            expected: None,
            found: None,
            note: None,
        };
        match &played.verdict {
            player::Verdict::Pass { note } => outcome.note.clone_from(note),
            player::Verdict::Weaker { note } => {
                outcome.verdict = Verdict::Weaker;
                outcome.note.clone_from(note);
            }
            // A target that never answered cannot be judged.
            player::Verdict::Fail(failure)
                if failure.kind == FailureKind::Refused && *health == Health::NotAsked =>
            {
                outcome.verdict = Verdict::Error;
                outcome.note = Some(failure.found());
            }
            player::Verdict::Fail(failure) => {
                outcome.verdict = Verdict::Fail;
                outcome.step = Some(failure.step.clone());
                outcome.expected = Some(failure.expected());
                outcome.found = Some(failure.found());
            }
            player::Verdict::Unsupported(unmet) => {
                outcome.verdict = Verdict::Unsupported;
                outcome.note = Some(unmet.to_string());
            }
            player::Verdict::Error(error) => {
                outcome.verdict = Verdict::Error;
                outcome.note = Some(error.to_string());
            }
        }
        outcome
    }
}

/// Returns whether the failure is what a crash looks like from the other end of a connection.
fn is_sign_of_death(played: &Played) -> bool {
    match &played.verdict {
        player::Verdict::Fail(failure) => matches!(
            failure.kind,
            FailureKind::Ended(_)
                | FailureKind::OtherEnd(_)
                | FailureKind::Refused
                | FailureKind::Died
        ),
        player::Verdict::Pass { .. }
        | player::Verdict::Weaker { .. }
        | player::Verdict::Unsupported(_)
        | player::Verdict::Error(_) => false,
    }
}

/// Returns the most important state of a connection at the end.
fn ending(played: &Played) -> Option<Ending> {
    let mut connections = played.connections.iter();
    let failed = match &played.verdict {
        player::Verdict::Fail(failure) if failure.kind == FailureKind::Died => {
            return Some(Ending::Died);
        }
        player::Verdict::Fail(failure) => Some(&failure.connection),
        player::Verdict::Pass { .. }
        | player::Verdict::Weaker { .. }
        | player::Verdict::Unsupported(_)
        | player::Verdict::Error(_) => None,
    };
    let connection = match failed {
        Some(label) => connections.find(|connection| connection.label == *label),
        None => connections.next(),
    };
    Some(match connection?.end {
        ConnectionEnd::Open | ConnectionEnd::EndedByUs => Ending::Open,
        ConnectionEnd::Closed => Ending::Closed,
        ConnectionEnd::Reset => Ending::Reset,
        ConnectionEnd::Unresponsive => Ending::Unresponsive,
        ConnectionEnd::Refused => Ending::Refused,
    })
}
