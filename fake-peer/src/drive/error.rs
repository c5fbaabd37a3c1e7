//! What can end a conversation, or spoil a message of it.

use std::fmt;
use std::io;
use std::time::Duration;

use fake_peer_core::message::DecodeError;
use fake_peer_core::session::SessionError;
use fake_peer_core::wire::{Command, EnvelopeError, StreamError};

/// Why there is no message, or nobody to send one to.
///
/// [`PeerError::Envelope`] and [`PeerError::Decode`] are about one message: the next read goes on
/// behind it. All others end the connection. Offsets count from the first byte that came.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// Nobody listens there.
    #[error("cannot connect to {address}: connection refused")]
    Refused {
        /// Where.
        address: String,
    },
    /// The connection could not be made for another reason.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Where to.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// Something took too long.
    #[error("{wait} within {}", humantime::format_duration(*after))]
    Timeout {
        /// What.
        wait: Wait,
        /// The time it was given.
        after: Duration,
    },
    /// The peer closed the connection between two messages, or it was closed before.
    #[error("the peer closed the connection")]
    Closed,
    /// The peer closed the connection within a message.
    #[error(
        "the peer closed the connection in mid-message: {have} of the {need} bytes from byte {offset} on came"
    )]
    ClosedMidMessage {
        /// Where the message starts.
        offset: u64,
        /// How many of its bytes came.
        have: usize,
        /// How many are needed, as far as can be told: 24 until its header is there.
        need: usize,
    },
    /// The peer tore the connection down.
    #[error("the peer reset the connection")]
    Reset,
    /// The connection failed in another way.
    #[error("the connection failed: {0}")]
    Io(#[source] io::Error),
    /// No envelope starts where one must.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// An envelope lies.
    #[error("message at byte {offset}: {source}")]
    Envelope {
        /// Where the envelope starts.
        offset: u64,
        /// What is wrong with it.
        source: EnvelopeError,
    },
    /// A payload does not parse.
    #[error("message at byte {offset}: {source}")]
    Decode {
        /// Where the envelope starts.
        offset: u64,
        /// What is wrong with the payload.
        source: DecodeError,
    },
    /// The peer may not talk like that, or not with us.
    #[error(transparent)]
    Session(SessionError),
}

/// What was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The connection.
    Connect,
    /// Version and verack of the peer.
    Handshake,
    /// Any message.
    Message,
    /// This message.
    MessageOf(Command),
    /// The answer to our ping.
    Pong,
    /// The peer taking what we send.
    Send,
}

/// Whose fault an error is, roughly: what an exit code is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The way to the peer failed, or the peer went away.
    Network,
    /// The peer said something it must not say.
    Protocol,
}

impl PeerError {
    /// Whether the network failed or the peer broke the protocol.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Stream(_) | Self::Envelope { .. } | Self::Decode { .. } | Self::Session(_) => {
                ErrorKind::Protocol
            }
            _ => ErrorKind::Network,
        }
    }

    /// Whether the error is about one message, and the connection goes on behind it.
    pub fn is_about_one_message(&self) -> bool {
        matches!(self, Self::Envelope { .. } | Self::Decode { .. })
    }

    /// An error of a socket that was connected.
    pub(super) fn from_io(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => Self::Reset,
            _ => Self::Io(error),
        }
    }
}

impl From<SessionError> for PeerError {
    fn from(error: SessionError) -> Self {
        let (wait, after) = match error {
            SessionError::HandshakeTimeout { after } => (Wait::Handshake, after),
            SessionError::Silence { after } => (Wait::Message, after),
            SessionError::NoPong { after } => (Wait::Pong, after),
            other => return Self::Session(other),
        };
        Self::Timeout { wait, after }
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("no connection"),
            Self::Handshake => f.write_str("no handshake"),
            Self::Message => f.write_str("no message"),
            Self::MessageOf(command) => write!(f, "no {command} message"),
            Self::Pong => f.write_str("no pong"),
            Self::Send => f.write_str("the peer did not take what we sent"),
        }
    }
}
