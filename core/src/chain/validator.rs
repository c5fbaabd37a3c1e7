//! A validator for one chain, in constant memory.

use super::error::HeaderError;
use super::fast_path::{self, Hashed};
use super::params::Params;
use super::rules::{self, Checked};
use super::tip::Tip;
use crate::hash::{Hash256, HashPath, hash256_headers_with};
use crate::header::{CompactTarget, Header};

/// How many headers are hashed at once.
const CHUNK: usize = 128;

/// Checks each header against the headers before it, and keeps none.
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
    pub(super) hash_path: HashPath,
}

/// How many headers were accepted without checking a rule that needs headers before the anchor.
///
/// Always zero for a chain that starts at block 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unchecked {
    /// Headers whose required `bits` are not known: at most that of the first boundary, and before
    /// it, where the 20-minute rule holds, those that would walk back past the anchor. Their `bits`
    /// still have to encode a target within the limit, and the hash has to meet it.
    pub required_bits: u64,
    /// Headers whose median time past is not known: at most the ten after the anchor.
    pub median_time_past: u64,
}

/// The result of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The number of headers that were accepted.
    pub count: usize,
    /// The new tip.
    pub tip: Tip,
}

impl Validator {
    /// A chain of block 0 only, which is not checked.
    pub fn new(params: Params) -> Self {
        let tip = Tip::genesis(&params);
        Self::at(params, tip)
    }

    /// A chain that starts in the middle, with `anchor` at `height`.
    ///
    /// The anchor is checked by itself: `bits`, proof of work and version. Rules that could not be
    /// checked for the headers after it are counted in [`Validator::unchecked`].
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
            hash_path: HashPath::best(),
        }
    }

    /// The same chain, hashing batches on `path` from now on instead of [`HashPath::best`].
    #[must_use]
    pub fn with_hash_path(mut self, path: HashPath) -> Self {
        self.hash_path = path;
        self
    }

    /// The last accepted header.
    pub fn tip(&self) -> &Tip {
        &self.tip
    }

    /// The rules.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The rules that could not be checked so far.
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
    /// shows how many they were.
    pub fn push_batch(&mut self, headers: &[Header], now: u64) -> Result<Accepted, HeaderError> {
        let mut records = [[0; Header::SIZE]; CHUNK];
        let mut hashes = [Hash256::ZERO; CHUNK];
        for chunk in headers.chunks(CHUNK) {
            for (record, header) in records.iter_mut().zip(chunk) {
                *record = header.to_bytes();
            }
            let records = &records[..chunk.len()];
            let bytes = records.as_flattened();
            hash256_headers_with(self.hash_path, bytes, Header::SIZE, &mut hashes);
            self.push_hashed(records.iter().zip(&hashes), now)?;
        }
        Ok(self.accepted(headers.len()))
    }

    /// Checks headers whose hashes are known.
    pub(super) fn push_hashed<'a>(
        &mut self,
        mut headers: impl Iterator<Item = Hashed<'a>>,
        now: u64,
    ) -> Result<(), HeaderError> {
        while let Some((header, hash)) =
            fast_path::skip_valid(&self.params, &mut self.tip, &mut headers, now)
        {
            self.accept(&Header::from_bytes(header), *hash, now)?;
        }
        Ok(())
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

    pub(super) fn accepted(&self, count: usize) -> Accepted {
        Accepted {
            count,
            tip: self.tip,
        }
    }
}
