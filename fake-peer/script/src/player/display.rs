//! Verdicts in words.

use std::fmt;

use fake_peer_core::wire::Command;

use super::verdict::{ConnectionEnd, Failure, FailureKind, Instead, Unmet, Verdict};
use crate::model::Role;

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
        let (step, instead) = (&self.step, &self.instead);
        writeln!(f, "{}", self.kind)?;
        writeln!(f, "  step {}: {}", step.path, step.text)?;
        write!(f, "  connection {}", self.connection)?;
        if instead.messages.is_empty() && instead.waited.is_zero() {
            return Ok(());
        }
        write!(f, ": {instead}")
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("it did not happen in time"),
            Self::Ended(end) => write!(f, "the target {end} the connection"),
            Self::OtherEnd(end) => {
                write!(
                    f,
                    "the target {end} the connection, which is not how it should end"
                )
            }
            Self::Spoke { command } => write!(f, "the target sent {}", Told(*command)),
            Self::Forbidden { command } => {
                write!(f, "the target sent {command}, which is forbidden")
            }
            Self::NotAllowed { note: Some(note) } => {
                write!(f, "the target does what it must not: {note}")
            }
            Self::NotAllowed { note: None } => f.write_str("the target does what it must not"),
            Self::NoEnvelope(error) => {
                write!(f, "the target sent bytes that are no message: {error}")
            }
            Self::Refused => f.write_str("the target cannot be connected to"),
            Self::Died => f.write_str("the target takes no more connections: it died"),
            Self::DidNotDial => f.write_str("the target did not dial in time"),
        }
    }
}

impl fmt::Display for ConnectionEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Open => "left open",
            Self::Closed => "closed",
            Self::Reset => "reset",
            Self::Hung => "hung",
            Self::Refused => "refused",
            Self::EndedByUs => "ended by us",
        })
    }
}

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for run in self.messages.chunk_by(|a, b| a == b) {
            let command = run.first().copied().flatten();
            f.write_str(if first { "" } else { ", " })?;
            fmt::Display::fmt(&Told(command), f)?;
            if run.len() > 1 {
                write!(f, " ×{}", run.len())?;
            }
            first = false;
        }
        match self.more {
            0 if first => f.write_str("nothing came")?,
            0 => f.write_str(" came")?,
            more => write!(f, " and {more} more came")?,
        }
        write!(f, " in {}", humantime::format_duration(self.waited))
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
            Self::Services { missing } => write!(f, "the target lacks the service bits {missing}"),
            Self::Protocol { wanted, found } => {
                write!(f, "the target speaks version {found}, {wanted} is needed")
            }
        }
    }
}

/// A message as it is told of.
struct Told(Option<Command>);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(command) => fmt::Display::fmt(command, f),
            None => f.write_str("bytes that are no message"),
        }
    }
}
