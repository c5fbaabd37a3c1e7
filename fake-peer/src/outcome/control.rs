//! The outcome of a control: the same conversation without the fault, at the same target.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Ending, Outcome, Verdict};
use crate::script::player::{EntryKind, Played};
use crate::script::words::Time;
use crate::target::Attempt;

/// The outcome of the control of a case ([`Control`](crate::script::control::Control)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ControlOutcome {
    /// Without the fault, the target did what the case forbids. So it is evidence if it does not do
    /// that with the fault.
    Shown {
        /// How long it took after the last message that we sent.
        #[serde(rename = "after_us", with = "crate::check::result::micros")]
        after: Duration,
    },
    /// The target did not do it without the fault either, so that the case shows nothing.
    NotShown {
        /// What was expected.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expected: Option<String>,
        /// What was observed instead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        found: Option<String>,
        /// The state of the connection at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ending: Option<Ending>,
    },
}

/// How much longer than in the control a case waits before it concludes from absence.
const PATIENCE: u32 = 3;

/// The least that it waits: the time in the control is measured only once, and on a busy machine the
/// next time may be far longer.
const LEAST_PATIENCE: Duration = Duration::from_millis(100);

impl ControlOutcome {
    /// Derives the outcome of the control from the attempt to play it.
    pub fn new(attempt: &Attempt) -> Self {
        let outcome = Outcome::new(attempt);
        match outcome.verdict {
            Verdict::Pass | Verdict::Weaker => Self::Shown {
                after: reaction(&attempt.played),
            },
            Verdict::Fail
            | Verdict::Varies
            | Verdict::Inconclusive
            | Verdict::Unsupported
            | Verdict::Error
            | Verdict::Skipped => Self::NotShown {
                expected: outcome.expected,
                found: outcome.found.or(outcome.note),
                ending: outcome.ending,
            },
        }
    }

    /// Returns how long the case has to wait before it concludes from absence; at most `limit`.
    pub fn settle(&self, limit: Duration) -> Duration {
        match self {
            Self::Shown { after } => after
                .saturating_mul(PATIENCE)
                .max(LEAST_PATIENCE)
                .min(limit),
            Self::NotShown { .. } => Duration::ZERO,
        }
    }

    /// Returns whether the case shows nothing if the target does well in it, and the connection
    /// ends like this: the target does the same without the fault.
    pub fn refutes(&self, ending: Option<Ending>) -> bool {
        match self {
            Self::Shown { .. } => false,
            Self::NotShown { ending: other, .. } => !has_left(ending) || has_left(*other),
        }
    }
}

impl fmt::Display for ControlOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shown { after } => {
                write!(
                    f,
                    "without the fault, the target did it in {}",
                    Time(*after)
                )
            }
            Self::NotShown { ending, .. } if has_left(*ending) => {
                f.write_str("without the fault, the target disconnects as well")
            }
            Self::NotShown { found, .. } => {
                f.write_str("without the fault, the target does not act either")?;
                match found {
                    Some(found) => write!(f, ": {found}"),
                    None => Ok(()),
                }
            }
        }
    }
}

fn has_left(ending: Option<Ending>) -> bool {
    match ending {
        Some(Ending::Closed | Ending::Reset) => true,
        Some(Ending::Open | Ending::Unresponsive | Ending::Died | Ending::Refused) | None => false,
    }
}

/// How long the target took from the last message that we sent to the end of the play. Pongs do not
/// count, since the target chooses when it requests them.
fn reaction(played: &Played) -> Duration {
    let mut entries = played.transcript.entries.iter().rev();
    let last = entries.find_map(|entry| match &entry.kind {
        EntryKind::Sent { command, .. } => {
            let is_pong = command.is_some_and(|command| command.to_string() == "pong");
            (!is_pong).then_some(entry.at)
        }
        EntryKind::Opened
        | EntryKind::Ended(_)
        | EntryKind::Received { .. }
        | EntryKind::Note(_) => None,
    });
    played.elapsed.saturating_sub(last.unwrap_or_default())
}
