//! A message that is not in the table.

use serde::{Deserialize, Deserializer, Serialize};

use crate::wire::{Bytes, Command, Malformed, Reader};

/// The payload of a command that is not in the table, kept whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// The command.
    #[serde(skip)]
    pub command: Command,
    /// The payload.
    pub payload: Bytes,
}

impl Unknown {
    pub(super) fn read(command: Command, r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let payload = r.bytes("payload", r.rest().len())?;
        Ok(Self {
            command,
            payload: payload.into(),
        })
    }

    pub(super) fn deserialize_as<'de, D: Deserializer<'de>>(
        command: Command,
        deserializer: D,
    ) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            payload: Bytes,
        }
        let Fields { payload } = Fields::deserialize(deserializer)?;
        Ok(Self { command, payload })
    }
}
