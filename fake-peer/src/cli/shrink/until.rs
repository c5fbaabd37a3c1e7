//! The outcomes that a play can be required to have.

use std::str::FromStr;

use fake_peer::outcome::{Ending, Outcome, Verdict};
use fake_peer::script::player::{self, ConnectionEnd, FailureKind};
use fake_peer::target::{Attempt, Death, Health, ProcessEnd};

/// An outcome that a play is required to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Until {
    /// The target ends a connection.
    Disconnect,
    /// A signal ends the target, or it exits with a status above 128, as shells report signals.
    Crash,
    /// The target ends by itself with this status.
    Exit(i32),
    /// A wait ends without what it was for.
    Timeout,
    /// A ping of ours goes unanswered.
    Unresponsive,
    /// The play passes.
    Pass,
    /// The play passes, but not with the best outcome.
    Weaker,
    /// The play fails.
    Fail,
    /// The target prints this.
    Prints(String),
}

/// The error for a text that is not an outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected disconnect, crash, exit=STATUS, timeout, unresponsive, fail, weaker, pass or stderr=TEXT"
)]
pub(super) struct BadOutcome;

impl FromStr for Until {
    type Err = BadOutcome;

    fn from_str(text: &str) -> Result<Self, BadOutcome> {
        Ok(match text.split_once('=').unwrap_or((text, "")) {
            ("disconnect", "") => Self::Disconnect,
            ("crash", "") => Self::Crash,
            ("timeout", "") => Self::Timeout,
            ("unresponsive", "") => Self::Unresponsive,
            ("pass", "") => Self::Pass,
            ("weaker", "") => Self::Weaker,
            ("fail", "") => Self::Fail,
            ("exit", status) => Self::Exit(status.parse().map_err(|_| BadOutcome)?),
            ("stderr", words) if !words.is_empty() => Self::Prints(words.to_owned()),
            _ => return Err(BadOutcome),
        })
    }
}

impl Until {
    /// Returns whether the process shows the outcome, which may end slowly.
    pub(super) fn is_of_process(&self) -> bool {
        matches!(self, Self::Crash | Self::Exit(_) | Self::Prints(_))
    }
}

impl Until {
    /// Returns whether a play had this outcome.
    pub(super) fn holds(&self, attempt: &Attempt) -> bool {
        let ended = |wanted: &[ConnectionEnd]| {
            let mut connections = attempt.played.connections.iter();
            connections.any(|connection| wanted.contains(&connection.end))
        };
        let outcome = Outcome::new(attempt);
        match self {
            Self::Disconnect => ended(&[ConnectionEnd::Closed, ConnectionEnd::Reset]),
            Self::Crash => crashed(attempt) || status(attempt).is_some_and(|status| status > 128),
            Self::Exit(wanted) => status(attempt) == Some(*wanted),
            Self::Timeout => timed_out(attempt),
            Self::Unresponsive => outcome.ending == Some(Ending::Unresponsive),
            Self::Pass => outcome.verdict == Verdict::Pass,
            Self::Weaker => outcome.verdict == Verdict::Weaker,
            Self::Fail => outcome.verdict == Verdict::Fail,
            Self::Prints(text) => {
                let mut process = attempt.process.iter();
                process.any(|process| process.output.contains(text))
            }
        }
    }
}

/// Returns whether a signal ended the process.
fn crashed(attempt: &Attempt) -> bool {
    attempt.process.as_ref().is_some_and(ProcessEnd::crashed)
}

/// Returns the status with which the process ended by itself. For a model peer that crashed in
/// memory, it is the one that `fake-peer serve` would have.
fn status(attempt: &Attempt) -> Option<i32> {
    const ABORTED: i32 = 134;
    match (&attempt.process, &attempt.health) {
        (None, Health::Died(Death::Flaw(_))) => Some(ABORTED),
        (process, _) => process.as_ref()?.status()?.code(),
    }
}

/// Returns whether a wait timed out.
fn timed_out(attempt: &Attempt) -> bool {
    match &attempt.played.verdict {
        player::Verdict::Fail(failure) => matches!(
            failure.kind,
            FailureKind::TimedOut | FailureKind::Unresponsive | FailureKind::DidNotDial
        ),
        player::Verdict::Pass { .. }
        | player::Verdict::Weaker { .. }
        | player::Verdict::Unsupported(_)
        | player::Verdict::Error(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_words_some_with_a_value() {
        for (text, outcome) in [
            ("disconnect", Until::Disconnect),
            ("crash", Until::Crash),
            ("exit=134", Until::Exit(134)),
            ("exit=-1", Until::Exit(-1)),
            ("timeout", Until::Timeout),
            ("unresponsive", Until::Unresponsive),
            ("fail", Until::Fail),
            ("stderr=a = b", Until::Prints("a = b".to_owned())),
        ] {
            assert_eq!(text.parse(), Ok(outcome), "{text}");
        }
        for text in [
            "", "crash=1", "exit", "exit=x", "stderr", "stderr=", "Crash",
        ] {
            assert_eq!(text.parse::<Until>(), Err(BadOutcome), "{text:?}");
        }
    }
}
