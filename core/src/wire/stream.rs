//! Splitting a stream of bytes into envelopes.

use super::envelope::RawEnvelope;
use super::rules::Rules;

/// What to do if no envelope starts where one should, because the magic is wrong or the length is
/// over the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnBadMagic {
    /// Fail permanently, as a peer that disconnects.
    #[default]
    Stop,
    /// Skip bytes up to the next envelope, for reading a recording.
    Seek,
}

/// A piece of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamItem {
    /// An envelope with the right magic and an allowed length. Its other parts may be invalid.
    Envelope {
        /// The offset of its first byte in the stream.
        offset: u64,
        /// The envelope.
        envelope: RawEnvelope,
    },
    /// Bytes that were skipped ([`OnBadMagic::Seek`]).
    Skipped {
        /// The offset of the first of them in the stream.
        offset: u64,
        /// The number of bytes.
        length: u64,
        /// Why no envelope starts at `offset`.
        reason: StreamError,
    },
}

/// No envelope starts at `offset`. Offsets count from the first byte of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The four bytes are not the network's magic.
    #[error(
        "byte {offset}: found magic {}, expected {}",
        const_hex::encode(found),
        const_hex::encode(expected)
    )]
    Magic {
        /// The offset of the four bytes.
        offset: u64,
        /// The four bytes.
        found: [u8; 4],
        /// The network's magic.
        expected: [u8; 4],
    },
    /// The length is over the limit.
    #[error("byte {}: a length of {length} bytes is over the limit of {limit}", offset + 16)]
    OverLimit {
        /// The offset of the envelope.
        offset: u64,
        /// The length announced, in bytes.
        length: u32,
        /// The limit, in bytes.
        limit: u32,
    },
}

/// How a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamEnd {
    /// After an envelope, or before the first byte.
    Clean,
    /// Inside an envelope.
    Truncated {
        /// The offset of the envelope in the stream.
        offset: u64,
        /// The number of its bytes that arrived.
        have: usize,
        /// The size of the envelope in bytes, or 24 until its header has arrived.
        need: usize,
    },
    /// While bytes were being skipped.
    Skipped {
        /// The offset of the first of them in the stream.
        offset: u64,
        /// The number of bytes.
        length: u64,
        /// Why no envelope starts at `offset`.
        reason: StreamError,
    },
}

/// An incremental decoder, which turns bytes into [`StreamItem`]s. These do not depend on how the
/// bytes are split.
///
/// It holds no more than the bytes that arrived and were not returned: an announced length reserves
/// nothing.
#[derive(Debug, Clone)]
pub struct StreamDecoder {
    magic: [u8; 4],
    max_payload: u32,
    on_bad_magic: OnBadMagic,
    buffer: Vec<u8>,
    /// The index in `buffer` of the first unread byte.
    start: usize,
    /// The offset of that byte in the stream.
    offset: u64,
    /// Why no envelope started at some byte. With [`OnBadMagic::Stop`], this is permanent.
    lost: Option<StreamError>,
}

impl StreamDecoder {
    /// Creates a decoder for the network with this magic that stops at the first bad magic or
    /// length.
    pub fn new(magic: [u8; 4], rules: &Rules) -> Self {
        Self {
            magic,
            max_payload: rules.max_payload,
            on_bad_magic: OnBadMagic::Stop,
            buffer: Vec::new(),
            start: 0,
            offset: 0,
            lost: None,
        }
    }

    /// Sets what to do where no envelope starts.
    #[must_use]
    pub fn on_bad_magic(mut self, policy: OnBadMagic) -> Self {
        self.on_bad_magic = policy;
        self
    }

