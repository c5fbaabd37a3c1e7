//! The fields that `getblocks` and `getheaders` share.

/// Declares a message that asks for whatever follows the newest block that both peers know.
macro_rules! locator_message {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            /// The sender's protocol version; ignored.
            pub version: u32,
            /// Hashes of the sender's chain, newest first: the answer starts after the first that
            /// is on the receiver's chain.
            pub locator: Vec<crate::hash::Hash256>,
            /// The hash of the last block wanted, or [`Hash256::ZERO`](crate::hash::Hash256::ZERO)
            /// for as many as fit.
            pub stop: crate::hash::Hash256,
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    version: super::Version::PROTOCOL_VERSION.unsigned_abs(),
                    locator: Vec::new(),
                    stop: crate::hash::Hash256::ZERO,
                }
            }
        }

        impl crate::wire::Wire for $name {
            const MIN_SIZE: usize = 37;

            fn read(r: &mut crate::wire::Reader<'_>) -> Result<Self, crate::wire::Malformed> {
                Ok(Self {
                    version: r.u32("version")?,
                    locator: r.list("locator", r.rules().max_locator)?,
                    stop: r.hash("stop")?,
                })
            }

            fn write(&self, w: &mut crate::wire::Writer) {
                w.u32(self.version);
                w.list(&self.locator);
                self.stop.write(w);
            }
        }
    };
}

pub(super) use locator_message;
