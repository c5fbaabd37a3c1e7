//! What an attempt comes to, and the words for it: one voice for `run`, `check`, `shrink` and every
//! report.
//!
//! What the player knows has its words in [`script::player`](crate::script::player); what is known
//! beyond that, about processes and health, in `words`.

mod finding;
mod words;

use serde::{Deserialize, Serialize};

pub use finding::Finding;
pub(crate) use words::{last_output, lost, start_failed};

use crate::script::player::{self, ConnectionEnd, FailureKind, PlayError, Played, StepRef};
use crate::target::{Attempt, Health};

/// How a play or a case went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it should.
    Pass,
    /// Allowed, but not what the best do.
    Weaker,
    /// Not allowed.
    Fail,
    /// Implementations vary: what it did is in the note.
    Varies,
    /// The target said that it does not offer what the script is about.
    Unsupported,
    /// We failed, not the target.
    Error,
    /// It was not played; the note says why.
    Skipped,
}

/// How the connection was left, or the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// The target kept it open.
    Open,
    /// The target closed it cleanly (FIN).
    Closed,
    /// The target reset it (RST).
    Reset,
    /// A ping of ours, or a handshake afterwards, went unanswered.
    Unresponsive,
    /// The target died.
    Died,
    /// The target accepted no connection.
    Refused,
}

/// What an attempt comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// How the connection was left that matters most: the one that failed, or else the first.
    pub ending: Option<Ending>,
    /// The step that failed.
    pub step: Option<StepRef>,
    /// What was expected, for a failure.
    pub expected: Option<String>,
    /// What was found, for a failure.
    pub found: Option<String>,
    /// What else there is to say: the note of the outcome that was observed, what the target does
    /// not offer, why it could not be played.
    pub note: Option<String>,
}

impl Outcome {
    /// What an attempt comes to. A target that dies or no longer answers fails, whatever it did
    /// before.
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
            // Whoever never answered cannot be judged.
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

/// Whether the failure is what a death looks like from the other end of a connection.
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

/// How the connection was left that matters most.
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
