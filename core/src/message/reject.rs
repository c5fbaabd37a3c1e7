//! `reject`: says why a message was not taken. Retired, but still sent by some.
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
    /// Why a message was not taken. Values without a name are kept.
    ///
    /// Source: BIP61.
    RejectCode(u8) {
        /// It could not be decoded.
        MALFORMED = 0x01,
        /// It breaks a rule of consensus.
        INVALID = 0x10,
        /// It is of a version that is no longer taken.
        OBSOLETE = 0x11,
        /// It came twice, or spends what is spent.
        DUPLICATE = 0x12,
        /// The transaction is valid, but of a kind that is not relayed.
        NONSTANDARD = 0x40,
        /// An output is too small.
        DUST = 0x41,
        /// The fee is too small.
        INSUFFICIENTFEE = 0x42,
        /// The block is on a chain that misses a checkpoint.
        CHECKPOINT = 0x43,
    }
}

/// Says why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// The command of the message.
    pub message: VarStr,
    /// Why it was not taken.
    pub code: RejectCode,
    /// Why, for people.
    #[serde(default)]
    pub reason: VarStr,
    /// The transaction or block, if it was one.
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
