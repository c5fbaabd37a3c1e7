//! The parts of a transaction.
//!
//! An input:
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0..32 | `previous_output.txid` | hash256 |
//! | 32..36 | `previous_output.vout` | u32 |
//! | 1.. | `script_sig` | CompactSize and bytes |
//! | 4 | `sequence` | u32 |
//!
//! An output:
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0..8 | `value` | i64, in satoshi |
//! | 1.. | `script_pubkey` | CompactSize and bytes |
//!
//! All little-endian.
//!
//! Source: Bitcoin Core `COutPoint`, `CTxIn`, `CTxOut` (`src/primitives/transaction.h`).

use serde::{Deserialize, Serialize};

use super::Witness;
use crate::hash::Hash256;
use crate::wire::{Bytes, Malformed, Reader, Wire, Writer};

/// A reference to an output of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutPoint {
    /// The id of the transaction.
    pub txid: Hash256,
    /// The index of the output, from 0.
    pub vout: u32,
}

impl OutPoint {
    /// The reference in the input of a coinbase transaction.
    pub const NULL: Self = Self {
        txid: Hash256::ZERO,
        vout: u32::MAX,
    };
}

impl Default for OutPoint {
    fn default() -> Self {
        Self::NULL
    }
}

impl Wire for OutPoint {
    const MIN_SIZE: usize = 36;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            txid: r.hash("txid")?,
            vout: r.u32("vout")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        self.txid.write(w);
        w.u32(self.vout);
    }
}

/// An input: the output that a transaction spends, and what unlocks it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TxIn {
    /// The output that is spent.
    pub previous_output: OutPoint,
    /// The script that unlocks it.
    pub script_sig: Bytes,
    /// A relative lock time (BIP68), or `0xffffffff`.
    pub sequence: u32,
    /// The witness that unlocks it (BIP141). Its bytes follow the outputs, and are not part of the
    /// wire form of this type.
    #[serde(skip_serializing_if = "Witness::is_empty")]
    pub witness: Witness,
}

impl Default for TxIn {
    fn default() -> Self {
        Self {
            previous_output: OutPoint::NULL,
            script_sig: Bytes::default(),
            sequence: u32::MAX,
            witness: Witness::default(),
        }
    }
}

impl Wire for TxIn {
    const MIN_SIZE: usize = OutPoint::MIN_SIZE + 5;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            previous_output: r.value("previous_output")?,
            script_sig: r.owned_bytes("script_sig", r.rules().max_size)?,
            sequence: r.u32("sequence")?,
            witness: Witness::default(),
        })
    }

    fn skip(r: &mut Reader<'_>) -> Result<(), Malformed> {
        r.bytes("previous_output", OutPoint::MIN_SIZE)?;
        r.var_bytes("script_sig", r.rules().max_size)?;
        r.u32("sequence").map(drop)
    }

    fn write(&self, w: &mut Writer) {
        self.previous_output.write(w);
        w.var_bytes(&self.script_sig);
        w.u32(self.sequence);
    }
}

/// An output: an amount, and who can spend it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TxOut {
    /// The amount in satoshi. Signed, as the reference reads it; it may be out of range.
    pub value: i64,
    /// The script that locks it.
    pub script_pubkey: Bytes,
}

impl Wire for TxOut {
    const MIN_SIZE: usize = 9;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            value: r.i64("value")?,
            script_pubkey: r.owned_bytes("script_pubkey", r.rules().max_size)?,
        })
    }

    fn skip(r: &mut Reader<'_>) -> Result<(), Malformed> {
        r.i64("value")?;
        r.var_bytes("script_pubkey", r.rules().max_size).map(drop)
    }

    fn write(&self, w: &mut Writer) {
        w.i64(self.value);
        w.var_bytes(&self.script_pubkey);
    }
}
