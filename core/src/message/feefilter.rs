//! `feefilter`: asks the peer not to announce transactions that pay less.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0..8 | `fee_rate` | i64, little-endian, satoshi per 1,000 virtual bytes |
//!
//! Source: BIP133.

use serde::{Deserialize, Serialize};

use crate::wire::{Malformed, Reader, Wire, Writer};

/// Asks the peer not to announce transactions that pay less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeeFilter {
    /// Satoshi per 1,000 virtual bytes. Signed, as the reference reads it; it ignores rates that
    /// are not valid amounts of money.
    pub fee_rate: i64,
}

impl Wire for FeeFilter {
    const MIN_SIZE: usize = 8;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { fee_rate: r.i64("fee_rate")? })
    }

    fn write(&self, w: &mut Writer) {
        w.i64(self.fee_rate);
    }
}
