//! The field that `ping` and `pong` share.

/// Declares a message whose one field is a nonce.
macro_rules! nonce_message {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            /// A number that distinguishes this message from others.
            pub nonce: u64,
        }

        impl crate::wire::Wire for $name {
            const MIN_SIZE: usize = 8;

            fn read(r: &mut crate::wire::Reader<'_>) -> Result<Self, crate::wire::Malformed> {
                Ok(Self { nonce: r.u64("nonce")? })
            }

            fn write(&self, w: &mut crate::wire::Writer) {
                w.u64(self.nonce);
            }
        }
    };
}

pub(super) use nonce_message;
