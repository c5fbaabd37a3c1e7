//! Cutting a stream of bytes into envelopes.

use super::envelope::RawEnvelope;
use super::rules::Rules;

/// What to do where an envelope should start and does not: the magic is another, or the length
/// is over the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnBadMagic {
    /// Fail for good, as a peer must: it disconnects.
    #[default]
    Stop,
    /// Pass over bytes up to the next envelope, as one who reads a recording wants it.
    Seek,
}

/// A piece of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamItem {
    /// An envelope whose magic is right and whose length is allowed. The rest may lie.
    Envelope {
        /// Where in the stream its first byte stands.
        offset: u64,
        /// The envelope.
        envelope: RawEnvelope,
    },
    /// Bytes that were passed over ([`OnBadMagic::Seek`]).
    Skipped {
        /// Where in the stream the first of them stands.
        offset: u64,
        /// How many.
        length: u64,
        /// Why.
        reason: StreamError,
    },
}

/// No envelope starts at `offset`. Offsets count from the first byte of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The four bytes are not the network's.
    #[error(
        "byte {offset}: found magic {}, expected {}",
        const_hex::encode(found),
        const_hex::encode(expected)
    )]
    Magic {
        /// Where the four bytes stand.
        offset: u64,
        /// The four bytes.
        found: [u8; 4],
        /// The network's magic.
        expected: [u8; 4],
    },
    /// The length is over the limit.
    #[error("byte {}: a length of {length} bytes is over the limit of {limit}", offset + 16)]
    OverLimit {
        /// Where the envelope starts.
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
    /// Behind an envelope, or before the first byte.
    Clean,
    /// Inside an envelope.
    Truncated {
        /// Where in the stream the envelope starts.
        offset: u64,
        /// The bytes of it that came.
        have: usize,
        /// The bytes of it that are needed, as far as can be told: its header's 24 until they are
        /// there, then with the payload.
        need: usize,
    },
    /// While bytes were passed over.
    Skipped {
        /// Where in the stream the first of them stands.
        offset: u64,
        /// How many.
        length: u64,
        /// Why.
        reason: StreamError,
    },
}

/// An incremental decoder: bytes in, [`StreamItem`]s out, the same ones for any split of the bytes.
///
/// It holds no more than the bytes that came and were not yet handed out; an announced length
/// reserves nothing.
#[derive(Debug, Clone)]
pub struct StreamDecoder {
    magic: [u8; 4],
    max_payload: u32,
    on_bad_magic: OnBadMagic,
    buffer: Vec<u8>,
    /// Where in `buffer` the unread bytes start.
    start: usize,
    /// Where in the stream the unread bytes start.
    offset: u64,
    /// Where no envelope started; with [`OnBadMagic::Stop`] the decoder's last word.
    lost: Option<StreamError>,
}

impl StreamDecoder {
    /// A decoder for the network with this magic that stops at the first bad magic or length.
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

    /// The next piece, or `None` until more bytes come.
    ///
    /// # Errors
    /// [`StreamError`] with [`OnBadMagic::Stop`]: no envelope starts where one must, and none can
    /// be read any more. Every later call says the same.
    pub fn next_frame(&mut self) -> Result<Option<StreamItem>, StreamError> {
        match (self.lost, self.on_bad_magic) {
            (None, _) => self.envelope(),
            (Some(reason), OnBadMagic::Stop) => Err(reason),
            (Some(reason), OnBadMagic::Seek) => Ok(self.seek(reason)),
        }
    }

    /// How the stream ended, if no more bytes come. All frames must have been taken before.
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

    /// The bytes that came and were not handed out, and where in the stream the first of them stands.
    ///
    /// After an error with [`OnBadMagic::Stop`], that is where no envelope starts, and the bytes are
    /// those that were pushed before the error was found.
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

    /// The header of the envelope that starts `at` bytes into the unread ones, and the length that
    /// it announces; `None` if it is not there yet.
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

    /// No envelope starts here: stops or starts to seek.
    fn lose(&mut self, error: StreamError) -> Result<Option<StreamItem>, StreamError> {
        self.lost = Some(error);
        match self.on_bad_magic {
            OnBadMagic::Stop => Err(error),
            OnBadMagic::Seek => Ok(self.seek(error)),
        }
    }

    /// Looks for the next place where an envelope starts, and reports what lies before it.
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

    /// How far the next magic lies behind the first unread byte, or, if there is none, how many
    /// bytes cannot be part of one.
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

    /// Drops what was handed out, and gives back the room that a large message took.
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
    /// Where in the stream no envelope starts.
    pub fn offset(&self) -> u64 {
        match self {
            Self::Magic { offset, .. } | Self::OverLimit { offset, .. } => *offset,
        }
    }
}

#[cfg(test)]
mod tests;
