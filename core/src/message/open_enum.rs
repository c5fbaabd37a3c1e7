//! Numbers, some of which have names.

/// The text is neither a known name nor a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?}, expected a hexadecimal number such as 0x1, or {}", names.join(", "))]
pub struct ParseNameError {
    /// The text that was read.
    pub found: String,
    /// The known names.
    pub names: &'static [&'static str],
}

/// Declares a number type with named values. Any other value is kept unchanged; the text
/// form is the name, or the number in hexadecimal.
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

        impl std::str::FromStr for $type {
            type Err = super::open_enum::ParseNameError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let number = |digits| <$repr>::from_str_radix(digits, 16).ok();
                match text {
                    $(stringify!($name) => Some(Self::$name),)*
                    _ => text.strip_prefix("0x").and_then(number).map(Self),
                }
                .ok_or_else(|| super::open_enum::ParseNameError {
                    found: text.to_owned(),
                    names: &[$(stringify!($name)),*],
                })
            }
        }

        crate::text_form::text_form!($type);
    };
}

pub(super) use open_enum;
