//! What was sent and received, when and on which connection, as plain data.

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

/// What was sent, received and noted, in the order of time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Transcript {
    /// The entries, in the order of time.
    pub entries: Vec<Entry>,
    /// How many entries were left out because there were too many.
    pub left_out: u64,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The time since the start of the play.
    #[serde(serialize_with = "seconds")]
    pub at: Duration,
    /// The connection.
    pub connection: Label,
    /// What happened.
    pub kind: EntryKind,
}

/// The identity of a connection of a play.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Label {
    /// The number of the connection in the play, from 0 on. A connection that is opened again has a
    /// new number.
    pub number: u32,
    /// The name in the script.
    #[serde(serialize_with = "as_text")]
    pub name: Arc<str>,
    /// The index among the connections of this name, from 0 on, if there are several.
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
    /// The connection is open.
    Opened,
    /// The connection could not be opened, or it ended.
    Ended(ConnectionEnd),
    /// We sent a message, or raw bytes.
    Sent {
        /// The offset of its first byte in the stream that we sent.
        offset: u64,
        /// The command of the message before any lie; none for raw bytes.
        command: Option<Command>,
        /// What was sent.
        bytes: Recorded,
    },
    /// The target sent an envelope, or bytes that are not an envelope.
    Received {
        /// The offset of the first byte in the stream that the target sent.
        offset: u64,
        /// The command, if there is a valid one.
        command: Option<Command>,
        /// What was received.
        bytes: Recorded,
    },
    /// A note.
    Note(Note),
}

/// A piece of a stream, cut to what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The number of bytes that it takes in the stream. For what we sent, only the bytes that were
    /// really sent count.
    pub size: u64,
    /// What is kept of it.
    pub kept: Kept,
}

/// What is kept of a piece of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// A complete message.
    Envelope {
        /// The envelope. Its payload may be cut to the limits.
        envelope: RawEnvelope,
        /// How many bytes of the payload are not kept.
        missing: usize,
        /// The decoded message.
        decoded: Decoded,
    },
    /// The first bytes of a message that was not sent completely.
    Part {
        /// The bytes.
        bytes: Vec<u8>,
        /// How many bytes the whole message has.
        of: u64,
    },
    /// The first of some bytes that are not a message.
    Bytes(Vec<u8>),
    /// The first of the bytes that a transport sent on its own.
    Control(Vec<u8>),
}

/// The content of an envelope, if it was decoded when it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// This message.
    Message(Arc<Message>),
    /// A payload that cannot be decoded.
    Malformed(Arc<DecodeError>),
    /// It was not decoded, or the message was too large to be kept.
    Unread,
}

impl Recorded {
    /// Whether everything is kept.
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

    /// The message, if it was decoded when it was recorded and is kept.
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

/// A note about a play.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// A step begins. [`Prepared::step_text`](super::Prepared::step_text) has its text.
    Step(StepPath),
    /// An outcome was observed.
    Outcome {
        /// The path to the outcome.
        path: StepPath,
        /// The class of the outcome.
        class: Class,
    },
    /// The envelope is invalid.
    Envelope(#[serde(serialize_with = "as_text")] EnvelopeError),
    /// The payload cannot be decoded.
    Malformed(#[serde(serialize_with = "as_text")] DecodeError),
    /// No envelope starts where one must: nothing can be read from here on.
    Lost(#[serde(serialize_with = "as_text")] TransportError),
    /// The connection ended inside an envelope.
    CutOff {
        /// The number of its bytes that were received.
        have: usize,
        /// The number of bytes that it should have.
        need: usize,
    },
    /// A wait ended without what it waited for.
    TimedOut,
    /// Something was not sent, since the target had ended the connection.
    NotSent(StepPath),
    /// Too many bytes are waiting: the connection is not read until a step has processed them.
    InboxFull,
    /// Too many bytes are waiting while a step or the honest peer processes messages: the oldest
    /// ones are dropped.
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
