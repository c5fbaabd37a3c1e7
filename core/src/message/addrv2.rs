//! `addrv2`: addresses of other peers, on any network.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 1.. | `addresses` | CompactSize and at most 1,000 [`AddressV2`]s |
//!
//! Source: BIP155; Bitcoin Core `MAX_ADDR_TO_SEND` (`src/net_processing.cpp`).

use serde::{Deserialize, Serialize};

use super::AddressV2;
use crate::wire::{Malformed, Reader, Wire, Writer};

/// Addresses of other peers, on any network.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AddrV2 {
    /// The addresses.
    pub addresses: Vec<AddressV2>,
}

impl Wire for AddrV2 {
    const MIN_SIZE: usize = 1;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { addresses: r.list("addresses", r.rules().max_addr)? })
    }

    fn write(&self, w: &mut Writer) {
        w.list(&self.addresses);
    }
}
