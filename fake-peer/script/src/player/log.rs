//! Writing the transcript, within its limits.

use std::time::Duration;

use fake_peer_core::wire::{Command, RawEnvelope};

use super::config::Limits;
use super::transcript::{Entry, EntryKind, Label, Note, Recorded, Transcript};

/// The transcript as it grows.
#[derive(Debug)]
pub(super) struct Log {
    transcript: Transcript,
    limits: Limits,
    /// How many bytes of messages may still be kept.
    left: usize,
}

/// An entry that may have to be changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct EntryId(usize);

impl Log {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            transcript: Transcript::default(),
            limits,
            left: limits.transcript,
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

    /// An envelope of the target.
    pub(super) fn received(
        &mut self,
        at: Duration,
        connection: &Label,
        offset: u64,
        envelope: &RawEnvelope,
    ) {
        let size = RawEnvelope::HEADER_SIZE + envelope.payload.len();
        let room = self.take(size);
        let mut kept = Vec::with_capacity(room);
        kept.extend(envelope.magic);
        kept.extend(envelope.command);
        kept.extend(envelope.length.to_le_bytes());
        kept.extend(envelope.checksum);
        kept.truncate(room);
        let payload = &envelope.payload;
        let rest = (room - kept.len()).min(payload.len());
        kept.extend(payload.get(..rest).unwrap_or_default());
        let command = Command::from_bytes(envelope.command).ok();
        let bytes = Recorded {
            size: size as u64,
            kept,
        };
        let kind = EntryKind::Received {
            offset,
            command,
            bytes,
        };
        self.add(at, connection, kind);
    }

    /// Bytes, as many of them as may be kept.
    pub(super) fn record(&mut self, bytes: &[u8]) -> Recorded {
        let room = self.take(bytes.len());
        Recorded {
            size: bytes.len() as u64,
            kept: bytes.get(..room).unwrap_or_default().to_vec(),
        }
    }

    /// Only the first bytes of what was to be sent went out.
    pub(super) fn cut(&mut self, entry: EntryId, sent: usize) {
        if let Some(entry) = self.transcript.entries.get_mut(entry.0)
            && let EntryKind::Sent { bytes, .. } = &mut entry.kind
        {
            bytes.size = bytes.size.min(sent as u64);
            bytes.kept.truncate(sent);
        }
    }

    fn take(&mut self, size: usize) -> usize {
        let room = size.min(self.limits.entry).min(self.left);
        self.left -= room;
        room
    }
}