    /// Takes the next bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.lost.is_some() && self.on_bad_magic == OnBadMagic::Stop {
            return;
        }
        self.compact();
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the next piece, or `None` until more bytes are pushed.
    ///
    /// # Errors
    /// With [`OnBadMagic::Stop`], [`StreamError`] if no envelope starts where one is required.
    /// Every later call returns the same error.
    pub fn next_frame(&mut self) -> Result<Option<StreamItem>, StreamError> {
        match (self.lost, self.on_bad_magic) {
            (None, _) => self.envelope(),
            (Some(reason), OnBadMagic::Stop) => Err(reason),
            (Some(reason), OnBadMagic::Seek) => Ok(self.seek(reason)),
        }
    }

    /// Returns how the stream ended, if no more bytes arrive. All pieces must have been taken
    /// before.
    pub fn finish(&self) -> StreamEnd {
        let unread = self.waiting();
        if let Some(reason) = self.lost {
            let offset = reason.offset();
            let length = self.offset + unread.len() as u64 - offset;
            return StreamEnd::Skipped {
                offset,
                length,
                reason,
            };
        }
        let have = unread.len();
        let payload = match unread.first_chunk() {
            Some(header) => RawEnvelope::from_v1_header(header).1 as usize,
            None if have == 0 => return StreamEnd::Clean,
            None => 0,
        };
        let need = RawEnvelope::V1_HEADER_SIZE.saturating_add(payload);
        StreamEnd::Truncated {
            offset: self.offset,
            have,
            need,
        }
    }

    /// Returns the unread bytes, and the offset of the first of them in the stream.
    ///
    /// After an error with [`OnBadMagic::Stop`], the first of them is where no envelope starts, and
    /// the last is the last one that was pushed before the error was found.
    pub fn unread(&self) -> (u64, &[u8]) {
        (self.offset, self.waiting())
    }

    fn waiting(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    fn envelope(&mut self) -> Result<Option<StreamItem>, StreamError> {
        let header = match self.header_at(0) {
            Ok(header) => header,
            Err(error) => return self.lose(error),
        };
        let Some((mut envelope, length)) = header else {
            return Ok(None);
        };
        let size = RawEnvelope::V1_HEADER_SIZE.saturating_add(length as usize);
        let Some(payload) = self.waiting().get(RawEnvelope::V1_HEADER_SIZE..size) else {
            return Ok(None);
        };
        envelope.payload = payload.to_vec();
        let offset = self.offset;
        self.consume(size);
        Ok(Some(StreamItem::Envelope { offset, envelope }))
    }

    /// Returns the header of the envelope that starts `at` bytes after the first unread one, and
    /// the length that it announces, or `None` if it has not arrived completely.
    fn header_at(&self, at: usize) -> Result<Option<(RawEnvelope, u32)>, StreamError> {
        let bytes = self.waiting().get(at..).unwrap_or_default();
        let offset = self.offset + at as u64;
        let (Some(&found), expected) = (bytes.first_chunk(), self.magic) else {
            return Ok(None);
        };
        if found != expected {
            return Err(StreamError::Magic {
                offset,
                found,
                expected,
            });
        }
        let Some(header) = bytes.first_chunk().map(RawEnvelope::from_v1_header) else {
            return Ok(None);
        };
        let (length, limit) = (header.1, self.max_payload);
        if length > limit {
            return Err(StreamError::OverLimit {
                offset,
                length,
                limit,
            });
        }
        Ok(Some(header))
    }

    /// Handles a place where no envelope starts: stops or starts to seek.
    fn lose(&mut self, error: StreamError) -> Result<Option<StreamItem>, StreamError> {
        self.lost = Some(error);
        match self.on_bad_magic {
            OnBadMagic::Stop => Err(error),
            OnBadMagic::Seek => Ok(self.seek(error)),
        }
    }

    /// Looks for the next envelope, and reports the bytes before it.
    fn seek(&mut self, reason: StreamError) -> Option<StreamItem> {
        while self.waiting().len() >= self.magic.len() {
            match self.header_at(0) {
                Ok(Some(_)) => {
                    self.lost = None;
                    let offset = reason.offset();
                    return Some(StreamItem::Skipped {
                        offset,
                        length: self.offset - offset,
                        reason,
                    });
                }
                Ok(None) => return None,
                Err(_) => self.consume(self.distance_to_magic()),
            }
        }
        None
    }

    /// Returns the distance from the first unread byte to the next magic or, if there is none, the
    /// number of bytes that cannot be part of one.
    fn distance_to_magic(&self) -> usize {
        let after = self.waiting().get(1..).unwrap_or_default();
        let found = after
            .windows(self.magic.len())
            .position(|window| window == self.magic);
        1 + found.unwrap_or_else(|| after.len().saturating_sub(self.magic.len() - 1))
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }

    /// Drops the bytes that were returned, and frees the memory that a large message took.
    fn compact(&mut self) {
        const KEEP: usize = 64 * 1024;
        if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
            if self.buffer.len() < KEEP {
                self.buffer.shrink_to(KEEP);
            }
        }
    }
}

impl StreamError {
    /// Returns the offset in the stream at which no envelope starts.
    pub fn offset(&self) -> u64 {
        match self {
            Self::Magic { offset, .. } | Self::OverLimit { offset, .. } => *offset,
        }
    }
}

#[cfg(test)]
mod tests;
