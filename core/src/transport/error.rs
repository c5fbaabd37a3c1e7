//! The errors after which nothing more can be read from a connection.

use crate::wire::StreamError;

/// The other end's bytes are invalid for the transport, so that nothing after them can be read.
///
/// Offsets count from the first byte of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No v1 envelope starts where one is required.
    #[error(transparent)]
    V1(#[from] StreamError),
    /// The first bytes belong to no transport that this end speaks.
    #[error(
        "byte 0: expected the first bytes of a known transport, found {}",
        const_hex::encode(found)
    )]
    UnknownProtocol {
        /// The first 16 bytes.
        found: [u8; 16],
    },
    /// A length is over the limit.
    #[error("byte {offset}: a length of {length} bytes is over the limit of {limit}")]
    OverLimit {
        /// The offset of the length.
        offset: u64,
        /// The length announced, in bytes.
        length: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The bytes break the rules of the transport.
    #[error("byte {offset}: expected {expected}")]
    Broken {
        /// The offset of the bytes.
        offset: u64,
        /// The bytes that were expected.
        expected: &'static str,
    },
}

/// The kind of an error, which determines how a peer reacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The other end speaks the transport on another network, or the stream is out of step.
    OtherNetwork,
    /// The other end announced a length above the limit.
    OverLimit,
    /// The other end speaks a transport that this end does not support.
    UnknownProtocol,
    /// The other end broke the rules of the transport.
    Broken,
}

impl TransportError {
    /// Returns the kind of the error.
    pub fn fault(&self) -> Fault {
        match self {
            Self::V1(StreamError::Magic { .. }) => Fault::OtherNetwork,
            Self::V1(StreamError::OverLimit { .. }) | Self::OverLimit { .. } => Fault::OverLimit,
            Self::UnknownProtocol { .. } => Fault::UnknownProtocol,
            Self::Broken { .. } => Fault::Broken,
        }
    }
}
