//! What was said, when and on which connection, as plain data.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::Message;
use fake_peer_core::message::DecodeError;
use fake_peer_core::transport::TransportError;
use fake_peer_core::wire::{Command, EnvelopeError, RawEnvelope};
use serde::ser::SerializeStruct as _;
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
        /// What went out.
        bytes: Recorded,
    },
    /// The target sent an envelope, or bytes that are none.
    Received {
        /// Where in what it sent the first byte stands.
        offset: u64,
        /// The command, if it is one.
        command: Option<Command>,
        /// What came.
        bytes: Recorded,
    },
    /// Something to know.
    Note(Note),
}

/// A piece of a stream, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The bytes that it takes in the stream. Of what we sent, those that went out.
    pub size: u64,
    /// What is kept of it.
    pub kept: Kept,
}

/// What is kept of a piece of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// A message that passed whole.
    Envelope {
        /// The envelope. Its payload may be cut to what may be kept.
        envelope: RawEnvelope,
        /// How many bytes of the payload are not kept.
        missing: usize,
        /// The message in it.
        decoded: Decoded,
    },
    /// The first bytes of a message that did not go out whole.
    Part {
        /// The bytes.
        bytes: Vec<u8>,
        /// How many bytes the whole message has.
        of: u64,
    },
    /// The first of bytes that are no message.
    Bytes(Vec<u8>),
    /// The first of the bytes that a transport sent on its own account.
    Control(Vec<u8>),
}

/// What an envelope holds, if it was read when it passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// This message.
    Message(Arc<Message>),
    /// A payload that does not parse.
    Malformed(Arc<DecodeError>),
    /// It was not read, or the message was too large to be kept.
    Unread,
}

impl Recorded {
    /// Whether all of it is kept.
    pub fn is_whole(&self) -> bool {
        self.missing() == 0
    }

    /// How many bytes are not kept.
    pub fn missing(&self) -> u64 {
        match &self.kept {
            Kept::Envelope { missing, .. } => *missing as u64,
            Kept::Part { bytes, .. } | Kept::Bytes(bytes) | Kept::Control(bytes) => {
                self.size - bytes.len() as u64
            }
        }
    }

    /// The bytes that are kept: of a message, its v1 header, if it has one, and its payload.
    pub fn kept(&self) -> Vec<u8> {
        self.first(usize::MAX)
    }

    /// The first `limit` of [`Recorded::kept`].
    pub fn first(&self, limit: usize) -> Vec<u8> {
        let up_to = |bytes: &[u8], limit: usize| bytes.get(..limit).unwrap_or(bytes).to_vec();
        match &self.kept {
            Kept::Envelope { envelope, .. } => {
                let header = envelope.v1_header();
                let mut bytes = up_to(header.as_ref().map_or(&[], |it| &it[..]), limit);
                bytes.extend(up_to(&envelope.payload, limit - bytes.len()));
                bytes
            }
            Kept::Part { bytes, .. } | Kept::Bytes(bytes) | Kept::Control(bytes) => {
                up_to(bytes, limit)
            }
        }
    }

    /// The message, if it was read when it passed and is kept.
    pub fn message(&self) -> Option<&Message> {
        match &self.kept {
            Kept::Envelope {
                decoded: Decoded::Message(message),
                ..
            } => Some(message),
            Kept::Envelope { .. } | Kept::Part { .. } | Kept::Bytes(_) | Kept::Control(_) => None,
        }
    }
}

impl Serialize for Recorded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Recorded", 2)?;
        fields.serialize_field("size", &self.size)?;
        fields.serialize_field("kept", &const_hex::encode(self.kept()))?;
        fields.end()
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
    Lost(#[serde(serialize_with = "as_text")] TransportError),
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
