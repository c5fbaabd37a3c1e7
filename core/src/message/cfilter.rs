//! `cfilter`: answers a `getcfilters`, with one message for each block.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0 | `filter_type` | [`FilterType`] |
//! | 1..33 | `block_hash` | hash256 |
//! | 1.. | `filter` | CompactSize and bytes: a CompactSize `N` and a Golomb-coded set (BIP158) |
//!
//! Source: BIP157, "cfilter".

use serde::{Deserialize, Serialize};

use super::FilterType;
use crate::hash::Hash256;
use crate::wire::{Bytes, Malformed, Reader, Wire, Writer};

/// The filter of a block.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CFilter {
    /// The type of the filter.
    pub filter_type: FilterType,
    /// The block.
    pub block_hash: Hash256,
    /// The filter.
    pub filter: Bytes,
}

impl Wire for CFilter {
    const MIN_SIZE: usize = 34;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            filter_type: r.u8("filter_type").map(FilterType)?,
            block_hash: r.hash("block_hash")?,
            filter: r.owned_bytes("filter", r.rules().max_size)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u8(self.filter_type.0);
        self.block_hash.write(w);
        w.var_bytes(&self.filter);
    }
}
