//! `cfcheckpt`: answers a `getcfcheckpt`.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0 | `filter_type` | [`FilterType`] |
//! | 1..33 | `stop_hash` | the hash of the last block |
//! | 1.. | `filter_headers` | CompactSize and hashes: one for each 1,000 blocks |
//!
//! Source: BIP157, "cfcheckpt".

use serde::{Deserialize, Serialize};

use super::FilterType;
use crate::hash::Hash256;
use crate::wire::{Malformed, Reader, Wire, Writer};

/// Every 1,000th filter header up to a block.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CFCheckpt {
    /// The type of the filters.
    pub filter_type: FilterType,
    /// The hash of the last block.
    pub stop_hash: Hash256,
    /// The filter headers at the heights 1,000, 2,000 and so on.
    pub filter_headers: Vec<Hash256>,
}

impl Wire for CFCheckpt {
    const MIN_SIZE: usize = 34;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            filter_type: r.u8("filter_type").map(FilterType)?,
            stop_hash: r.hash("stop_hash")?,
            filter_headers: r.list("filter_headers", r.rules().max_size)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u8(self.filter_type.0);
        self.stop_hash.write(w);
        w.list(&self.filter_headers);
    }
}
