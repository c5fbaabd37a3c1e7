//! Detection of v1 by its first bytes, for a node that also speaks BIP324.

use super::{Frame, Transport, TransportError, Unread, V1};
use crate::wire::{Command, RawEnvelope, Rules, StreamError};

/// The first bytes of a `version` after its magic.
const VERSION: &[u8; Command::SIZE] = b"version\0\0\0\0\0";
/// The number of bytes after which the detection is complete.
const PREFIX: usize = 16;

/// The accepting end of a connection at a node that also speaks BIP324. The first bytes show
/// whether the other end speaks v1. If they start with the network's magic, it does, and `T` takes
/// over. Otherwise the first 16 bytes are those of a `version` on another network, or of another
/// transport.
///
/// Nothing can be sent until the detection is complete.
///
/// Source: Bitcoin Core `V2Transport::ProcessReceivedMaybeV1Bytes` and `ProcessReceivedKeyBytes`
/// (`src/net.cpp`).
#[derive(Debug, Clone)]
pub struct DetectV1<T = V1> {
    magic: [u8; 4],
    /// The received bytes, until they are known to be v1.
    first: Vec<u8>,
    verdict: Option<Result<(), TransportError>>,
    v1: T,
}

impl DetectV1 {
    /// Creates the end of a connection on the network with this magic.
    pub fn new(magic: [u8; 4], rules: &Rules) -> Self {
        Self::before(magic, V1::new(magic, rules))
    }
}

impl<T: Transport> DetectV1<T> {
    /// Creates the detection on the network with this magic, for a v1 transport that has received
    /// no bytes.
    pub fn before(magic: [u8; 4], v1: T) -> Self {
        Self {
            magic,
            first: Vec::new(),
            verdict: None,
            v1,
        }
    }

    fn is_v1(&self) -> bool {
        self.verdict == Some(Ok(()))
    }
}

impl<T: Transport> Transport for DetectV1<T> {
    fn push(&mut self, bytes: &[u8]) {
        match self.verdict {
            Some(Ok(())) => self.v1.push(bytes),
            Some(Err(_)) => {}
            None => {
                self.first.extend_from_slice(bytes);
                self.verdict = judge(&self.first, self.magic);
                if self.is_v1() {
                    self.v1.push(&std::mem::take(&mut self.first));
                }
            }
        }
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, TransportError> {
        match self.verdict {
            Some(Ok(())) => self.v1.next_frame(),
            Some(Err(error)) => Err(error),
            None => Ok(None),
        }
    }

    fn unread(&self) -> Unread<'_> {
        if self.is_v1() {
            return self.v1.unread();
        }
        Unread {
            offset: 0,
            bytes: &self.first,
            need: RawEnvelope::V1_HEADER_SIZE,
        }
    }

    fn is_ready(&self) -> bool {
        self.is_v1() && self.v1.is_ready()
    }

    fn encode(&mut self, envelope: &mut RawEnvelope) -> Option<Vec<u8>> {
        if self.is_v1() {
            self.v1.encode(envelope)
        } else {
            None
        }
    }

    fn take_pending(&mut self) -> Vec<u8> {
        if self.is_v1() {
            self.v1.take_pending()
        } else {
            Vec::new()
        }
    }
}

/// Returns what the first bytes show, or `None` if there are too few.
fn judge(first: &[u8], expected: [u8; 4]) -> Option<Result<(), TransportError>> {
    if first.starts_with(&expected) {
        return Some(Ok(()));
    }
    let prefix: &[u8; PREFIX] = first.first_chunk()?;
    let [m0, m1, m2, m3, command @ ..] = *prefix;
    if command != *VERSION {
        return Some(Err(TransportError::UnknownProtocol { found: *prefix }));
    }
    let (offset, found) = (0, [m0, m1, m2, m3]);
    Some(Err(TransportError::V1(StreamError::Magic {
        offset,
        found,
        expected,
    })))
}
