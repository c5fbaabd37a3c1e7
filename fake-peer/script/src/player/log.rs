//! Writing the transcript, within its limits.

use std::time::Duration;

use fake_peer_core::Message;
use fake_peer_core::wire::{Command, RawEnvelope};

use super::config::Limits;
use super::transcript::{Decoded, Entry, EntryKind, Kept, Label, Note, Recorded, Transcript};

/// The transcript while it is being written.
#[derive(Debug)]
pub(super) struct Log {
    transcript: Transcript,
    limits: Limits,
    /// How many bytes of messages may still be kept.
    left: usize,
    /// How much memory decoded messages may still take.
    messages_left: usize,
}

/// The index of an entry that may have to be changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct EntryId(usize);

impl Log {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            transcript: Transcript::default(),
            limits,
            left: limits.transcript,
            messages_left: limits.messages,
        }
    }

    pub(super) fn into_transcript(self) -> Transcript {
        self.transcript
    }

    pub(super) fn add(&mut self, at: Duration, connection: &Label, kind: EntryKind) -> EntryId {
        let id = EntryId(self.transcript.entries.len());
        if id.0 >= self.limits.entries {
            self.transcript.left_out += 1;
            return EntryId(usize::MAX);
        }
        let connection = connection.clone();
        self.transcript.entries.push(Entry {
            at,
            connection,
            kind,
        });
        id
    }

    pub(super) fn note(&mut self, at: Duration, connection: &Label, note: Note) {
        self.add(at, connection, EntryKind::Note(note));
    }

    pub(super) fn sent(
        &mut self,
        at: Duration,
        connection: &Label,
        offset: u64,
        command: Option<Command>,
        bytes: Recorded,
    ) -> EntryId {
        let kind = EntryKind::Sent {
            offset,
            command,
            bytes,
        };
        self.add(at, connection, kind)
    }

    pub(super) fn received(
        &mut self,
        at: Duration,
        connection: &Label,
        offset: u64,
        command: Option<Command>,
        bytes: Recorded,
    ) {
        let kind = EntryKind::Received {
            offset,
            command,
            bytes,
        };
        self.add(at, connection, kind);
    }

    /// Records bytes that our transport sent on its own.
    pub(super) fn control_sent(
        &mut self,
        at: Duration,
        connection: &Label,
        offset: u64,
        bytes: &[u8],
    ) {
        let recorded = self.control(bytes);
        self.sent(at, connection, offset, None, recorded);
    }

    /// The record of a message that takes `size` bytes of the stream, cut to the limits.
    pub(super) fn envelope(
        &mut self,
        size: usize,
        mut envelope: RawEnvelope,
        mut decoded: Decoded,
    ) -> Recorded {
        const HEADER: usize = RawEnvelope::V1_HEADER_SIZE;
        let length = envelope.payload.len();
        let room = self.take(HEADER + length);
        if room < HEADER {
            return Recorded {
                size: size as u64,
                kept: Kept::Bytes(Vec::new()),
            };
        }
        if room < HEADER + length {
            envelope.payload.truncate(room - HEADER);
            envelope.payload.shrink_to_fit();
            decoded = Decoded::Unread;
        }
        if matches!(decoded, Decoded::Message(_)) && !self.has_room_for_message(length) {
            decoded = Decoded::Unread;
        }
        let missing = length - envelope.payload.len();
        Recorded {
            size: size as u64,
            kept: Kept::Envelope {
                envelope,
                missing,
                decoded,
            },
        }
    }

    /// The record of the first bytes of a message of `of` bytes, cut to the limits.
    pub(super) fn part(&mut self, bytes: &[u8], of: usize) -> Recorded {
        let (size, of) = (bytes.len() as u64, of as u64);
        let bytes = self.first(bytes);
        Recorded {
            size,
            kept: Kept::Part { bytes, of },
        }
    }

    /// The record of bytes that are not a message, cut to the limits.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Recorded {
        Recorded {
            size: bytes.len() as u64,
            kept: Kept::Bytes(self.first(bytes)),
        }
    }

    /// The record of bytes that a transport sent on its own, cut to the limits.
    pub(super) fn control(&mut self, bytes: &[u8]) -> Recorded {
        Recorded {
            size: bytes.len() as u64,
            kept: Kept::Control(self.first(bytes)),
        }
    }

    /// Corrects an entry of a message, or of raw bytes: only `sent` was sent of its `of` bytes.
    pub(super) fn cut(&mut self, entry: EntryId, sent: &[u8], of: usize) {
        if let Some(entry) = self.transcript.entries.get_mut(entry.0)
            && let EntryKind::Sent { bytes, .. } = &mut entry.kind
        {
            let room = bytes.kept().len().min(sent.len());
            let first = sent.get(..room).unwrap_or_default().to_vec();
            bytes.size = sent.len() as u64;
            bytes.kept = match bytes.kept {
                Kept::Envelope { .. } | Kept::Part { .. } => Kept::Part {
                    bytes: first,
                    of: of as u64,
                },
                Kept::Bytes(_) => Kept::Bytes(first),
                Kept::Control(_) => Kept::Control(first),
            };
        }
    }

    fn first(&mut self, bytes: &[u8]) -> Vec<u8> {
        let room = self.take(bytes.len());
        bytes.get(..room).unwrap_or_default().to_vec()
    }

    fn take(&mut self, size: usize) -> usize {
        let room = size.min(self.limits.entry).min(self.left);
        self.left -= room;
        room
    }

    /// Reserves room for a decoded message: the most memory that its payload can take. Returns
    /// whether there is room.
    fn has_room_for_message(&mut self, payload: usize) -> bool {
        /// The most bytes of memory that a message takes for each byte of its payload. A test of
        /// the fixtures checks this for every message.
        const PER_BYTE: usize = 4;
        let size = size_of::<Message>() + PER_BYTE * payload;
        let left = self.messages_left.checked_sub(size);
        self.messages_left = left.unwrap_or(self.messages_left);
        left.is_some()
    }
}
