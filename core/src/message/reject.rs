//! `reject`: says why a message was refused. Retired, but some nodes still send it.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 1.. | `message` | CompactSize and at most 12 bytes: the command |
//! | 1 | `code` | [`RejectCode`] |
//! | 1.. | `reason` | CompactSize and at most 111 bytes |
//! | 0 or 32 | `hash` | the transaction or block, if it was one |
//!
//! Source: BIP61; Bitcoin Core `MAX_REJECT_MESSAGE_LENGTH` (`src/validation.h`, until 0.20).

use serde::{Deserialize, Serialize};

use super::open_enum;
use crate::hash::Hash256;
use crate::wire::{Malformed, Reader, VarStr, Wire, Writer};

open_enum! {
    /// Why a message was refused. Values without a name are kept.
    ///
    /// Source: BIP61.
    RejectCode(u8) {
        /// It could not be decoded.
        MALFORMED = 0x01,
        /// It breaks a consensus rule.
        INVALID = 0x10,
        /// Its version is no longer accepted.
        OBSOLETE = 0x11,
        /// It came twice, or spends an output that is already spent.
        DUPLICATE = 0x12,
        /// The transaction is valid, but not relayed by policy.
        NONSTANDARD = 0x40,
        /// An output is too small.
        DUST = 0x41,
        /// The fee is too small.
        INSUFFICIENTFEE = 0x42,
        /// The block is on a chain without a checkpoint block.
        CHECKPOINT = 0x43,
    }
}

/// Says why a message was refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// The command of the message.
    pub message: VarStr,
    /// Why it was refused.
    pub code: RejectCode,
    /// Why it was refused, as text for people.
    #[serde(default)]
    pub reason: VarStr,
    /// The hash of the transaction or block, if the message was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Hash256>,
}

impl Wire for Reject {
    const MIN_SIZE: usize = 3;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            message: VarStr(r.owned_bytes("message", r.rules().max_reject_message)?.into_vec()),
            code: r.u8("code").map(RejectCode)?,
            reason: VarStr(r.owned_bytes("reason", r.rules().max_reject_reason)?.into_vec()),
            hash: match r.rest() {
                [] => None,
                _ => Some(r.hash("hash")?),
            },
        })
    }

    fn write(&self, w: &mut Writer) {
        w.var_bytes(&self.message.0);
        w.u8(self.code.0);
        w.var_bytes(&self.reason.0);
        if let Some(hash) = &self.hash {
            hash.write(w);
        }
    }
}
