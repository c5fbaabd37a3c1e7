//! `cfheaders`: answers a `getcfheaders`.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0 | `filter_type` | [`FilterType`] |
//! | 1..33 | `stop_hash` | the hash of the last block |
//! | 33..65 | `previous_filter_header` | the filter header of the block before the first |
//! | 1.. | `filter_hashes` | CompactSize and at most 2,000 hashes |
//!
//! Source: BIP157, "cfheaders"; Bitcoin Core `MAX_GETCFHEADERS_SIZE` (`src/net_processing.cpp`).

use serde::{Deserialize, Serialize};

use super::FilterType;
use crate::hash::Hash256;
use crate::wire::{Malformed, Reader, Wire, Writer};

/// The filter hashes of a range of blocks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CFHeaders {
    /// The type of the filters.
    pub filter_type: FilterType,
    /// The hash of the last block.
    pub stop_hash: Hash256,
    /// The filter header of the block before the first; zero before block 0.
    pub previous_filter_header: Hash256,
    /// The filter hashes, from which the filter headers follow.
    pub filter_hashes: Vec<Hash256>,
}

impl Wire for CFHeaders {
    const MIN_SIZE: usize = 66;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            filter_type: r.u8("filter_type").map(FilterType)?,
            stop_hash: r.hash("stop_hash")?,
            previous_filter_header: r.hash("previous_filter_header")?,
            filter_hashes: r.list("filter_hashes", r.rules().max_cfheaders)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u8(self.filter_type.0);
        self.stop_hash.write(w);
        self.previous_filter_header.write(w);
        w.list(&self.filter_hashes);
    }
}
