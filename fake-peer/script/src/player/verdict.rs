//! The result of a play.

use std::time::Duration;

use fake_peer_core::message::Services;
use fake_peer_core::transport::TransportError;
use fake_peer_core::wire::Command;
use serde::Serialize;

use super::transcript::{Label, Transcript, as_text, seconds};
use crate::model::{Name, Observation, Role, StepPath};
use crate::wire::WireError;

/// The result of a play.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Played {
    /// The verdict.
    pub verdict: Verdict,
    /// Every connection of the play, in the order in which they were opened.
    pub connections: Vec<ConnectionReport>,
    /// How long it took.
    #[serde(serialize_with = "seconds")]
    pub elapsed: Duration,
    /// The seed of all random values.
    pub seed: u64,
    /// What was sent, received and noted.
    pub transcript: Transcript,
}

/// A connection, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionReport {
    /// The connection.
    pub label: Label,
    /// How it ended.
    pub end: ConnectionEnd,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionEnd {
    /// It was open at the end of the play.
    Open,
    /// The target closed it cleanly (FIN).
    Closed,
    /// The target reset it (RST).
    Reset,
    /// It was open, and a ping of ours went unanswered.
    Unresponsive,
    /// It could not be opened.
    Refused,
    /// The script ended it.
    EndedByUs,
}

/// The verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The target behaved as it should.
    Pass {
        /// The note of the last outcome.
        note: Option<String>,
    },
    /// The target did something that is allowed, but is not the best behaviour.
    Weaker {
        /// The note of the first such outcome.
        note: Option<String>,
    },
    /// The target did something that is not allowed, or did not do what was expected.
    Fail(Box<Failure>),
    /// The script is not for this target.
    Unsupported(Unmet),
    /// The script cannot be played. It says nothing about the target.
    Error(PlayError),
}

/// A step of the script that was played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepRef {
    /// The path to the step.
    pub path: StepPath,
    /// Its text, in one line.
    pub text: String,
}

/// How a target failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// The step that was being done: what was expected.
    pub step: StepRef,
    /// The connection.
    pub connection: Label,
    /// The messages that were received meanwhile.
    pub observed: Observed,
    /// Everything the step waited for; empty for a handshake, and for a message that is forbidden.
    #[serde(skip)]
    pub expectations: Vec<Observation>,
}

/// The messages that were received while something else was expected.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Observed {
    /// The commands of the first messages; none for an invalid envelope.
    pub messages: Vec<Option<Command>>,
    /// The number of messages after these.
    pub more: u64,
    /// How long the player waited.
    #[serde(serialize_with = "seconds")]
    pub waited: Duration,
}

impl Observed {
    /// The most messages that are listed by their command.
    pub const FIRST: usize = 16;

    pub(super) fn add(&mut self, command: Option<Command>) {
        if self.messages.len() < Self::FIRST {
            self.messages.push(command);
        } else {
            self.more += 1;
        }
    }
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The wait ended without what it waited for.
    TimedOut,
    /// The wait ended, and a ping of ours was not answered by then.
    Unresponsive,
    /// The target ended the connection.
    Ended(ConnectionEnd),
    /// The target ended the connection in another way than expected.
    OtherEnd(ConnectionEnd),
    /// The target sent something during a silence.
    Spoke {
        /// The command; none for bytes that are not a message.
        command: Option<Command>,
    },
    /// The target sent a forbidden message.
    Forbidden {
        /// The command of the message.
        command: Command,
    },
    /// The target did something that is not allowed.
    NotAllowed {
        /// The note of the outcome.
        note: Option<String>,
    },
    /// The target sent bytes that are not an envelope.
    NoEnvelope(#[serde(serialize_with = "as_text")] TransportError),
    /// No connection to the target can be opened, and none was open before.
    Refused,
    /// The target accepted a connection before and no longer does; it probably crashed.
    Died,
    /// The target should have dialled, and did not do so in time.
    DidNotDial,
}

/// What a target lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unmet {
    /// The script is for the other end of the connection.
    Role {
        /// The role that the script is for.
        wanted: Role,
    },
    /// Service bits of its `version`.
    Services {
        /// Those that are missing.
        missing: Services,
    },
    /// The protocol version of its `version`.
    Protocol {
        /// The lowest version that the script allows.
        wanted: i32,
        /// The version of the target.
        found: i32,
    },
}

/// Why a script cannot be played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlayError {
    /// What a step sends cannot be encoded.
    #[error("step {}, {}: {error}", step.path, step.text)]
    Wire {
        /// The step.
        step: StepRef,
        /// Why it cannot be encoded.
        #[serde(serialize_with = "as_text")]
        error: WireError,
    },
    /// A step comes after we ended its connection.
    #[error("step {}, {}: we have ended the connection {connection}", step.path, step.text)]
    Ended {
        /// The step.
        step: StepRef,
        /// The connection.
        connection: Name,
    },
    /// A step opens a connection that is already open.
    #[error("step {}, {}: the connection {connection} is open", step.path, step.text)]
    OpenAlready {
        /// The step.
        step: StepRef,
        /// The connection.
        connection: Name,
    },
    /// A step serves a chain that does not exist.
    #[error("step {}, {}: there is no chain {chain}", step.path, step.text)]
    NoChain {
        /// The step.
        step: StepRef,
        /// The chain.
        chain: Name,
    },
    /// The play opens too many connections.
    #[error("the play has more than {limit} connections")]
    TooManyConnections {
        /// The most connections that it may open.
        limit: usize,
    },
    /// The play takes too long.
    #[error("the play takes longer than {limit:?}")]
    TooLong {
        /// The longest it may take.
        limit: Duration,
    },
    /// The play has too many steps.
    #[error("the play has more than {limit} steps")]
    TooManySteps {
        /// The most steps that it may have.
        limit: u64,
    },
    /// The play sends too much.
    #[error("the play sends more than {limit} bytes")]
    TooMuchSent {
        /// The most bytes that it may send.
        limit: u64,
    },
    /// The driver stopped before the play was over.
    #[error("the play was stopped before its end")]
    Stopped,
}
