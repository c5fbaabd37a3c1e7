//! Compact block filters (BIP157): their types, and what the requests share.

use super::open_enum;

open_enum! {
    /// The type of a compact block filter. Values without a name are kept.
    ///
    /// Source: BIP158, "Block Filters"; Bitcoin Core `BlockFilterType` (`src/blockfilter.h`).
    FilterType(u8) {
        /// Scripts that a block spends and pays to.
        BASIC = 0,
    }
}

impl Default for FilterType {
    fn default() -> Self {
        Self::BASIC
    }
}

/// Declares a message that asks for something about the filters of a range of blocks.
macro_rules! filter_range_message {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            /// The type of the filters.
            pub filter_type: super::FilterType,
            /// The height of the first block.
            pub start_height: u32,
            /// The hash of the last block.
            pub stop_hash: crate::hash::Hash256,
        }

        impl crate::wire::Wire for $name {
            const MIN_SIZE: usize = 37;

            fn read(r: &mut crate::wire::Reader<'_>) -> Result<Self, crate::wire::Malformed> {
                Ok(Self {
                    filter_type: r.u8("filter_type").map(super::FilterType)?,
                    start_height: r.u32("start_height")?,
                    stop_hash: r.hash("stop_hash")?,
                })
            }

            fn write(&self, w: &mut crate::wire::Writer) {
                w.u8(self.filter_type.0);
                w.u32(self.start_height);
                self.stop_hash.write(w);
            }
        }
    };
}

pub(super) use filter_range_message;
