//! Splits bytes into envelopes, and keeps the bytes between them.
//!
//! The core's [`StreamDecoder`](fake_peer_core::wire::StreamDecoder) does the same for one network
//! and counts the bytes that it skips. This one returns them, knows every network's magic, and at
//! the end looks for envelopes inside one that was truncated.

use fake_peer_core::Network;
use fake_peer_core::wire::{RawEnvelope, Rules};

use super::magic::Magic;
use super::record::{Expected, Piece, SkipReason};

/// The most bytes in one [`Piece::Skipped`].
pub(super) const MAX_SKIP: usize = 1024 * 1024;

/// Splits a stream into pieces, and finds the next envelope after bytes that are not one. The
/// pieces together are the whole stream.
#[derive(Debug)]
pub struct ResyncDecoder {
    magic: Option<Magic>,
    max_payload: u32,
    buffer: Vec<u8>,
    /// The index in `buffer` of the first unread byte.
    start: usize,
    /// The offset of that byte in the stream.
    offset: u64,
    /// The number of unread bytes that are to be skipped, and the reason.
    skip: Option<(usize, SkipReason)>,
    /// Whether the stream has ended.
    ended: bool,
}

/// What starts at a byte of the stream.
enum Start {
    Envelope {
        size: usize,
    },
    /// The start of an envelope of at least this size, in bytes.
    Incomplete {
        need: usize,
    },
    Nothing(SkipReason),
}

impl ResyncDecoder {
    /// Looks for the envelopes of one network, or of every network.
    pub fn new(magic: Option<Magic>, rules: &Rules) -> Self {
        Self {
            magic,
            max_payload: rules.max_payload,
            buffer: Vec::new(),
            start: 0,
            offset: 0,
            skip: None,
            ended: false,
        }
    }

    /// Takes the next bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        /// The capacity that the buffer may keep after a large message, in bytes.
        const KEEP: usize = 256 * 1024;
        self.ended = false;
        self.buffer.drain(..self.start);
        self.start = 0;
        if self.buffer.len() < KEEP {
            self.buffer.shrink_to(KEEP);
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Ends the stream, or the part of it before a gap.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Skips `count` bytes that are missing, and returns the offset of the first of them. All
    /// pieces must have been taken before.
    pub(super) fn jump(&mut self, count: u64) -> u64 {
        let offset = self.offset;
        self.offset += count;
        offset
    }

    /// Returns the number of unread bytes.
    pub(super) fn waiting(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// Returns the next piece and its offset, or `None` until more bytes are pushed.
    pub fn next_piece(&mut self) -> Option<(u64, Piece)> {
        if self.skip.is_some() {
            return self.seek();
        }
        match self.start_at(0)? {
            Start::Envelope { size } => self.envelope(size),
            Start::Incomplete { .. } if !self.ended => None,
            Start::Incomplete { need } => {
                let have = self.waiting();
                self.skip = Some((1, SkipReason::CutOff { need, have }));
                self.seek()
            }
            Start::Nothing(reason) => {
                self.skip = Some((1, reason));
                self.seek()
            }
        }
    }

    /// Looks for the next envelope after the bytes that are to be skipped.
    fn seek(&mut self) -> Option<(u64, Piece)> {
        let (mut count, reason) = self.skip?;
        let found = loop {
            count += self.distance_to_magic(count);
            if count >= MAX_SKIP {
                break true;
            }
            match self.start_at(count) {
                Some(Start::Envelope { .. }) => break true,
                Some(Start::Incomplete { .. }) if !self.ended => break false,
                Some(_) => count += 1,
                None => break self.ended,
            }
        };
        self.skip = Some((count, reason));
        found.then(|| {
            self.skip = None;
            let count = count.min(MAX_SKIP);
            let bytes = self.unread().get(..count).unwrap_or_default().to_vec();
            (self.advance(bytes.len()), Piece::Skipped { bytes, reason })
        })
    }

    /// Returns the distance from `from` to the next byte that may start a magic.
    fn distance_to_magic(&self, from: usize) -> usize {
        let rest = self.unread().get(from..).unwrap_or_default();
        let may_start = |window: &[u8]| match *window {
            [a, b, c, d] => self.knows([a, b, c, d]),
            _ => false,
        };
        let found = rest.windows(4).position(may_start);
        // Until the stream ends, its last three bytes may start a magic.
        let kept = if self.ended { 0 } else { 3 };
        found.unwrap_or_else(|| rest.len().saturating_sub(kept))
    }

    /// Returns what starts `at` bytes after the first unread byte, or `None` if too few bytes have
    /// arrived to decide.
    fn start_at(&self, at: usize) -> Option<Start> {
        let bytes = self.unread().get(at..).unwrap_or_default();
        let Some(&found) = bytes.first_chunk() else {
            return (self.ended && !bytes.is_empty())
                .then_some(Start::Nothing(SkipReason::TooShort));
        };
        if !self.knows(found) {
            let expected = Expected(self.magic);
            return Some(Start::Nothing(SkipReason::Magic { found, expected }));
        }
        let Some(length) = bytes.get(16..20).and_then(|bytes| bytes.first_chunk()) else {
            let need = RawEnvelope::V1_HEADER_SIZE;
            return Some(Start::Incomplete { need });
        };
        let (length, limit) = (u32::from_le_bytes(*length), self.max_payload);
        if length > limit {
            return Some(Start::Nothing(SkipReason::OverLimit { length, limit }));
        }
        let size = RawEnvelope::V1_HEADER_SIZE.saturating_add(length as usize);
        Some(if bytes.len() < size {
            Start::Incomplete { need: size }
        } else {
            Start::Envelope { size }
        })
    }

    fn knows(&self, bytes: [u8; 4]) -> bool {
        match self.magic {
            Some(magic) => magic.0 == bytes,
            None => Network::from_magic(bytes).is_some(),
        }
    }

    fn envelope(&mut self, size: usize) -> Option<(u64, Piece)> {
        let (header, payload) = self.unread().get(..size)?.split_first_chunk()?;
        let (mut envelope, _) = RawEnvelope::from_v1_header(header);
        envelope.payload = payload.to_vec();
        let magic = envelope.magic.map(Magic);
        let offset = self.advance(size);
        let on_wire = true;
        Some((
            offset,
            Piece::Message {
                magic,
                envelope,
                on_wire,
            },
        ))
    }

    /// Removes this many bytes, and returns the offset of the first of them.
    fn advance(&mut self, count: usize) -> u64 {
        let offset = self.offset;
        self.start += count;
        self.offset += count as u64;
        offset
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }
}
