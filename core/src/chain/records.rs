//! Headers checked in place: in a file, or in the body of a `headers` message.

use super::error::HeaderError;
use super::validator::{Accepted, Validator};
use crate::hash::{Hash256, HashPath, hash256_headers_with};
use crate::header::Header;

/// How many headers are hashed at once: 20 kB of headers and 8 kB of hashes, which are still in the
/// nearest cache when they are checked.
const CHUNK: usize = 256;

/// Records that are not headers of one chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordsError {
    /// A record has no room for a header.
    #[error("records of {found} bytes, expected at least 80")]
    Stride {
        /// The size of a record.
        found: usize,
    },
    /// The last record is shorter than a header.
    #[error("truncated record at byte {offset}: found {found} bytes, expected 80")]
    Truncated {
        /// The offset of the record in bytes.
        offset: usize,
        /// The size of the record in bytes.
        found: usize,
    },
    /// A header breaks a rule.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

impl Validator {
    /// Checks the headers at the start of each `stride`-byte record, at the time `now`: 80 for a
    /// file of headers, 81 for the body of a `headers` message, whose count bytes are ignored.
    /// The last record may end after its header.
    ///
    /// Hashing takes nearly all of the time; the other checks take some nanoseconds a header. The
    /// call needs some kilobytes of stack and no other memory.
    ///
    /// # Errors
    /// At the first header that breaks a rule, or at a last record that is shorter than a header.
    /// The headers before it are accepted and stay so.
    pub fn push_records(
        &mut self,
        records: &[u8],
        stride: usize,
        now: u64,
    ) -> Result<Accepted, RecordsError> {
        let records = Records::new(records, stride)?;
        let mut hashes = [Hash256::ZERO; CHUNK];
        for chunk in records.chunks(CHUNK) {
            chunk.hash(self.hash_path, &mut hashes);
            self.push_hashed(chunk.headers().zip(&hashes), now)?;
        }
        Ok(self.accepted(records.count()?))
    }
}

/// Records that have room for a header each; the last may be cut short.
#[derive(Debug, Clone, Copy)]
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    stride: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(bytes: &'a [u8], stride: usize) -> Result<Self, RecordsError> {
        if stride < Header::SIZE {
            return Err(RecordsError::Stride { found: stride });
        }
        Ok(Self { bytes, stride })
    }

    /// The number of headers, if the last one is whole.
    pub(super) fn count(self) -> Result<usize, RecordsError> {
        let records = self.bytes.chunks(self.stride);
        let count = records.len();
        match records.last() {
            Some(cut_short) if cut_short.len() < Header::SIZE => Err(RecordsError::Truncated {
                offset: (count - 1) * self.stride,
                found: cut_short.len(),
            }),
            _ => Ok(count),
        }
    }

    /// These records, `count` at a time.
    pub(super) fn chunks(self, count: usize) -> impl ExactSizeIterator<Item = Self> + Clone {
        let chunks = self.bytes.chunks(self.stride.saturating_mul(count));
        chunks.map(move |bytes| Self { bytes, ..self })
    }

    /// Hashes as many headers as `hashes` has room for.
    pub(super) fn hash(self, path: HashPath, hashes: &mut [Hash256]) {
        hash256_headers_with(path, self.bytes, self.stride, hashes);
    }

    /// The whole headers.
    pub(super) fn headers(self) -> impl Iterator<Item = &'a [u8; Header::SIZE]> {
        let records = self.bytes.chunks(self.stride);
        records.filter_map(<[u8]>::first_chunk)
    }
}
