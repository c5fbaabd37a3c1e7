//! `cmpctblock`: a block as short ids of transactions that the receiver is likely to have.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 80 | `header` | [`Header`] |
//! | 8 | `nonce` | u64, little-endian: the salt of the short ids |
//! | 1.. | `short_ids` | CompactSize and [`ShortId`]s of 6 bytes |
//! | 1.. | `prefilled` | CompactSize and [`PrefilledTransaction`]s |
//!
//! Both lists together name at most 65,535 transactions. A prefilled transaction:
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 1.. | `skipped` | CompactSize: the number of places between it and the prefilled one before |
//! | 51.. | `transaction` | [`Transaction`], not the empty one |
//!
//! The places are kept as differences, as on the wire, because every difference can be encoded; a
//! list of places that does not rise cannot. Differences that add up to more than 65,535 are
//! malformed.
//!
//! Source: BIP152; Bitcoin Core `CBlockHeaderAndShortTxIDs` (`src/blockencodings.h`) and
//! `PartiallyDownloadedBlock::InitData` (`src/blockencodings.cpp`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Transaction;
use super::place::Places;
use crate::header::Header;
use crate::text_form::text_form;
use crate::wire::{Malformed, MalformedKind, Reader, Wire, Writer};

/// A block as short ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CmpctBlock {
    /// The header.
    pub header: Header,
    /// The salt of the short ids.
    pub nonce: u64,
    /// The transactions that are not prefilled, in the order of the block.
    pub short_ids: Vec<ShortId>,
    /// The transactions that are sent in full, in the order of the block: at least the coinbase.
    pub prefilled: Vec<PrefilledTransaction>,
}

/// The six bytes of `SipHash` that identify a transaction, in the order of the wire. The text
/// form is hexadecimal in that order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShortId(pub [u8; Self::SIZE]);

/// A transaction of a compact block that is sent in full.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrefilledTransaction {
    /// The number of places between this transaction and the prefilled one before it, or the start
    /// of the block.
    pub skipped: u16,
    /// The transaction.
    pub transaction: Transaction,
}

impl CmpctBlock {
    /// The prefilled transactions with their places in the block, from 0.
    pub fn prefilled_places(&self) -> impl Iterator<Item = (u64, &Transaction)> {
        let mut places = Places::default();
        self.prefilled
            .iter()
            .map(move |it| (places.next(it.skipped), &it.transaction))
    }
}

impl Wire for CmpctBlock {
    const MIN_SIZE: usize = Header::SIZE + 10;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let limit = r.rules().max_compact_transactions;
        let header = r.value("header")?;
        let nonce = r.u64("nonce")?;
        let short_ids: Vec<ShortId> = r.list("short_ids", limit)?;
        let left = limit.saturating_sub(short_ids.len() as u64);
        let mut places = Places::default();
        let prefilled =
            r.list_with("prefilled", left, PrefilledTransaction::MIN_SIZE, |r| {
                PrefilledTransaction::read(r, &mut places)
            })?;
        Ok(Self { header, nonce, short_ids, prefilled })
    }

    fn write(&self, w: &mut Writer) {
        self.header.write(w);
        w.u64(self.nonce);
        w.list(&self.short_ids);
        w.compact_size(self.prefilled.len() as u64);
        for prefilled in &self.prefilled {
            w.compact_size(prefilled.skipped.into());
            prefilled.transaction.write(w);
        }
    }
}

impl PrefilledTransaction {
    const MIN_SIZE: usize = 1 + Transaction::MIN_SIZE_WITH_INPUT;

    fn read(r: &mut Reader<'_>, places: &mut Places) -> Result<Self, Malformed> {
        let skipped = places.read(r, "skipped")?;
        let start = r.offset();
        let transaction: Transaction = r.value("transaction")?;
        if transaction.inputs.is_empty() {
            let kind = MalformedKind::Unexpected { found: 0, expected: "one input or more" };
            return Err(r.error_at(start, "transaction", kind));
        }
        Ok(Self { skipped, transaction })
    }
}

impl ShortId {
    /// The size in bytes.
    pub const SIZE: usize = 6;
}

impl Wire for ShortId {
    const MIN_SIZE: usize = Self::SIZE;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        r.array("id").map(Self)
    }

    fn write(&self, w: &mut Writer) {
        w.bytes(&self.0);
    }
}

impl fmt::Display for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&const_hex::encode(self.0))
    }
}

impl fmt::Debug for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ShortId {
    type Err = const_hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, const_hex::FromHexError> {
        const_hex::decode_to_array(text).map(Self)
    }
}

text_form!(ShortId);
