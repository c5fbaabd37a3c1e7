//! Why nothing more can be read from a connection.

use crate::wire::StreamError;

/// The other end's bytes are not those of the transport: nothing after them can be read.
///
/// Offsets count from the first byte of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No v1 envelope starts where one must.
    #[error(transparent)]
    V1(#[from] StreamError),
    /// The first bytes belong to no transport that this end speaks.
    #[error(
        "byte 0: expected the first bytes of a known transport, found {}",
        const_hex::encode(found)
    )]
    UnknownProtocol {
        /// The bytes that decided it.
        found: [u8; 16],
    },
    /// A length is over the limit.
    #[error("byte {offset}: a length of {length} bytes is over the limit of {limit}")]
    OverLimit {
        /// Where the length stands.
        offset: u64,
        /// The length announced, in bytes.
        length: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The bytes are not what an end of this transport sends.
    #[error("byte {offset}: expected {expected}")]
    Broken {
        /// Where the bytes stand.
        offset: u64,
        /// What would have been right.
        expected: &'static str,
    },
}

/// What kind of fault an error is, for those who react to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The other end speaks the transport, on another network, or has lost its place in the stream.
    OtherNetwork,
    /// It announced more than is allowed.
    OverLimit,
    /// It speaks a transport that this end does not know.
    UnknownProtocol,
    /// It broke the rules of the transport.
    Broken,
}

impl TransportError {
    /// What kind of fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::V1(StreamError::Magic { .. }) => Fault::OtherNetwork,
            Self::V1(StreamError::OverLimit { .. }) | Self::OverLimit { .. } => Fault::OverLimit,
            Self::UnknownProtocol { .. } => Fault::UnknownProtocol,
            Self::Broken { .. } => Fault::Broken,
        }
    }
}
