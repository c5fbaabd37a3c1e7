//! `addr`: addresses of other peers.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 1.. | `addresses` | CompactSize and at most 1,000 [`TimedAddress`]es |
//!
//! Source: Bitcoin Core `NetMsgType::ADDR` (`src/protocol.h`), `MAX_ADDR_TO_SEND`
//! (`src/net_processing.cpp`).

use serde::{Deserialize, Serialize};

use super::TimedAddress;
use crate::wire::{Malformed, Reader, Wire, Writer};

/// Addresses of other peers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Addr {
    /// The addresses.
    pub addresses: Vec<TimedAddress>,
}

impl Wire for Addr {
    const MIN_SIZE: usize = 1;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { addresses: r.list("addresses", r.rules().max_addr)? })
    }

    fn write(&self, w: &mut Writer) {
        w.list(&self.addresses);
    }
}
