//! Why a session ends.

use std::time::Duration;

use crate::wire::Command;

/// A message that should not have come when it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Another message before `version`.
    #[error("a message came before version")]
    BeforeVersion,
    /// A message between `version` and `verack` that is no negotiation.
    #[error("a message came between version and verack")]
    BeforeVerack,
    /// A second `version`.
    #[error("a second version came")]
    DuplicateVersion,
    /// A second `verack`.
    #[error("a second verack came")]
    DuplicateVerack,
    /// Negotiation after the handshake.
    #[error("{command} came after verack, it belongs before")]
    LateNegotiation {
        /// The message.
        command: Command,
    },
}

/// Why the connection is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The peer broke a rule that we do not forgive.
    #[error("{0}")]
    Violation(Violation),
    /// The peer is too old for us.
    #[error("the peer speaks protocol version {found}, {oldest} is the oldest we speak")]
    TooOld {
        /// The peer's version.
        found: i32,
        /// Our oldest.
        oldest: i32,
    },
    /// The peer is ourselves.
    #[error("the peer's nonce is our own, {nonce:#018x}: we are connected to ourselves")]
    SelfConnection {
        /// The nonce.
        nonce: u64,
    },
    /// The handshake took too long.
    #[error("no handshake within {after:?}")]
    HandshakeTimeout {
        /// The time given.
        after: Duration,
    },
    /// The peer said nothing for too long.
    #[error("nothing came for {after:?}")]
    Silence {
        /// The time given.
        after: Duration,
    },
    /// The peer did not answer a ping.
    #[error("no pong within {after:?}")]
    NoPong {
        /// The time given.
        after: Duration,
    },
}
