//! The contents of an input: messages, and the bytes between them.

use std::fmt;
use std::net::SocketAddr;

use fake_peer_core::Message;
use fake_peer_core::message::DecodeError;
use fake_peer_core::wire::{Command, CommandError, EnvelopeError, RawEnvelope, Rules};

use super::magic::Magic;

/// A piece of an input, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The offset of its first byte in the file, or in its direction of a TCP connection.
    pub offset: u64,
    /// The time of its arrival in microseconds since 1970, if the input contains it.
    pub time: Option<u64>,
    /// The sender and the receiver, if the input contains them.
    pub flow: Option<Flow>,
    /// The message, or the other bytes.
    pub piece: Piece,
}

impl Record {
    /// Creates a record of an input without times and addresses.
    pub(super) fn new(offset: u64, piece: Piece) -> Self {
        Self {
            offset,
            time: None,
            flow: None,
            piece,
        }
    }
}

/// The sender and the receiver of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flow {
    /// The sender.
    pub from: SocketAddr,
    /// The receiver.
    pub to: SocketAddr,
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} > {}", self.from, self.to)
    }
}

/// A piece of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// An envelope with its payload. If the input contains payloads only, their envelopes are
    /// valid.
    Message {
        /// The magic of the network, if the input contains it.
        magic: Option<Magic>,
        /// The envelope.
        envelope: RawEnvelope,
        /// Whether the input contains the envelope, and not the payload alone.
        on_wire: bool,
    },
    /// Bytes in which no envelope starts.
    Skipped {
        /// The bytes.
        bytes: Vec<u8>,
        /// Why no envelope starts in them.
        reason: SkipReason,
    },
    /// Bytes that were sent, but are missing in the capture, or come megabytes too late.
    Missing {
        /// The number of bytes.
        length: u64,
    },
}

/// Why no envelope starts at some byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    /// The four bytes are not the magic that was expected.
    #[error("found magic {}, expected {expected}", const_hex::encode(found))]
    Magic {
        /// The four bytes.
        found: [u8; 4],
        /// The magic that was expected, which may be that of any known network.
        expected: Expected,
    },
    /// Fewer than four bytes are left.
    #[error("too few bytes for an envelope")]
    TooShort,
    /// The length is over the limit.
    #[error("a length of {length} bytes is over the limit of {limit}")]
    OverLimit {
        /// The length announced, in bytes.
        length: u32,
        /// The limit, in bytes.
        limit: u32,
    },
    /// The envelope, or the record of a capture, does not end before the input does.
    #[error("cut off: {have} of {need} bytes are there")]
    CutOff {
        /// The number of bytes that it needs, as far as that is known.
        need: usize,
        /// The number of bytes that the input contains.
        have: usize,
    },
}

/// The magic that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected(pub Option<Magic>);

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(magic) => write!(f, "{}", const_hex::encode(magic.0)),
            None => f.write_str("that of a known network"),
        }
    }
}

/// A message as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The command, or why the twelve bytes are not a command.
    pub command: Result<Command, CommandError>,
    /// The message, if the command is valid and the payload parses.
    pub message: Option<Message>,
    /// The first problem.
    pub problem: Option<Problem>,
}

/// What is wrong with a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The envelope is invalid.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The payload does not parse.
    #[error("{}", .0.malformed)]
    Payload(#[from] DecodeError),
}

impl Reading {
    /// Reads the payload, even if the checksum in the envelope is wrong.
    pub fn of(envelope: &RawEnvelope, rules: &Rules) -> Self {
        let magic = envelope.magic.unwrap_or_default();
        let lie = envelope.verify(magic, rules).err();
        let command = Command::from_bytes(envelope.command);
        let decoded =
            command.map(|command| Message::decode_with(command, &envelope.payload, rules));
        let (message, malformed) = match decoded {
            Ok(Ok(message)) => (Some(message), None),
            Ok(Err(error)) => (None, Some(error)),
            Err(_) => (None, None),
        };
        Self {
            command,
            message,
            problem: lie.map(Problem::from).or(malformed.map(Problem::from)),
        }
    }
}
