//! The 80-byte block header.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0..4 | `version` | i32, little-endian |
//! | 4..36 | `prev_block` | hash256 of the previous header |
//! | 36..68 | `merkle_root` | hash256 |
//! | 68..72 | `time` | u32, little-endian, seconds since 1970 |
//! | 72..76 | `bits` | u32, little-endian, the target in compact form |
//! | 76..80 | `nonce` | u32, little-endian |
//!
//! Source: Bitcoin Core `CBlockHeader` (`src/primitives/block.h`).

mod bits;
mod target;
mod work;

pub use bits::{CompactTarget, ParseBitsError};
use serde::{Deserialize, Serialize};
pub use target::{CompactError, Target};
pub use work::Work;

use crate::hash::{HEADER_SIZE, Hash256, hash256};

/// A block header. Any 80 bytes are one; [`crate::chain`] decides which are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The block version: a number up to 4, or version bits (BIP9) from `0x20000000` on.
    pub version: i32,
    /// The hash of the header before this one.
    pub prev_block: Hash256,
    /// The root of the tree over the block's transactions.
    pub merkle_root: Hash256,
    /// Seconds since 1970, by the miner's clock.
    pub time: u32,
    /// The target that [`Header::hash`] must not exceed, in compact form.
    pub bits: CompactTarget,
    /// The number that the miner varied until the hash met the target.
    pub nonce: u32,
}

impl Header {
    /// The size of a header in bytes.
    pub const SIZE: usize = HEADER_SIZE;

    /// Reads a header. Any 80 bytes are one.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let word = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        let mut prev_block = [0; 32];
        prev_block.copy_from_slice(&bytes[4..36]);
        let mut merkle_root = [0; 32];
        merkle_root.copy_from_slice(&bytes[36..68]);
        Self {
            version: i32::from_le_bytes(word(0)),
            prev_block: Hash256(prev_block),
            merkle_root: Hash256(merkle_root),
            time: u32::from_le_bytes(word(68)),
            bits: CompactTarget(u32::from_le_bytes(word(72))),
            nonce: u32::from_le_bytes(word(76)),
        }
    }

    /// The 80 bytes of this header.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..4].copy_from_slice(&self.version.to_le_bytes());
        bytes[4..36].copy_from_slice(&self.prev_block.0);
        bytes[36..68].copy_from_slice(&self.merkle_root.0);
        bytes[68..72].copy_from_slice(&self.time.to_le_bytes());
        bytes[72..76].copy_from_slice(&self.bits.0.to_le_bytes());
        bytes[76..].copy_from_slice(&self.nonce.to_le_bytes());
        bytes
    }

    /// The block's hash: hash256 of the 80 bytes.
    pub fn hash(&self) -> Hash256 {
        hash256(&self.to_bytes())
    }
}
