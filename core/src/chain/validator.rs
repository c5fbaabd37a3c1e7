//! Headers in, tip out: a validator for one chain, in constant memory.

use super::error::HeaderError;
use super::params::Params;
use super::rules::{self, Checked};
use super::tip::Tip;
use crate::hash::{Hash256, hash256_headers};
use crate::header::{CompactTarget, Header};

/// How many headers are hashed at once.
const CHUNK: usize = 256;

/// Checks each header against the chain of those before it, and keeps none.
///
/// ```
/// use fake_peer_core::chain::{Params, Validator};
///
/// let mut chain = Validator::new(Params::mainnet());
/// chain.push_batch(&[], 1_700_000_000)?;
/// assert_eq!(chain.tip().height, 0);
/// # Ok::<(), fake_peer_core::chain::HeaderError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Validator {
    params: Params,
    tip: Tip,
    unchecked: Unchecked,
}

/// How many headers were accepted without a rule because it asks for headers before the anchor.
///
/// Always zero for a chain that starts at block 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unchecked {
    /// Headers whose required `bits` are not known: at most that of the first boundary, and before
    /// it, where the 20-minute rule holds, those that would walk back past the anchor. Their `bits`
    /// still have to stand for a target within the limit that the hash meets.
    pub required_bits: u64,
    /// Headers whose median time past is not known: at most the ten after the anchor.
    pub median_time_past: u64,
}

/// What a batch led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// How many headers were accepted.
    pub count: usize,
    /// The new tip.
    pub tip: Tip,
}

/// Records that are not headers of one chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordsError {
    /// A record has no room for a header.
    #[error("records of {found} bytes, expected at least 80")]
    Stride {
        /// The size of a record.
        found: usize,
    },
    /// The last record has no whole header.
    #[error("truncated record at byte {offset}: found {found} bytes, expected 80")]
    Truncated {
        /// Where the record starts.
        offset: usize,
        /// How many bytes it has.
        found: usize,
    },
    /// A header breaks a rule.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

impl Validator {
    /// A chain of block 0 only, which is not checked.
    pub fn new(params: Params) -> Self {
        let tip = Tip::genesis(&params);
        Self::at(params, tip)
    }

    /// A chain that starts in the middle, with `anchor` at `height`.
    ///
    /// The anchor is checked by itself: `bits`, proof of work and version. What the headers after
    /// it cannot be checked for is counted in [`Validator::unchecked`].
    ///
    /// # Errors
    /// If the anchor breaks one of those rules.
    pub fn anchored(params: Params, height: u32, anchor: &Header) -> Result<Self, HeaderError> {
        if height == 0 && *anchor == params.genesis {
            return Ok(Self::new(params));
        }
        let tip = rules::check_anchor(&params, height, anchor)?;
        Ok(Self::at(params, tip))
    }

    fn at(params: Params, tip: Tip) -> Self {
        Self {
            params,
            tip,
            unchecked: Unchecked::default(),
        }
    }

    /// The last accepted header.
    pub fn tip(&self) -> &Tip {
        &self.tip
    }

    /// The rules.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// What could not be checked so far.
    pub fn unchecked(&self) -> Unchecked {
        self.unchecked
    }

    /// The `bits` that the next header must have if its time is `time`; `None` if that depends on
    /// a header before the anchor.
    pub fn required_bits(&self, time: u32) -> Option<CompactTarget> {
        rules::required_bits(&self.params, &self.tip, time)
    }

    /// The median of the last 11 times, which the next header's time must pass; `None` if the rule
    /// is off or depends on a header before the anchor.
    pub fn median_time_past(&self) -> Option<u32> {
        self.tip.median_time_past(self.params.median_time_span)
    }

    /// Checks one header, at the time `now` in seconds since 1970.
    ///
    /// # Errors
    /// If the header breaks a rule; the chain stays as it was.
    pub fn push(&mut self, header: &Header, now: u64) -> Result<&Tip, HeaderError> {
        self.accept(header, header.hash(), now)?;
        Ok(&self.tip)
    }

    /// Checks headers one after the other, at the time `now`.
    ///
    /// # Errors
    /// At the first header that breaks a rule. Those before it are accepted and stay so; the tip
    /// tells how many they were.
    pub fn push_batch(&mut self, headers: &[Header], now: u64) -> Result<Accepted, HeaderError> {
        for header in headers {
            self.accept(header, header.hash(), now)?;
        }
        Ok(self.accepted(headers.len()))
    }

    /// Checks the headers at the start of each `stride`-byte record, at the time `now`: 80 for a
    /// file of headers, 81 for the body of a `headers` message, whose count bytes are not looked at.
    /// The last record may end after its header.
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
        if stride < Header::SIZE {
            return Err(RecordsError::Stride { found: stride });
        }
        let mut hashes = [Hash256::ZERO; CHUNK];
        let mut count = 0;
        for chunk in records.chunks(stride.saturating_mul(CHUNK)) {
            let filled = hash256_headers(chunk, stride, &mut hashes);
            for (record, hash) in chunk.chunks(stride).zip(&hashes[..filled]) {
                let Some(bytes) = record.first_chunk() else {
                    break;
                };
                self.accept(&Header::from_bytes(bytes), *hash, now)?;
                count += 1;
            }
        }
        let offset = count * stride;
        match records.len().saturating_sub(offset) {
            0 => Ok(self.accepted(count)),
            found => Err(RecordsError::Truncated { offset, found }),
        }
    }

    fn accept(&mut self, header: &Header, hash: Hash256, now: u64) -> Result<(), HeaderError> {
        let Checked {
            tip,
            bits_known,
            median_known,
        } = rules::check(&self.params, &self.tip, header, hash, now)?;
        self.tip = tip;
        self.unchecked.required_bits += u64::from(!bits_known);
        self.unchecked.median_time_past += u64::from(!median_known);
        Ok(())
    }

    fn accepted(&self, count: usize) -> Accepted {
        Accepted {
            count,
            tip: self.tip,
        }
    }
}
