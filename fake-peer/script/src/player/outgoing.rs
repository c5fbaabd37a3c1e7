//! Bytes that are being sent, piece by piece.

use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::Message;
use fake_peer_core::wire::{Bytes, Command, RawEnvelope};

use super::log::EntryId;
use super::output::Output;
use super::port::Port;
use super::transcript::Decoded;
use crate::model::{Delivery, Pieces};
use crate::wire::Outbound;

/// Messages, one after the other, or raw bytes, that are being sent.
#[derive(Debug)]
pub(super) struct Outgoing {
    command: Option<Command>,
    /// What is being sent now; `queue` holds what follows.
    content: Content,
    queue: std::vec::IntoIter<Outbound>,
    delivery: Delivery,
    /// How many more times the content is sent.
    copies_left: u32,
    sending: Option<Sending>,
    /// When the next piece is due.
    due: Duration,
    /// Whether a message was sent without its end.
    pub(super) truncated: bool,
}

/// What is sent, any number of times.
#[derive(Debug)]
enum Content {
    Message(RawEnvelope, Option<Arc<Message>>),
    Raw(Vec<u8>),
}

/// Content of which the first bytes may have been sent.
#[derive(Debug)]
struct Sending {
    /// The encoded bytes, without those that are truncated.
    bytes: Vec<u8>,
    /// The number of encoded bytes, including those that are truncated.
    whole: usize,
    /// The number of bytes that have been sent.
    sent: usize,
    entry: EntryId,
}

impl From<Outbound> for Content {
    fn from(outbound: Outbound) -> Self {
        match outbound {
            Outbound::Envelope { envelope, honest } => {
                Self::Message(envelope, honest.map(Arc::new))
            }
            Outbound::Raw(bytes) => Self::Raw(bytes),
        }
    }
}

impl Outgoing {
    pub(super) fn new(
        command: Option<Command>,
        outbound: Vec<Outbound>,
        delivery: &Delivery,
        now: Duration,
    ) -> Self {
        let mut outgoing = Self {
            command,
            truncated: false,
            content: Content::Raw(Vec::new()),
            queue: outbound.into_iter(),
            delivery: delivery.clone(),
            copies_left: 0,
            sending: None,
            due: now,
        };
        outgoing.next_content();
        outgoing
    }

    /// Continues with what follows, if anything does.
    fn next_content(&mut self) {
        if let Some(outbound) = self.queue.next() {
            self.content = outbound.into();
            self.copies_left = self.delivery.copies;
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.copies_left == 0
    }

    /// Whether a message has been sent in part.
    pub(super) fn is_mid_message(&self) -> bool {
        self.sending.is_some()
    }

    /// When the next piece is due. The time has passed if the turn of the player ended before.
    pub(super) fn due(&self) -> Duration {
        self.due
    }

    /// Writes what is due, as much as the turn of the player allows.
    pub(super) fn pump(&mut self, port: &mut Port, out: &mut Output) {
        while !self.is_done() && self.due <= out.now && out.has_room() {
            let Some(mut sending) = self.sending.take().or_else(|| self.begin(port, out)) else {
                return;
            };
            let end = self.end_of_piece(&sending);
            let piece = sending.take_piece(end);
            let length = piece.len();
            port.write(piece, out);
            self.due = self.due.saturating_add(self.delivery.pause);
            out.spend_piece(length);
            if sending.is_sent() {
                self.copies_left -= 1;
                if self.copies_left == 0 {
                    self.next_content();
                }
            } else {
                self.sending = Some(sending);
            }
        }
    }

    /// Stops sending, and corrects the transcript.
    pub(super) fn abandon(&self, out: &mut Output) {
        if let Some(sending) = &self.sending {
            let sent = sending.bytes.get(..sending.sent).unwrap_or_default();
            out.log.cut(sending.entry, sent, sending.whole);
        }
    }

    /// Encodes the next copy, and records that it is sent.
    fn begin(&mut self, port: &mut Port, out: &mut Output) -> Option<Sending> {
        let is_last = self.copies_left == 1;
        let (mut bytes, message) = match &mut self.content {
            Content::Message(envelope, honest) => {
                let bytes = port.encode(envelope, out)?;
                let envelope = if is_last {
                    std::mem::replace(envelope, RawEnvelope::named([0; Command::SIZE], Vec::new()))
                } else {
                    envelope.clone()
                };
                let decoded = honest.clone().map_or(Decoded::Unread, Decoded::Message);
                (bytes, Some((envelope, decoded)))
            }
            Content::Raw(bytes) if is_last => (std::mem::take(bytes), None),
            Content::Raw(bytes) => (bytes.clone(), None),
        };
        let whole = bytes.len();
        let truncate = self.delivery.truncate;
        bytes.truncate(truncate.map_or(whole, |length| length as usize));
        let is_whole = bytes.len() == whole;
        self.truncated |= !is_whole;
        let command = self.command;
        let entry = match message {
            Some((envelope, decoded)) if is_whole => {
                port.log_message(command, whole, envelope, decoded, out)
            }
            Some(_) => port.log_part(command, &bytes, whole, out),
            None => port.log_bytes(&bytes, out),
        };
        let sent = 0;
        Some(Sending {
            bytes,
            whole,
            sent,
            entry,
        })
    }

    fn end_of_piece(&self, sending: &Sending) -> usize {
        let whole = sending.bytes.len();
        let end = match &self.delivery.pieces {
            Pieces::Each(size) => sending.sent.saturating_add(*size.max(&1) as usize),
            // In a script that was checked, the offsets increase; in any other, some are skipped.
            Pieces::At(offsets) => {
                let next = offsets.partition_point(|offset| *offset as usize <= sending.sent);
                let next = offsets.get(next).map(|offset| *offset as usize);
                next.filter(|next| *next > sending.sent).unwrap_or(whole)
            }
        };
        end.min(whole)
    }
}

impl Sending {
    /// Takes the bytes up to `end` that have not been sent.
    fn take_piece(&mut self, end: usize) -> Bytes {
        let start = std::mem::replace(&mut self.sent, end);
        if start == 0 && end == self.bytes.len() {
            return std::mem::take(&mut self.bytes).into();
        }
        self.bytes.get(start..end).unwrap_or_default().into()
    }

    fn is_sent(&self) -> bool {
        self.sent >= self.bytes.len()
    }
}
