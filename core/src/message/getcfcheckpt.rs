//! `getcfcheckpt`: asks for every 1,000th filter header up to a block.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0 | `filter_type` | [`FilterType`] |
//! | 1..33 | `stop_hash` | the hash of the last block |
//!
//! Source: BIP157, "getcfcheckpt".

use serde::{Deserialize, Serialize};

use super::FilterType;
use crate::hash::Hash256;
use crate::wire::{Malformed, Reader, Wire, Writer};

/// Asks for every 1,000th filter header up to a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GetCFCheckpt {
    /// The type of the filters.
    pub filter_type: FilterType,
    /// The hash of the last block.
    pub stop_hash: Hash256,
}

impl Wire for GetCFCheckpt {
    const MIN_SIZE: usize = 33;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            filter_type: r.u8("filter_type").map(FilterType)?,
            stop_hash: r.hash("stop_hash")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u8(self.filter_type.0);
        self.stop_hash.write(w);
    }
}
