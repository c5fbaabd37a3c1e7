//! What a play must lead to.

use std::str::FromStr;

use fake_peer::drive::target::Run;
use fake_peer::node::Condition;
use fake_peer::script::player::{ConnectionEnd, FailureKind, Played, Verdict};

/// What a play must lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The target ends a connection.
    Disconnect,
    /// A signal ends it, or what shells make of that: a status above 128.
    Crash,
    /// It ends by itself with this status.
    Exit(i32),
    /// It does not do in time what is waited for.
    Hang,
    /// The play passes.
    Pass,
    /// The play passes, but not with the best outcome.
    Weaker,
    /// The play fails.
    Fail,
    /// The target prints this.
    Prints(String),
}

/// The text is no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected disconnect, crash, exit=STATUS, hang, fail, weaker, pass or stderr=TEXT")]
pub(super) struct BadOutcome;

impl FromStr for Outcome {
    type Err = BadOutcome;

    fn from_str(text: &str) -> Result<Self, BadOutcome> {
        Ok(match text.split_once('=').unwrap_or((text, "")) {
            ("disconnect", "") => Self::Disconnect,
            ("crash", "") => Self::Crash,
            ("hang", "") => Self::Hang,
            ("pass", "") => Self::Pass,
            ("weaker", "") => Self::Weaker,
            ("fail", "") => Self::Fail,
            ("exit", status) => Self::Exit(status.parse().map_err(|_| BadOutcome)?),
            ("stderr", words) if !words.is_empty() => Self::Prints(words.to_owned()),
            _ => return Err(BadOutcome),
        })
    }
}

impl Outcome {
    /// Whether it is for the process to show, which may be slow to end.
    pub(super) fn is_of_process(&self) -> bool {
        matches!(self, Self::Crash | Self::Exit(_) | Self::Prints(_))
    }
}

/// What a play led to.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) played: Played,
    signalled: bool,
    status: Option<i32>,
    hangs: bool,
    output: String,
}

impl From<Run> for Seen {
    fn from(run: Run) -> Self {
        Self {
            played: run.played,
            signalled: run.process.crashed(),
            status: run.process.status.and_then(|status| status.code()),
            hangs: false,
            output: run.process.output,
        }
    }
}

impl Seen {
    /// A play at the model peer. A dead one has the status that `serve` would have.
    pub(super) fn in_memory(played: Played, condition: Condition) -> Self {
        const ABORTED: i32 = 134;
        Self {
            played,
            signalled: false,
            status: (condition == Condition::Dead).then_some(ABORTED),
            hangs: condition == Condition::Hung,
            output: String::new(),
        }
    }

    pub(super) fn is(&self, outcome: &Outcome) -> bool {
        let ends = |wanted: &[ConnectionEnd]| {
            let mut connections = self.played.connections.iter();
            connections.any(|connection| wanted.contains(&connection.end))
        };
        let verdict = &self.played.verdict;
        match outcome {
            Outcome::Disconnect => ends(&[ConnectionEnd::Closed, ConnectionEnd::Reset]),
            Outcome::Crash => self.signalled || self.status.is_some_and(|status| status > 128),
            Outcome::Exit(status) => self.status == Some(*status),
            Outcome::Hang => self.hangs || ends(&[ConnectionEnd::Hung]),
            Outcome::Pass => matches!(verdict, Verdict::Pass { .. }),
            Outcome::Weaker => matches!(verdict, Verdict::Weaker { .. }),
            // A target that is not there says nothing.
            Outcome::Fail => match verdict {
                Verdict::Fail(failure) => failure.kind != FailureKind::Refused,
                _ => false,
            },
            Outcome::Prints(text) => self.output.contains(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_words_some_with_a_value() {
        for (text, outcome) in [
            ("disconnect", Outcome::Disconnect),
            ("crash", Outcome::Crash),
            ("exit=134", Outcome::Exit(134)),
            ("exit=-1", Outcome::Exit(-1)),
            ("hang", Outcome::Hang),
            ("fail", Outcome::Fail),
            ("stderr=a = b", Outcome::Prints("a = b".to_owned())),
        ] {
            assert_eq!(text.parse(), Ok(outcome), "{text}");
        }
        for text in [
            "", "crash=1", "exit", "exit=x", "stderr", "stderr=", "Crash",
        ] {
            assert_eq!(text.parse::<Outcome>(), Err(BadOutcome), "{text:?}");
        }
    }
}
