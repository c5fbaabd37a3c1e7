//! `merkleblock`: a header, and the proof that the transactions that matched a filter are in the
//! block.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 80 | `header` | [`Header`] |
//! | 4 | `total_transactions` | u32, little-endian: the number of transactions in the block |
//! | 1.. | `hashes` | CompactSize and at most 16,666 hashes, in depth-first order |
//! | 1.. | `flags` | CompactSize and at most 4,168 bytes: a bit for each node that is visited, lowest first |
//!
//! Source: BIP37, "Partial Merkle branch format"; Bitcoin Core `CMerkleBlock`
//! (`src/merkleblock.h`). The limit is `MAX_BLOCK_WEIGHT` / `MIN_TRANSACTION_WEIGHT`, from
//! `CPartialMerkleTree::ExtractMatches`, and the number of flags of a tree over that many leaves.

use serde::{Deserialize, Serialize};

use crate::hash::Hash256;
use crate::header::Header;
use crate::wire::{Bytes, Malformed, Reader, Wire, Writer};

/// A header and a partial Merkle tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MerkleBlock {
    /// The header.
    pub header: Header,
    /// The number of transactions in the block.
    pub total_transactions: u32,
    /// The hashes, in depth-first order.
    pub hashes: Vec<Hash256>,
    /// A bit for each node that is visited, the lowest of each byte first.
    pub flags: Bytes,
}

impl Wire for MerkleBlock {
    const MIN_SIZE: usize = Header::SIZE + 6;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            header: r.value("header")?,
            total_transactions: r.u32("total_transactions")?,
            hashes: r.list("hashes", r.rules().max_merkle_hashes)?,
            flags: r.owned_bytes("flags", r.rules().max_merkle_flags)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        self.header.write(w);
        w.u32(self.total_transactions);
        w.list(&self.hashes);
        w.var_bytes(&self.flags);
    }
}
