//! Why an input cannot be read at all.

use std::io;

use super::hex::HexError;
use super::pcap::PcapError;

/// The input cannot be read, or not to the end.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Reading failed.
    #[error("{0}")]
    Io(#[source] io::Error),
    /// The input has no bytes.
    #[error("the input is empty")]
    Empty,
    /// Text that is not hexadecimal.
    #[error("{0}")]
    Hex(#[from] HexError),
    /// A payload too long for any envelope.
    #[error("the payload is longer than the limit of {limit} bytes")]
    PayloadOverLimit {
        /// The limit, in bytes.
        limit: u32,
    },
    /// A damaged pcap or pcapng file.
    #[error("{0}")]
    Pcap(#[from] PcapError),
}

impl From<io::Error> for InputError {
    fn from(error: io::Error) -> Self {
        match error.downcast() {
            Ok(hex) => Self::Hex(hex),
            Err(error) => Self::Io(error),
        }
    }
}
