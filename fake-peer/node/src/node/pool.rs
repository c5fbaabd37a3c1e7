//! The mempool: the transactions that are not in a block yet.

use std::collections::HashMap;

use fake_peer_core::Hash256;
use fake_peer_core::message::{OutPoint, Transaction};
use fake_peer_core::wire::{Bytes, Wire as _};

use super::compact::decode;

/// The size of the smallest transaction that is accepted, in bytes
/// (`MIN_STANDARD_TX_NONWITNESS_SIZE`, which does not count the witness).
const MIN_SIZE: usize = 65;

/// A set of transactions. Their inputs and signatures are not checked.
#[derive(Debug, Clone, Default)]
pub(super) struct Pool {
    by_wtxid: HashMap<Hash256, Transaction>,
    wtxids: HashMap<Hash256, Hash256>,
    held: u64,
}

impl Pool {
    /// Adds a transaction if it is new and well-formed, and if there are fewer than `limit`.
    /// Returns whether it was added.
    pub(super) fn accept(
        &mut self,
        transaction: Transaction,
        txid: Hash256,
        wtxid: Hash256,
        limit: usize,
    ) -> bool {
        let full = self.by_wtxid.len() >= limit;
        if full || self.wtxids.contains_key(&txid) || !is_well_formed(&transaction) {
            return false;
        }
        self.held += size(&transaction);
        self.wtxids.insert(txid, wtxid);
        self.by_wtxid.insert(wtxid, transaction);
        true
    }

    /// Returns the transaction with this txid or wtxid.
    pub(super) fn get(&self, hash: &Hash256) -> Option<&Transaction> {
        let by_txid = || self.by_wtxid.get(self.wtxids.get(hash)?);
        self.by_wtxid.get(hash).or_else(by_txid)
    }

    /// Returns the wtxids in sorted order, so that the messages of the node are reproducible.
    pub(super) fn wtxids(&self) -> Vec<Hash256> {
        let mut wtxids: Vec<Hash256> = self.by_wtxid.keys().copied().collect();
        wtxids.sort_unstable();
        wtxids
    }

    /// Removes the transactions of a block.
    pub(super) fn confirm(&mut self, payload: Option<&Bytes>) {
        if self.by_wtxid.is_empty() {
            return;
        }
        let block = payload.and_then(|payload| decode(payload));
        for transaction in block.into_iter().flat_map(|it| it.transactions) {
            if let Some(wtxid) = self.wtxids.remove(&transaction.txid())
                && let Some(dropped) = self.by_wtxid.remove(&wtxid)
            {
                self.held -= size(&dropped);
            }
        }
    }

    /// Returns the number of bytes held.
    pub(super) fn held(&self) -> u64 {
        self.held
    }
}

/// Returns whether a transaction passes the checks that do not depend on what it spends
/// (`CheckTransaction`).
fn is_well_formed(transaction: &Transaction) -> bool {
    let Transaction {
        inputs, outputs, ..
    } = transaction;
    let spends_nothing = inputs.iter().any(|it| it.previous_output == OutPoint::NULL);
    !inputs.is_empty()
        && !outputs.is_empty()
        && !spends_nothing
        && outputs.iter().all(|it| (0..=MAX_MONEY).contains(&it.value))
        && transaction.to_bytes().len() >= MIN_SIZE
}

/// `MAX_MONEY` (`src/consensus/amount.h`).
const MAX_MONEY: i64 = 21_000_000 * 100_000_000;

fn size(transaction: &Transaction) -> u64 {
    transaction.to_bytes().len() as u64
}
