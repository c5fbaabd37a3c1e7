//! `block`: a block with all its transactions.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 80 | `header` | [`Header`] |
//! | 1.. | `transactions` | CompactSize and at most 100,000 [`Transaction`]s |
//!
//! Source: Bitcoin Core `CBlock` (`src/primitives/block.h`); the limit is `MAX_BLOCK_WEIGHT` /
//! `MIN_SERIALIZABLE_TRANSACTION_WEIGHT` (`src/consensus/consensus.h`).

use serde::{Deserialize, Serialize};

use super::Transaction;
use crate::header::Header;
use crate::wire::{Malformed, Reader, Wire, Writer};

/// A block with all its transactions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// The header.
    pub header: Header,
    /// The transactions; the first of a valid block is its coinbase.
    pub transactions: Vec<Transaction>,
}

impl Wire for Block {
    const MIN_SIZE: usize = Header::SIZE + 1;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            header: r.value("header")?,
            transactions: r.list("transactions", r.rules().max_block_transactions)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        self.header.write(w);
        w.list(&self.transactions);
    }
}
