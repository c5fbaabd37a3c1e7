//! `filteradd`: adds an element to the loaded Bloom filter.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 1.. | `data` | CompactSize and at most 520 bytes |
//!
//! Source: BIP37, "New messages"; Bitcoin Core `MAX_SCRIPT_ELEMENT_SIZE` (`src/script/script.h`).

use serde::{Deserialize, Serialize};

use crate::wire::{Bytes, Malformed, Reader, Wire, Writer};

/// Adds an element to the loaded filter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilterAdd {
    /// The element.
    pub data: Bytes,
}

impl Wire for FilterAdd {
    const MIN_SIZE: usize = 1;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { data: r.owned_bytes("data", r.rules().max_filter_add)? })
    }

    fn write(&self, w: &mut Writer) {
        w.var_bytes(&self.data);
    }
}
