//! The errors that end a session.

use std::time::Duration;

use crate::wire::Command;

/// A message that is not allowed at this point of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Another message before `version`.
    #[error("a message came before version")]
    BeforeVersion,
    /// A message between `version` and `verack` that is not a negotiation.
    #[error("a message came between version and verack")]
    BeforeVerack,
    /// A second `version`.
    #[error("a second version came")]
    DuplicateVersion,
    /// A second `verack`.
    #[error("a second verack came")]
    DuplicateVerack,
    /// Negotiation after the handshake.
    #[error("{command} came after verack, expected before it")]
    LateNegotiation {
        /// The command of the message.
        command: Command,
    },
}

/// Why the connection has to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The peer broke a rule whose reaction is to disconnect.
    #[error("{0}")]
    Violation(Violation),
    /// The peer is too old for us.
    #[error("found protocol version {found}, expected at least {oldest}")]
    TooOld {
        /// The peer's version.
        found: i32,
        /// The oldest version that we support.
        oldest: i32,
    },
    /// The peer is ourselves.
    #[error("connected to ourselves: the peer's nonce is our own, {nonce:#018x}")]
    SelfConnection {
        /// The nonce.
        nonce: u64,
    },
    /// The handshake took too long.
    #[error("handshake timed out after {after:?}")]
    HandshakeTimeout {
        /// The time limit.
        after: Duration,
    },
    /// The peer sent nothing for too long.
    #[error("timed out: nothing came for {after:?}")]
    Silence {
        /// The time limit.
        after: Duration,
    },
    /// The peer did not answer a ping.
    #[error("ping timed out: no pong within {after:?}")]
    NoPong {
        /// The time limit.
        after: Duration,
    },
}
