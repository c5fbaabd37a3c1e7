//! `getheaders`: asks for up to 2,000 headers that follow the newest known one.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 4 | `version` | u32: the sender's protocol version; ignored |
//! | 1.. | `locator` | CompactSize and at most 101 hashes, newest first |
//! | 32 | `stop` | the last header wanted; zero for as many as fit |
//!
//! Source: Bitcoin Core `NetMsgType::GETHEADERS` (`src/protocol.h`), `MAX_LOCATOR_SZ`
//! (`src/net_processing.cpp`).

use serde::{Deserialize, Serialize};

use super::Version;
use crate::hash::Hash256;
use crate::wire::{Malformed, Reader, Wire, Writer};

/// Asks for the headers that follow the newest known one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GetHeaders {
    /// The sender's protocol version; ignored.
    pub version: u32,
    /// Hashes of the sender's chain, newest first: the answer starts behind the first that is on
    /// the receiver's chain.
    pub locator: Vec<Hash256>,
    /// The last header wanted, or [`Hash256::ZERO`] for as many as fit.
    pub stop: Hash256,
}

impl Default for GetHeaders {
    fn default() -> Self {
        Self {
            version: Version::PROTOCOL_VERSION.unsigned_abs(),
            locator: Vec::new(),
            stop: Hash256::ZERO,
        }
    }
}

impl Wire for GetHeaders {
    const MIN_SIZE: usize = 37;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            version: r.u32("version")?,
            locator: r.list("locator", r.rules().max_locator)?,
            stop: r.hash("stop")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(self.version);
        w.list(&self.locator);
        self.stop.write(w);
    }
}
