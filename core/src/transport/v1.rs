//! The unencrypted transport.

use super::{Frame, FrameContent, MakeTransport, Setup, Transport, TransportError, Unread};
use crate::wire::{RawEnvelope, Rules, StreamDecoder, StreamEnd, StreamItem};

/// The unencrypted transport. Each payload follows 24 bytes with the network's magic, the command,
/// the length and the checksum. It is ready from the start, and sends nothing by itself.
///
/// Source: Bitcoin Core `V1Transport` (`src/net.cpp`).
#[derive(Debug, Clone)]
pub struct V1 {
    magic: [u8; 4],
    rules: Rules,
    decoder: StreamDecoder,
}

/// Creates [`V1`] for every connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MakeV1;

impl V1 {
    /// Creates an end of a connection on the network with this magic.
    pub fn new(magic: [u8; 4], rules: &Rules) -> Self {
        Self {
            magic,
            rules: rules.clone(),
            decoder: StreamDecoder::new(magic, rules),
        }
    }
}

impl Transport for V1 {
    fn push(&mut self, bytes: &[u8]) {
        self.decoder.push(bytes);
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, TransportError> {
        // The decoder stops at a bad magic, so it never skips.
        let Some(StreamItem::Envelope { offset, envelope }) = self.decoder.next_frame()? else {
            return Ok(None);
        };
        let size = RawEnvelope::V1_HEADER_SIZE + envelope.payload.len();
        let command = envelope.verify(self.magic, &self.rules);
        let content = FrameContent::Envelope { command, envelope };
        Ok(Some(Frame {
            offset,
            size,
            content,
        }))
    }

    fn unread(&self) -> Unread<'_> {
        let (offset, bytes) = self.decoder.unread();
        let need = match self.decoder.finish() {
            StreamEnd::Truncated { need, .. } => need,
            StreamEnd::Clean | StreamEnd::Skipped { .. } => RawEnvelope::V1_HEADER_SIZE,
        };
        Unread {
            offset,
            bytes,
            need,
        }
    }

    fn is_ready(&self) -> bool {
        true
    }

    fn encode(&mut self, envelope: &mut RawEnvelope) -> Option<Vec<u8>> {
        envelope.fill_header(self.magic);
        Some(envelope.to_bytes(self.magic))
    }

    fn take_pending(&mut self) -> Vec<u8> {
        Vec::new()
    }
}

impl MakeTransport for MakeV1 {
    fn make(&self, setup: &Setup<'_>) -> Box<dyn Transport> {
        Box::new(V1::new(setup.magic, setup.rules))
    }
}
