//! `filterload`: asks for only the transactions that match a Bloom filter.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 1.. | `filter` | CompactSize and at most 36,000 bytes |
//! | 4 | `hash_funcs` | u32: how many, at most 50 |
//! | 4 | `tweak` | u32: added to the seed of each hash function |
//! | 1 | `flags` | [`BloomUpdate`] |
//!
//! All little-endian.
//!
//! Source: BIP37, "New messages"; Bitcoin Core `MAX_BLOOM_FILTER_SIZE`, `MAX_HASH_FUNCS`
//! (`src/common/bloom.h`).

use serde::{Deserialize, Serialize};

use super::open_enum;
use crate::wire::{Bytes, Malformed, Reader, Wire, Writer};

open_enum! {
    /// Whether a match adds the outputs it found to the filter. Values without a name are kept.
    ///
    /// Source: BIP37, "Filter matching algorithm"; Bitcoin Core `bloomflags`
    /// (`src/common/bloom.h`).
    BloomUpdate(u8) {
        /// A match adds nothing.
        NONE = 0,
        /// A match adds the outputs it found.
        ALL = 1,
        /// A match adds an output that pays to a bare public key or to a bare multisig.
        P2PUBKEY_ONLY = 2,
    }
}

/// Asks for only the transactions that match a filter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilterLoad {
    /// The bits of the filter.
    pub filter: Bytes,
    /// How many hash functions it uses.
    pub hash_funcs: u32,
    /// Added to the seed of each hash function.
    pub tweak: u32,
    /// Whether a match adds to the filter.
    pub flags: BloomUpdate,
}

impl Default for FilterLoad {
    fn default() -> Self {
        Self { filter: Bytes::default(), hash_funcs: 0, tweak: 0, flags: BloomUpdate::NONE }
    }
}

impl Wire for FilterLoad {
    const MIN_SIZE: usize = 10;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            filter: r.owned_bytes("filter", r.rules().max_filter_size)?,
            hash_funcs: read_hash_funcs(r)?,
            tweak: r.u32("tweak")?,
            flags: r.u8("flags").map(BloomUpdate)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.var_bytes(&self.filter);
        w.u32(self.hash_funcs);
        w.u32(self.tweak);
        w.u8(self.flags.0);
    }
}

fn read_hash_funcs(r: &mut Reader<'_>) -> Result<u32, Malformed> {
    let start = r.offset();
    let found = r.u32("hash_funcs")?;
    let limit = r.rules().max_hash_funcs;
    r.limited(start, "hash_funcs", found.into(), limit.into())?;
    Ok(found)
}
