//! Numbers of which some have names.

/// Declares a number type with named values. Any other value is kept as it is; its text form is
/// the name, or the number in hexadecimal.
macro_rules! open_enum {
    (
        $(#[$doc:meta])*
        $type:ident($repr:ty) {
            $($(#[$value_doc:meta])* $name:ident = $value:literal,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(pub $repr);

        impl $type {
            $($(#[$value_doc])* pub const $name: Self = Self($value);)*

            /// The name, if this value has one.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some(stringify!($name)),)*
                    _ => None,
                }
            }

            fn from_text(text: &str) -> Option<Self> {
                match text {
                    $(stringify!($name) => Some(Self::$name),)*
                    _ => <$repr>::from_str_radix(text.strip_prefix("0x")?, 16).ok().map(Self),
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => write!(f, "{:#x}", self.0),
                }
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::from_text(&text).ok_or_else(|| {
                    serde::de::Error::custom(format_args!(
                        concat!("unknown ", stringify!($type), " {:?}; expected a hexadecimal number such as 0x1", $(", ", stringify!($name),)*),
                        text
                    ))
                })
            }
        }
    };
}

pub(super) use open_enum;
