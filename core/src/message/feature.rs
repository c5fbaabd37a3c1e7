//! `feature`: offers a feature by name.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 1.. | `id` | CompactSize and 4 to 80 bytes |
//! | 1.. | `data` | CompactSize and at most 512 bytes |
//!
//! Sent between `version` and `verack` only, from protocol version 70017 on.
//!
//! Source: BIP434; Bitcoin Core `MAX_FEATUREID_LENGTH`, `MAX_FEATUREDATA_LENGTH`
//! (`src/protocol.h`).

use serde::{Deserialize, Serialize};

use crate::wire::{Bytes, Malformed, MalformedKind, Reader, VarStr, Wire, Writer};

/// Offers a feature by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// The name of the feature.
    pub id: VarStr,
    /// Data that the feature defines.
    pub data: Bytes,
}

impl Wire for Feature {
    const MIN_SIZE: usize = 6;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let id = read_id(r)?;
        let data = r.owned_bytes("data", r.rules().max_feature_data)?;
        r.end(r.rules().feature_trailing_bytes)?;
        Ok(Self { id, data })
    }

    fn write(&self, w: &mut Writer) {
        w.var_bytes(&self.id.0);
        w.var_bytes(&self.data);
    }
}

fn read_id(r: &mut Reader<'_>) -> Result<VarStr, Malformed> {
    let start = r.offset();
    let id = r.owned_bytes("id", r.rules().max_feature_id)?.into_vec();
    let found = id.len() as u64;
    if found < r.rules().min_feature_id {
        let kind = MalformedKind::Unexpected { found, expected: "4 bytes or more in an id" };
        return Err(r.error_at(start, "id", kind));
    }
    Ok(VarStr(id))
}
