//! `blocktxn`: answers a `getblocktxn`.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 32 | `block_hash` | hash256 |
//! | 1.. | `transactions` | CompactSize and at most 100,000 [`Transaction`]s |
//!
//! Source: BIP152, "`BlockTransactions`"; the limit is that of a block.

use serde::{Deserialize, Serialize};

use super::Transaction;
use crate::hash::Hash256;
use crate::wire::{Malformed, Reader, Wire, Writer};

/// Answers a [`GetBlockTxn`](super::GetBlockTxn).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlockTxn {
    /// The block.
    pub block_hash: Hash256,
    /// The transactions asked for, in the order asked for.
    pub transactions: Vec<Transaction>,
}

impl Wire for BlockTxn {
    const MIN_SIZE: usize = 33;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            block_hash: r.hash("block_hash")?,
            transactions: r.list("transactions", r.rules().max_block_transactions)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        self.block_hash.write(w);
        w.list(&self.transactions);
    }
}
