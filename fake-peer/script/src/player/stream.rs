//! From the bytes that come to what is in them.

use fake_peer_core::Message;
use fake_peer_core::wire::{Command, Frame, RawEnvelope, Rules, StreamError};

use super::connection::Connection;
use super::inbox::{Body, Incoming};
use super::output::Output;
use super::transcript::{EntryKind, Note};

impl Connection {
    /// Takes the next bytes of the stream. [`Connection::next_incoming`] says what is in them.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.decoder.push(bytes);
        self.received += bytes.len() as u64;
    }

    /// What is next in the stream, of which `chunk` was pushed last.
    pub(super) fn next_incoming(
        &mut self,
        chunk: &[u8],
        rules: &Rules,
        out: &mut Output,
    ) -> Option<Incoming> {
        match self.decoder.next_frame() {
            Ok(Some(Frame::Envelope { offset, envelope })) => {
                let size = RawEnvelope::HEADER_SIZE + envelope.payload.len();
                self.whole = offset + size as u64;
                out.log
                    .received(out.now, &self.port.label, offset, &envelope);
                Some(self.open_envelope(&envelope, rules, out))
            }
            Err(error) => self.lose(error, chunk, out),
            Ok(_) => {
                self.keep_head(chunk);
                None
            }
        }
    }

    fn open_envelope(&self, envelope: &RawEnvelope, rules: &Rules, out: &mut Output) -> Incoming {
        let label = &self.port.label;
        let body = match envelope.verify(self.port.magic, rules) {
            Err(error) => {
                out.note(label, Note::Envelope(error));
                Body::Bad(Command::from_bytes(envelope.command).ok())
            }
            Ok(command) => match Message::decode_with(command, &envelope.payload, rules) {
                Ok(message) => Body::Message(message),
                Err(error) => {
                    out.note(label, Note::Malformed(error));
                    Body::Bad(Some(command))
                }
            },
        };
        Incoming {
            body,
            weight: Incoming::OVERHEAD + envelope.payload.len(),
        }
    }

    /// No envelope starts here: all that follows is noise.
    fn lose(&mut self, error: StreamError, chunk: &[u8], out: &mut Output) -> Option<Incoming> {
        let chunk_start = self.received - chunk.len() as u64;
        let skip = error.offset().checked_sub(chunk_start);
        let first = self.lost.replace(error).is_none();
        let noise = match skip {
            Some(skip) if first => chunk.get(usize::try_from(skip).ok()?..).unwrap_or_default(),
            _ => chunk,
        };
        let mut bytes = std::mem::take(&mut self.head);
        if skip.is_some() {
            bytes.clear();
        }
        bytes.extend(noise);
        let offset = self.received - bytes.len() as u64;
        let bytes = out.log.record(&bytes);
        let kind = EntryKind::Received {
            offset,
            command: None,
            bytes,
        };
        out.log.add(out.now, &self.port.label, kind);
        if !first {
            return None;
        }
        out.note(&self.port.label, Note::Lost(error));
        Some(Incoming {
            body: Body::Bad(None),
            weight: Incoming::OVERHEAD,
        })
    }

    /// Keeps the first bytes of an envelope that is not whole, should they turn out to be noise.
    fn keep_head(&mut self, chunk: &[u8]) {
        let chunk_start = self.received - chunk.len() as u64;
        let skip = self.whole.checked_sub(chunk_start);
        if skip.is_some() {
            self.head.clear();
        }
        let skip = skip.map_or(0, |skip| usize::try_from(skip).unwrap_or(usize::MAX));
        let room = RawEnvelope::HEADER_SIZE - self.head.len();
        self.head
            .extend(chunk.get(skip..).unwrap_or_default().iter().take(room));
    }
}
