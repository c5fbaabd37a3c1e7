//! `sendcmpct`: says that compact blocks are understood, and whether to announce blocks by them.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0 | `announce` | 0 or 1: whether to announce new blocks by `cmpctblock` |
//! | 1..9 | `version` | u64, little-endian: 2 for short ids made of wtxids, the only one today |
//!
//! Source: BIP152, "sendcmpct".

use serde::{Deserialize, Serialize};

use crate::wire::{Malformed, Reader, Wire, Writer};

/// Asks for blocks in compact form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SendCmpct {
    /// Whether to announce new blocks by `cmpctblock` ("high bandwidth").
    pub announce: bool,
    /// The version of the compact form.
    pub version: u64,
}

impl Default for SendCmpct {
    fn default() -> Self {
        Self { announce: false, version: 2 }
    }
}

impl Wire for SendCmpct {
    const MIN_SIZE: usize = 9;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { announce: r.bool("announce")?, version: r.u64("version")? })
    }

    fn write(&self, w: &mut Writer) {
        w.u8(self.announce.into());
        w.u64(self.version);
    }
}
