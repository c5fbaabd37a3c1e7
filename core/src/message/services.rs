//! The services that a peer offers.

use std::fmt;

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

use crate::wire::{Malformed, Reader};

bitflags! {
    /// Service bits: u64, little-endian. Bits without a name are kept.
    ///
    /// Its text form is the names and a remainder in hexadecimal: `NETWORK | WITNESS | 0x1000000`.
    ///
    /// Source: Bitcoin Core `ServiceFlags` (`src/protocol.h`).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct Services: u64 {
        /// Every block.
        const NETWORK = 1;
        /// The retired `getutxo` (BIP64).
        const GETUTXO = 1 << 1;
        /// Bloom filters (BIP37, BIP111).
        const BLOOM = 1 << 2;
        /// Witness data (BIP144).
        const WITNESS = 1 << 3;
        /// Compact block filters (BIP157).
        const COMPACT_FILTERS = 1 << 6;
        /// The last 288 blocks (BIP159).
        const NETWORK_LIMITED = 1 << 10;
        /// The encrypted transport (BIP324).
        const P2P_V2 = 1 << 11;

        const _ = !0;
    }
}

impl Services {
    /// Reads eight bytes.
    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        r.fixed("services", |bytes| {
            Self::from_bits_retain(u64::from_le_bytes(bytes))
        })
    }
}

impl fmt::Display for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        bitflags::parser::to_writer(self, f)
    }
}
