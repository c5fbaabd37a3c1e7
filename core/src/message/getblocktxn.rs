//! `getblocktxn`: asks for transactions of a compact block.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 32 | `block_hash` | hash256 |
//! | 1.. | `skipped` | CompactSize, then for each transaction a CompactSize: the number of places skipped |
//!
//! The places are kept as differences, as on the wire, because every difference can be encoded; a
//! list of places that does not rise cannot. Differences that add up to more than 65,535 are
//! malformed.
//!
//! Source: BIP152, "`BlockTransactionsRequest`"; Bitcoin Core `BlockTransactionsRequest`
//! (`src/blockencodings.h`).

use serde::{Deserialize, Serialize};

use super::place::Places;
use crate::hash::Hash256;
use crate::wire::{Malformed, Reader, Wire, Writer};

/// Asks for transactions of a compact block.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GetBlockTxn {
    /// The block.
    pub block_hash: Hash256,
    /// For each transaction wanted, the number of places between it and the one wanted before it,
    /// or the start of the block. `[0, 0, 3]` asks for the places 0, 1 and 5.
    pub skipped: Vec<u16>,
}

impl GetBlockTxn {
    /// The places of the transactions wanted, from 0.
    pub fn places(&self) -> impl Iterator<Item = u64> {
        let mut places = Places::default();
        self.skipped.iter().map(move |&skipped| places.next(skipped))
    }
}

impl Wire for GetBlockTxn {
    const MIN_SIZE: usize = 33;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut places = Places::default();
        let limit = r.rules().max_transaction_indexes;
        Ok(Self {
            block_hash: r.hash("block_hash")?,
            skipped: r.list_with("skipped", limit, 1, |r| places.read(r, "place"))?,
        })
    }

    fn write(&self, w: &mut Writer) {
        self.block_hash.write(w);
        w.compact_size(self.skipped.len() as u64);
        for &skipped in &self.skipped {
            w.compact_size(skipped.into());
        }
    }
}
