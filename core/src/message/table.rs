//! The macro for the table of messages.

/// Declares each message by a row `Type = "command" in module;`, where `module` is the file that
/// holds `Type` with its [`Wire`](crate::wire::Wire) form.
macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident = $command:literal in $module:ident;)*) => {
        $(
            mod $module;
            pub use $module::$name;

            impl From<$name> for Message {
                fn from(message: $name) -> Self {
                    Self::$name(message)
                }
            }

            impl Payload for $name {
                const COMMAND: Command = Command::known($command);

                fn from_message(message: Message) -> Option<Self> {
                    match message {
                        Message::$name(message) => Some(message),
                        _ => None,
                    }
                }
            }
        )*

        /// Any message.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum Message {
            $($(#[$doc])* $name($name),)*
            /// A message that is not in the table.
            Unknown(Unknown),
        }

        impl Message {
            /// The command of each message in the table.
            pub const COMMANDS: &'static [Command] = &[$(<$name as Payload>::COMMAND),*];

            /// The command of this message.
            pub fn command(&self) -> Command {
                match self {
                    $(Self::$name(_) => <$name as Payload>::COMMAND,)*
                    Self::Unknown(unknown) => unknown.command,
                }
            }

            /// Reads the fields of a message with this command, and leaves the bytes after them.
            ///
            /// # Errors
            /// As the message's own [`Wire::read`].
            pub fn read(command: Command, r: &mut Reader<'_>) -> Result<Self, Malformed> {
                match command.as_str() {
                    $($command => <$name as Wire>::read(r).map(Self::$name),)*
                    _ => Unknown::read(command, r).map(Self::Unknown),
                }
            }

            /// Reads the fields from a self-describing format, such as the object that
            /// [`Serialize`] makes of a message in JSON.
            ///
            /// # Errors
            /// Those of the format.
            pub fn deserialize_as<'de, D: Deserializer<'de>>(
                command: Command,
                deserializer: D,
            ) -> Result<Self, D::Error> {
                match command.as_str() {
                    $($command => $name::deserialize(deserializer).map(Self::$name),)*
                    _ => Unknown::deserialize_as(command, deserializer).map(Self::Unknown),
                }
            }

            fn write(&self, w: &mut Writer) {
                match self {
                    $(Self::$name(message) => message.write(w),)*
                    Self::Unknown(unknown) => w.bytes(&unknown.payload),
                }
            }
        }
    };
}

/// Declares a message without fields.
macro_rules! empty_message {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
        pub struct $name {}

        impl crate::wire::Wire for $name {
            const MIN_SIZE: usize = 0;

            fn read(_: &mut crate::wire::Reader<'_>) -> Result<Self, crate::wire::Malformed> {
                Ok(Self {})
            }

            fn write(&self, _: &mut crate::wire::Writer) {}
        }
    };
}

pub(super) use {empty_message, messages};
