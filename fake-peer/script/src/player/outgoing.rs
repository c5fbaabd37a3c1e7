//! Bytes on their way out, piece by piece.

use std::time::Duration;

use fake_peer_core::wire::{Bytes, Command};

use super::log::EntryId;
use super::output::Output;
use super::port::Port;
use crate::model::{Delivery, Pieces};

/// Messages one after the other, or raw bytes, as they go out.
#[derive(Debug)]
pub(super) struct Outgoing {
    command: Option<Command>,
    /// The message that goes out, and those that follow it.
    bytes: Vec<u8>,
    queue: std::vec::IntoIter<Vec<u8>>,
    delivery: Delivery,
    /// How often this message still goes out.
    copies_left: u32,
    /// How many bytes of this copy went out, and its entry in the transcript.
    sent: usize,
    entry: Option<EntryId>,
    /// When the next piece is due.
    due: Duration,
    /// Whether the end of the message is missing.
    pub(super) truncated: bool,
}

impl Outgoing {
    pub(super) fn new(
        command: Option<Command>,
        messages: Vec<Vec<u8>>,
        delivery: &Delivery,
        now: Duration,
    ) -> Self {
        let mut outgoing = Self {
            command,
            truncated: false,
            bytes: Vec::new(),
            queue: messages.into_iter(),
            delivery: delivery.clone(),
            copies_left: 0,
            sent: 0,
            entry: None,
            due: now,
        };
        outgoing.next_message();
        outgoing
    }

    /// Goes on with the next message, if there is one.
    fn next_message(&mut self) {
        let Some(mut bytes) = self.queue.next() else {
            return;
        };
        let whole = bytes.len();
        let truncate = self.delivery.truncate;
        bytes.truncate(truncate.map_or(whole, |length| length as usize));
        self.truncated |= bytes.len() < whole;
        self.bytes = bytes;
        self.copies_left = self.delivery.copies;
    }

    pub(super) fn is_done(&self) -> bool {
        self.copies_left == 0
    }

    /// Whether a message has begun to go out and not ended.
    pub(super) fn is_mid_message(&self) -> bool {
        self.entry.is_some()
    }

    /// When the next piece is due, unless the turn of the player was over.
    pub(super) fn due(&self) -> Duration {
        self.due
    }

    /// Writes what is due, as much as the turn of the player allows.
    pub(super) fn pump(&mut self, port: &mut Port, out: &mut Output) {
        while !self.is_done() && self.due <= out.now && out.has_room() {
            let entry = *self
                .entry
                .get_or_insert_with(|| port.log_sent(self.command, &self.bytes, out));
            let end = self.end_of_piece();
            let piece = self.next_piece(end);
            let length = piece.len();
            port.write(piece, out);
            self.sent = end;
            self.due = self.due.saturating_add(self.delivery.pause);
            out.spend_piece(length);
            if self.sent >= self.bytes.len() {
                self.entry = None;
                self.sent = 0;
                self.copies_left -= 1;
                if self.copies_left == 0 {
                    self.next_message();
                }
            } else {
                self.entry = Some(entry);
            }
        }
    }

    /// Nothing more goes out.
    pub(super) fn abandon(&self, out: &mut Output) {
        if let Some(entry) = self.entry {
            out.log.cut(entry, self.sent);
        }
    }

    fn next_piece(&mut self, end: usize) -> Bytes {
        if self.sent == 0 && end == self.bytes.len() && self.copies_left == 1 {
            return std::mem::take(&mut self.bytes).into();
        }
        self.bytes.get(self.sent..end).unwrap_or_default().into()
    }

    fn end_of_piece(&self) -> usize {
        let whole = self.bytes.len();
        let end = match &self.delivery.pieces {
            Pieces::Each(size) => self.sent.saturating_add(*size.max(&1) as usize),
            // The offsets rise in a script that was checked; in any other, some are skipped.
            Pieces::At(offsets) => {
                let next = offsets.partition_point(|offset| *offset as usize <= self.sent);
                let next = offsets.get(next).map(|offset| *offset as usize);
                next.filter(|next| *next > self.sent).unwrap_or(whole)
            }
        };
        end.min(whole)
    }
}
