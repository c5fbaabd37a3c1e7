//! What was said, when and on which connection, as plain data.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::message::DecodeError;
use fake_peer_core::wire::{Command, EnvelopeError, StreamError};
use serde::{Serialize, Serializer};

use super::verdict::ConnectionEnd;
use crate::model::Class;
use crate::model::StepPath;

/// What was said and what was noted, in the order of time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Transcript {
    /// What happened.
    pub entries: Vec<Entry>,
    /// How many entries were left out because there were too many.
    pub left_out: u64,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// When, since the start of the play.
    #[serde(serialize_with = "seconds")]
    pub at: Duration,
    /// On which connection.
    pub connection: Label,
    /// What.
    pub kind: EntryKind,
}

/// Which connection of a play.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Label {
    /// The number of the connection in the play, from 0 on: one that is opened again has another.
    pub number: u32,
    /// What the script calls it.
    #[serde(serialize_with = "as_text")]
    pub name: Arc<str>,
    /// Which of those with this name, from 0 on, if there are several.
    pub member: Option<u32>,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.member {
            None => f.write_str(&self.name),
            Some(member) => write!(f, "{}.{member}", self.name),
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// The connection is there.
    Opened,
    /// It could not be made, or ended.
    Ended(ConnectionEnd),
    /// We sent a message, or raw bytes.
    Sent {
        /// Where in what we sent its first byte stands.
        offset: u64,
        /// The message that it was made from, before any lie; none for raw bytes.
        command: Option<Command>,
        /// The bytes that went out.
        bytes: Recorded,
    },
    /// The target sent an envelope, or bytes that are none.
    Received {
        /// Where in what it sent the first byte stands.
        offset: u64,
        /// The command, if it is one.
        command: Option<Command>,
        /// The bytes, the 24 of the envelope first.
        bytes: Recorded,
    },
    /// Something to know.
    Note(Note),
}

/// Bytes, or the first of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Recorded {
    /// How many there are.
    pub size: u64,
    /// Those that are kept: all, or the first.
    #[serde(serialize_with = "as_hex")]
    pub kept: Vec<u8>,
}

impl Recorded {
    /// Whether all are kept.
    pub fn is_whole(&self) -> bool {
        self.kept.len() as u64 == self.size
    }
}

/// Something to know about a play.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// A step begins. [`Prepared::step_text`](super::Prepared::step_text) has its text.
    Step(StepPath),
    /// An outcome was observed.
    Outcome {
        /// Which.
        path: StepPath,
        /// What it is worth.
        class: Class,
    },
    /// The envelope lies.
    Envelope(#[serde(serialize_with = "as_text")] EnvelopeError),
    /// The payload does not parse.
    Malformed(#[serde(serialize_with = "as_text")] DecodeError),
    /// No envelope starts where one must: from here on nothing is understood.
    Lost(#[serde(serialize_with = "as_text")] StreamError),
    /// The connection ended inside an envelope.
    CutOff {
        /// The bytes of it that came.
        have: usize,
        /// The bytes it should have.
        need: usize,
    },
    /// A wait ended without what it was for.
    TimedOut,
    /// Something was not sent, since the target had ended the connection.
    NotSent(StepPath),
    /// Too much waits to be looked at: the connection is not read until a step has looked at it.
    InboxFull,
    /// Too much waits to be looked at: the oldest is passed over, for a step or the honest peer is
    /// at it.
    InboxOverflow,
}

pub(super) fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

pub(super) fn as_text<S: Serializer>(
    value: &impl fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn as_hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&const_hex::encode(bytes))
}
