//! `sendtxrcncl`: offers to announce transactions by reconciliation.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0..4 | `version` | u32, little-endian: 1 |
//! | 4..12 | `salt` | u64, little-endian: a share of the salt of the short ids |
//!
//! Source: BIP330, "sendtxrcncl".

use serde::{Deserialize, Serialize};

use crate::wire::{Malformed, Reader, Wire, Writer};

/// Offers to announce transactions by reconciliation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SendTxRcncl {
    /// The newest version of the protocol that the peer speaks.
    pub version: u32,
    /// The peer's share of the salt of the short ids.
    pub salt: u64,
}

impl Default for SendTxRcncl {
    fn default() -> Self {
        Self { version: 1, salt: 0 }
    }
}

impl Wire for SendTxRcncl {
    const MIN_SIZE: usize = 12;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { version: r.u32("version")?, salt: r.u64("salt")? })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(self.version);
        w.u64(self.salt);
    }
}
