//! What is found in an input: messages, and what lies between them.

use std::fmt;
use std::net::SocketAddr;

use fake_peer_core::Message;
use fake_peer_core::message::DecodeError;
use fake_peer_core::wire::{Command, CommandError, EnvelopeError, RawEnvelope, Rules};

use super::magic::Magic;

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where its first byte stands: in the file, or in its direction of a TCP connection.
    pub offset: u64,
    /// When it came, in microseconds since 1970, where the input tells.
    pub time: Option<u64>,
    /// Who sent it to whom, where the input tells.
    pub flow: Option<Flow>,
    /// The thing.
    pub piece: Piece,
}

impl Record {
    /// A record of an input that knows neither times nor peers.
    pub(super) fn new(offset: u64, piece: Piece) -> Self {
        Self {
            offset,
            time: None,
            flow: None,
            piece,
        }
    }
}

/// Who sends, and who receives.
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
    /// An envelope with its payload. Where the input has payloads alone, the envelope around it is
    /// an honest one.
    Message {
        /// The network, unless the input does not tell.
        magic: Option<Magic>,
        /// The envelope.
        envelope: RawEnvelope,
        /// Whether the input has the envelope, or the payload alone.
        on_wire: bool,
    },
    /// Bytes in which no envelope starts.
    Skipped {
        /// The bytes.
        bytes: Vec<u8>,
        /// Why.
        reason: SkipReason,
    },
    /// Bytes that were sent, and that the capture does not have, or has megabytes behind their
    /// place.
    Missing {
        /// How many.
        length: u64,
    },
}

/// Why no envelope starts here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    /// The four bytes are no magic.
    #[error("found magic {}, expected {expected}", const_hex::encode(found))]
    Magic {
        /// The four bytes.
        found: [u8; 4],
        /// The only magic that would do; without one, that of any known network.
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
        /// The bytes it needs, as far as can be told.
        need: usize,
        /// The bytes that are there.
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
    /// The command, unless the twelve bytes hold none.
    pub command: Result<Command, CommandError>,
    /// The message, if there is a command and the payload parses.
    pub message: Option<Message>,
    /// The first thing that is wrong.
    pub problem: Option<Problem>,
}

/// What is wrong with a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The envelope lies.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The payload does not parse.
    #[error("{}", .0.malformed)]
    Payload(#[from] DecodeError),
}

impl Reading {
    /// Reads the payload even if the envelope lies about its checksum.
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
