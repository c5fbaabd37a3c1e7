//! The errors of a connection or of a single message.

use std::fmt;
use std::io;
use std::time::Duration;

use fake_peer_core::message::DecodeError;
use fake_peer_core::session::SessionError;
use fake_peer_core::transport::TransportError;
use fake_peer_core::wire::{Command, EnvelopeError};

/// Why a message could not be received or sent.
///
/// [`PeerError::Envelope`] and [`PeerError::Decode`] concern one message: the next read goes on
/// after it. All others end the connection. Offsets count from the first byte received.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The connection was refused.
    #[error("cannot connect to {address}: connection refused")]
    Refused {
        /// The address that was dialled, as `host:port`.
        address: String,
    },
    /// The connection could not be opened for another reason.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// The address that was dialled, as `host:port`.
        address: String,
        /// The system's error.
        source: io::Error,
    },
    /// A wait exceeded its time limit.
    #[error("{wait} within {}", humantime::format_duration(*after))]
    Timeout {
        /// What was waited for.
        wait: Wait,
        /// The time limit.
        after: Duration,
    },
    /// The peer closed the connection between two messages, or the connection was already closed.
    #[error("the peer closed the connection")]
    Closed,
    /// The peer closed the connection within a message.
    #[error(
        "the peer closed the connection inside a message: received {have} of {need} bytes from byte {offset} on"
    )]
    ClosedMidMessage {
        /// The offset of the message.
        offset: u64,
        /// The number of its bytes that arrived.
        have: usize,
        /// The number of its bytes, or 24 until its header has arrived.
        need: usize,
    },
    /// The peer reset the connection.
    #[error("the peer reset the connection")]
    Reset,
    /// The connection failed in another way.
    #[error("the connection failed: {0}")]
    Io(#[source] io::Error),
    /// The received bytes are invalid for the transport: over v1, no envelope starts where one is
    /// required.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// An envelope is invalid.
    #[error("message at byte {offset}: {source}")]
    Envelope {
        /// The offset of the envelope.
        offset: u64,
        /// What is wrong with it.
        source: EnvelopeError,
    },
    /// A payload is malformed.
    #[error("message at byte {offset}: {source}")]
    Decode {
        /// The offset of the envelope.
        offset: u64,
        /// What is wrong with the payload.
        source: DecodeError,
    },
    /// The peer broke the rules of the handshake or of a session, or is not acceptable to us.
    #[error(transparent)]
    Session(SessionError),
}

/// What was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The connection.
    Connect,
    /// The handshake of the transport.
    Transport,
    /// Version and verack of the peer.
    Handshake,
    /// Any message.
    Message,
    /// This message.
    MessageOf(Command),
    /// The answer to our ping.
    Pong,
    /// The peer reading what we send.
    Send,
}

/// The cause of an error, roughly. The exit code depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The network failed, or the peer ended the connection.
    Network,
    /// The peer broke the protocol.
    Protocol,
}

impl PeerError {
    /// Returns whether the network failed or the peer broke the protocol.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Transport(_) | Self::Envelope { .. } | Self::Decode { .. } | Self::Session(_) => {
                ErrorKind::Protocol
            }
            _ => ErrorKind::Network,
        }
    }

    /// Returns whether the error concerns one message, so that the connection goes on after it.
    pub fn is_about_one_message(&self) -> bool {
        matches!(self, Self::Envelope { .. } | Self::Decode { .. })
    }

    /// Converts an error of a connected socket.
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
            Self::Transport => f.write_str("no handshake of the transport"),
            Self::Handshake => f.write_str("no handshake"),
            Self::Message => f.write_str("no message"),
            Self::MessageOf(command) => write!(f, "no {command} message"),
            Self::Pong => f.write_str("no pong"),
            Self::Send => f.write_str("the peer read nothing of what we sent"),
        }
    }
}
