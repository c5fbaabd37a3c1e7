//! The items of `inv`, `getdata` and `notfound`.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0..4 | `kind` | u32, little-endian |
//! | 4..36 | `hash` | hash256 |
//!
//! Source: Bitcoin Core `CInv` (`src/protocol.h`).

use serde::{Deserialize, Serialize};

use super::open_enum;
use crate::hash::Hash256;
use crate::wire::{Malformed, Reader, Wire, Writer};

open_enum! {
    /// The kind of data that a hash in an inventory names. Values without a name are kept.
    ///
    /// Source: Bitcoin Core `GetDataMsg` (`src/protocol.h`); BIP37, BIP144, BIP152, BIP339.
    InvType(u32) {
        /// Nothing; ignored.
        ERROR = 0,
        /// A transaction, by txid.
        TX = 1,
        /// A block.
        BLOCK = 2,
        /// A block as `merkleblock` (BIP37).
        FILTERED_BLOCK = 3,
        /// A block as `cmpctblock` (BIP152).
        CMPCT_BLOCK = 4,
        /// A transaction, by wtxid (BIP339).
        WTX = 5,
        /// A transaction with witness, by txid (BIP144).
        WITNESS_TX = 0x4000_0001,
        /// A block with witnesses (BIP144).
        WITNESS_BLOCK = 0x4000_0002,
        /// A filtered block with witnesses (BIP144); no node serves it.
        WITNESS_FILTERED_BLOCK = 0x4000_0003,
    }
}

/// A transaction or a block, by hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvItem {
    /// The kind of data that the hash names.
    pub kind: InvType,
    /// The hash.
    pub hash: Hash256,
}

impl Wire for InvItem {
    const MIN_SIZE: usize = 36;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            kind: r.fixed("kind", |bytes| InvType(u32::from_le_bytes(bytes)))?,
            hash: r.hash("hash")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(self.kind.0);
        self.hash.write(w);
    }
}

/// Declares a message that is a list of [`InvItem`]s.
macro_rules! inventory_message {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            /// The transactions and blocks, by hash.
            pub inventory: Vec<super::InvItem>,
        }

        impl crate::wire::Wire for $name {
            const MIN_SIZE: usize = 1;

            fn read(r: &mut crate::wire::Reader<'_>) -> Result<Self, crate::wire::Malformed> {
                Ok(Self { inventory: r.list("inventory", r.rules().max_inv)? })
            }

            fn write(&self, w: &mut crate::wire::Writer) {
                w.list(&self.inventory);
            }
        }
    };
}

pub(super) use inventory_message;
