//! Decodes received bytes into messages.

use std::sync::Arc;

use fake_peer_core::Message;
use fake_peer_core::transport::{Frame, FrameContent, TransportError};
use fake_peer_core::wire::{Command, EnvelopeError, RawEnvelope, Rules};

use super::connection::Connection;
use super::inbox::{Body, Incoming};
use super::output::Output;
use super::transcript::{Decoded, Note};

impl Connection {
    /// Adds received bytes to the stream. [`Connection::next_incoming`] returns the messages in it.
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut Output) {
        if self.lost.is_some() {
            self.log_noise(self.received, bytes, out);
        } else {
            self.port.transport.push(bytes);
        }
        self.received += bytes.len() as u64;
    }

    /// The next message of the stream, if it is complete.
    pub(super) fn next_incoming(&mut self, rules: &Rules, out: &mut Output) -> Option<Incoming> {
        if self.lost.is_some() {
            return None;
        }
        loop {
            let frame = match self.port.transport.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => return None,
                Err(error) => return Some(self.lose(error, out)),
            };
            let Frame {
                offset,
                size,
                content,
            } = frame;
            match content {
                FrameContent::Envelope { command, envelope } => {
                    let place = Place { offset, size };
                    return Some(self.open(place, command, envelope, rules, out));
                }
                FrameContent::Control(bytes) => {
                    let recorded = out.log.control(&bytes);
                    let label = &self.port.label;
                    out.log.received(out.now, label, offset, None, recorded);
                }
            }
        }
    }

    /// Decodes the payload of an envelope. This is the only time that it is decoded.
    fn open(
        &self,
        place: Place,
        command: Result<Command, EnvelopeError>,
        envelope: RawEnvelope,
        rules: &Rules,
        out: &mut Output,
    ) -> Incoming {
        let weight = Incoming::OVERHEAD + envelope.payload.len();
        let named = command
            .ok()
            .or_else(|| Command::from_bytes(envelope.command).ok());
        let (body, decoded, note) = match command {
            Err(error) => {
                let note = Some(Note::Envelope(error));
                (Body::Bad(named), Decoded::Unread, note)
            }
            Ok(command) => match Message::decode_with(command, &envelope.payload, rules) {
                Ok(message) => {
                    let message = Arc::new(message);
                    let decoded = Decoded::Message(Arc::clone(&message));
                    (Body::Message(message), decoded, None)
                }
                Err(error) => {
                    let decoded = Decoded::Malformed(Arc::new(error.clone()));
                    let note = Some(Note::Malformed(error));
                    (Body::Bad(named), decoded, note)
                }
            },
        };
        let label = &self.port.label;
        let recorded = out.log.envelope(place.size, envelope, decoded);
        out.log
            .received(out.now, label, place.offset, named, recorded);
        if let Some(note) = note {
            out.note(label, note);
        }
        Incoming { body, weight }
    }

    /// Gives up on the stream: everything that follows is recorded as noise.
    fn lose(&mut self, error: TransportError, out: &mut Output) -> Incoming {
        self.lost = Some(error);
        let unread = self.port.transport.unread();
        self.log_noise(unread.offset, unread.bytes, out);
        out.note(&self.port.label, Note::Lost(error));
        Incoming {
            body: Body::Bad(None),
            weight: Incoming::OVERHEAD,
        }
    }

    fn log_noise(&self, offset: u64, bytes: &[u8], out: &mut Output) {
        let recorded = out.log.bytes(bytes);
        out.log
            .received(out.now, &self.port.label, offset, None, recorded);
    }
}

/// The place of a frame in the stream: its offset and its size in bytes.
#[derive(Debug, Clone, Copy)]
struct Place {
    offset: u64,
    size: usize,
}
