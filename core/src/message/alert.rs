//! `alert`: a signed notice to the users of old software. Retired, and its key is public.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 1.. | `payload` | CompactSize and bytes: the notice |
//! | 1.. | `signature` | CompactSize and at most 72 bytes: ECDSA in DER over hash256 of the payload |
//!
//! Source: Bitcoin Core `CAlert` (`src/alert.h`, until 0.12).

use serde::{Deserialize, Serialize};

use crate::wire::{Bytes, Malformed, Reader, Wire, Writer};

/// A signed notice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Alert {
    /// The notice, as it was signed.
    pub payload: Bytes,
    /// The signature.
    pub signature: Bytes,
}

impl Wire for Alert {
    const MIN_SIZE: usize = 2;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            payload: r.owned_bytes("payload", r.rules().max_size)?,
            signature: r.owned_bytes("signature", r.rules().max_alert_signature)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.var_bytes(&self.payload);
        w.var_bytes(&self.signature);
    }
}
