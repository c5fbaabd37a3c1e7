//! The result of a play in words. Every report uses these texts.

use std::fmt::{self, Write as _};

use fake_peer_core::wire::Command;

use super::verdict::{ConnectionEnd, Failure, FailureKind, Observed, Unmet, Verdict};
use crate::model::{Observation, Role};
use crate::words::Time;

/// The message for a target that accepts no connection.
pub const NO_CONNECTION: &str = "cannot connect to the target";

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, note) = match self {
            Self::Pass { note } => ("pass", note),
            Self::Weaker { note } => ("weaker", note),
            Self::Fail(failure) => return write!(f, "fail: {failure}"),
            Self::Unsupported(unmet) => return write!(f, "unsupported: {unmet}"),
            Self::Error(error) => return write!(f, "error: {error}"),
        };
        f.write_str(word)?;
        note.iter().try_for_each(|note| write!(f, ": {note}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.found())?;
        writeln!(f, "  step {}: {}", self.step.path, self.step.text)?;
        write!(f, "  connection {}", self.connection)
    }
}

impl Failure {
    /// What was expected.
    pub fn expected(&self) -> String {
        match &self.kind {
            FailureKind::NotAllowed { .. } => format!("anything but `{}`", self.step.text),
            FailureKind::Forbidden { command } => format!("no `{command}`"),
            FailureKind::TimedOut
            | FailureKind::Unresponsive
            | FailureKind::Ended(_)
            | FailureKind::OtherEnd(_)
            | FailureKind::Spoke { .. }
            | FailureKind::NoEnvelope(_)
            | FailureKind::Refused
            | FailureKind::Died
            | FailureKind::DidNotDial => self.step.text.clone(),
        }
    }

    /// What was observed instead, with the messages that the target sent meanwhile.
    pub fn found(&self) -> String {
        let Observed { waited, .. } = self.observed;
        let waited = Time(waited);
        let mut text = match &self.kind {
            FailureKind::TimedOut => {
                format!("timed out after {waited} waiting for {}", self.awaited())
            }
            FailureKind::Unresponsive => format!("unresponsive: no answer to our ping in {waited}"),
            FailureKind::Ended(end) | FailureKind::OtherEnd(end) => {
                format!("the target {}", by_target(*end))
            }
            FailureKind::Spoke { command } => format!("the target sent {}", message(*command)),
            FailureKind::Forbidden { command } => format!("the target sent `{command}`"),
            FailureKind::NotAllowed { note } => {
                let note = note.iter().map(|note| format!(": {note}"));
                format!(
                    "the target did what it must not{}",
                    note.collect::<String>()
                )
            }
            FailureKind::NoEnvelope(error) => {
                format!("the target sent bytes that are not a message: {error}")
            }
            FailureKind::Refused => NO_CONNECTION.to_owned(),
            FailureKind::Died => "the target accepts no more connections".to_owned(),
            FailureKind::DidNotDial => format!("the target did not connect in {waited}"),
        };
        if self.says_what_came() {
            let _ = write!(text, "; received: {}", self.observed);
        }
        text
    }

    /// Whether the text says which messages were received, or that there were none.
    fn says_what_came(&self) -> bool {
        match self.kind {
            FailureKind::TimedOut | FailureKind::Unresponsive => true,
            FailureKind::Ended(_) | FailureKind::OtherEnd(_) | FailureKind::NoEnvelope(_) => {
                !self.observed.messages.is_empty()
            }
            FailureKind::Spoke { .. }
            | FailureKind::Forbidden { .. }
            | FailureKind::NotAllowed { .. }
            | FailureKind::Refused
            | FailureKind::Died
            | FailureKind::DidNotDial => false,
        }
    }

    /// What the step waited for.
    fn awaited(&self) -> String {
        let mut names: Vec<String> = self.expectations.iter().map(name).collect();
        names.dedup();
        match names.pop() {
            None => format!("`{}`", self.step.text),
            Some(last) if names.is_empty() => last,
            Some(last) => format!("{} or {last}", names.join(", ")),
        }
    }
}

/// An expectation in a word or two.
fn name(observation: &Observation) -> String {
    match observation {
        Observation::Message(expect) => format!("`{}`", expect.command),
        Observation::Disconnect { .. } => "a disconnect".to_owned(),
        Observation::Silence { .. } => "silence".to_owned(),
        Observation::Barrier { .. } => "an answer to our ping".to_owned(),
    }
}

/// What the target did, if its connection ended like this.
fn by_target(end: ConnectionEnd) -> &'static str {
    match end {
        ConnectionEnd::Open | ConnectionEnd::EndedByUs => "kept the connection open",
        ConnectionEnd::Closed => "closed the connection (FIN)",
        ConnectionEnd::Reset => "reset the connection (RST)",
        ConnectionEnd::Unresponsive => "is unresponsive",
        ConnectionEnd::Refused => "refused the connection",
    }
}

fn message(command: Option<Command>) -> String {
    match command {
        Some(command) => format!("`{command}`"),
        None => "an invalid envelope".to_owned(),
    }
}

impl fmt::Display for ConnectionEnd {
    /// The text in a transcript.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Open => "left open",
            Self::Closed => "closed by the target (FIN)",
            Self::Reset => "reset by the target (RST)",
            Self::Unresponsive => "unresponsive",
            Self::Refused => "refused",
            Self::EndedByUs => "closed by us",
        })
    }
}

impl fmt::Display for Observed {
    /// The commands of the messages, with a count for equal ones in a row.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.messages.is_empty() {
            return f.write_str("nothing");
        }
        for (at, run) in self.messages.chunk_by(|a, b| a == b).enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            match run.first().copied().flatten() {
                Some(command) => write!(f, "{command}")?,
                None => f.write_str("an invalid envelope")?,
            }
            if run.len() > 1 {
                write!(f, " ×{}", run.len())?;
            }
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role {
                wanted: Role::Listens,
            } => f.write_str("for a target that listens"),
            Self::Role {
                wanted: Role::Dials,
            } => f.write_str("for a target that dials"),
            Self::Services { missing } => write!(f, "the target does not offer {missing}"),
            Self::Protocol { wanted, found } => {
                write!(f, "for protocol {wanted} or later; the target has {found}")
            }
        }
    }
}
