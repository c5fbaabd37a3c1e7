//! What came of a play.

use std::time::Duration;

use fake_peer_core::message::Services;
use fake_peer_core::transport::TransportError;
use fake_peer_core::wire::Command;
use serde::Serialize;

use super::transcript::{Label, Transcript, as_text, seconds};
use crate::model::{Name, Observation, Role, StepPath};
use crate::wire::WireError;

/// What came of a play.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Played {
    /// The judgement.
    pub verdict: Verdict,
    /// Every connection there was, in the order in which they were opened.
    pub connections: Vec<ConnectionReport>,
    /// How long it took.
    #[serde(serialize_with = "seconds")]
    pub elapsed: Duration,
    /// What all that was random was drawn from.
    pub seed: u64,
    /// What was said.
    pub transcript: Transcript,
}

/// What became of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionReport {
    /// Which.
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
    /// The target closed it in order (FIN).
    Closed,
    /// The target reset it (RST).
    Reset,
    /// It was open, and a ping of ours went unanswered.
    Unresponsive,
    /// It could not be made.
    Refused,
    /// The script ended it.
    EndedByUs,
}

/// The judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The target did as it should.
    Pass {
        /// The note of the last outcome.
        note: Option<String>,
    },
    /// The target did what is allowed, but not the best.
    Weaker {
        /// The note of the first such outcome.
        note: Option<String>,
    },
    /// The target did what is not allowed, or not what was expected.
    Fail(Box<Failure>),
    /// The target is not one that the script is for.
    Unsupported(Unmet),
    /// The script cannot be played. It says nothing about the target.
    Error(PlayError),
}

/// A step of the script that was played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepRef {
    /// Where it stands.
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
    /// What came meanwhile.
    pub observed: Observed,
    /// Everything the step waited for; empty for a handshake, and for a message that is forbidden.
    #[serde(skip)]
    pub expectations: Vec<Observation>,
}

/// What came while something else was expected.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Observed {
    /// The commands of the first messages; none for one whose envelope lies.
    pub messages: Vec<Option<Command>>,
    /// How many more there were.
    pub more: u64,
    /// How long it was waited.
    #[serde(serialize_with = "seconds")]
    pub waited: Duration,
}

impl Observed {
    /// How many messages are listed by their command.
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
    /// The wait ended without it.
    TimedOut,
    /// The wait ended, and a ping of ours was not answered by then.
    Unresponsive,
    /// The target ended the connection.
    Ended(ConnectionEnd),
    /// The target ended the connection otherwise than expected.
    OtherEnd(ConnectionEnd),
    /// The target sent something in a silence.
    Spoke {
        /// What; none for bytes that are no message.
        command: Option<Command>,
    },
    /// The target sent what must not come.
    Forbidden {
        /// What.
        command: Command,
    },
    /// An outcome that is not allowed.
    NotAllowed {
        /// Why.
        note: Option<String>,
    },
    /// The target sent bytes that are no envelope.
    NoEnvelope(#[serde(serialize_with = "as_text")] TransportError),
    /// The target cannot be connected to, and never could.
    Refused,
    /// The target took connections, and takes no more: it died.
    Died,
    /// The target that should dial did not, in time.
    DidNotDial,
}

/// What a target lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unmet {
    /// The script is for the other end of the connection.
    Role {
        /// What it is for.
        wanted: Role,
    },
    /// Service bits of its `version`.
    Services {
        /// Those that are missing.
        missing: Services,
    },
    /// The protocol version of its `version`.
    Protocol {
        /// The lowest that will do.
        wanted: i32,
        /// What it has.
        found: i32,
    },
}

/// Why a script cannot be played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlayError {
    /// A step cannot be sent.
    #[error("step {}, {}: {error}", step.path, step.text)]
    Wire {
        /// The step.
        step: StepRef,
        /// Why.
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
    /// A step opens a connection that is open.
    #[error("step {}, {}: the connection {connection} is open", step.path, step.text)]
    OpenAlready {
        /// The step.
        step: StepRef,
        /// The connection.
        connection: Name,
    },
    /// A step serves a chain that is not there.
    #[error("step {}, {}: there is no chain {chain}", step.path, step.text)]
    NoChain {
        /// The step.
        step: StepRef,
        /// The chain.
        chain: Name,
    },
    /// It opens too many connections.
    #[error("the play has more than {limit} connections")]
    TooManyConnections {
        /// The most there may be.
        limit: usize,
    },
    /// It takes too long.
    #[error("the play takes longer than {limit:?}")]
    TooLong {
        /// The longest it may take.
        limit: Duration,
    },
    /// It has too many steps.
    #[error("the play has more than {limit} steps")]
    TooManySteps {
        /// The most there may be.
        limit: u64,
    },
    /// It sends too much.
    #[error("the play sends more than {limit} bytes")]
    TooMuchSent {
        /// The most bytes that it may send.
        limit: u64,
    },
    /// The driver stopped before the play was over.
    #[error("the play was stopped before its end")]
    Stopped,
}
