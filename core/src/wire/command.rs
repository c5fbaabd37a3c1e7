//! The command: the name of the message in an envelope.

use std::fmt;
use std::str::FromStr;

use crate::text_form::text_form;

/// The name of a message: up to 12 printable ASCII characters, padded with NUL on the wire.
///
/// Source: Bitcoin Core `CMessageHeader::IsMessageTypeValid` (`src/protocol.cpp`).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Command([u8; Self::SIZE]);

/// Why bytes are not a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// A byte after the first NUL that is not NUL.
    #[error("byte {at} of the command is {found:#04x}, expected NUL padding after the name")]
    Padding {
        /// Which of the 12 bytes, from 0.
        at: usize,
        /// The byte.
        found: u8,
    },
    /// A byte of the name outside 0x20..=0x7e.
    #[error("byte {at} of the command is {found:#04x}, expected printable ASCII")]
    NotPrintable {
        /// Which of the 12 bytes, from 0.
        at: usize,
        /// The byte.
        found: u8,
    },
    /// A name of more than 12 bytes.
    #[error("the command has {length} characters, expected at most 12")]
    TooLong {
        /// The length of the name in bytes.
        length: usize,
    },
}

impl Command {
    /// The size of the field in an envelope.
    pub const SIZE: usize = 12;

    /// Checks the 12 bytes of an envelope.
    ///
    /// # Errors
    /// [`CommandError::Padding`] and [`CommandError::NotPrintable`], for the first wrong byte.
    pub fn from_bytes(bytes: [u8; Self::SIZE]) -> Result<Self, CommandError> {
        let length = bytes
            .iter()
            .position(|&byte| byte == 0)
            .unwrap_or(Self::SIZE);
        for (at, &found) in bytes.iter().enumerate() {
            if at > length && found != 0 {
                return Err(CommandError::Padding { at, found });
            }
            if at < length && !matches!(found, 0x20..=0x7e) {
                return Err(CommandError::NotPrintable { at, found });
            }
        }
        Ok(Self(bytes))
    }

    /// The command of a row in the message table, whose names are checked by a test.
    pub(crate) const fn known(name: &'static str) -> Self {
        let (name, mut bytes, mut at) = (name.as_bytes(), [0; Self::SIZE], 0);
        while at < name.len() {
            bytes[at] = name[at];
            at += 1;
        }
        Self(bytes)
    }

    /// The 12 bytes of an envelope.
    pub const fn to_bytes(self) -> [u8; Self::SIZE] {
        self.0
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        let length = self
            .0
            .iter()
            .position(|&byte| byte == 0)
            .unwrap_or(Self::SIZE);
        // The constructors let only ASCII in.
        std::str::from_utf8(&self.0[..length]).unwrap_or_default()
    }
}

impl FromStr for Command {
    type Err = CommandError;

    fn from_str(name: &str) -> Result<Self, CommandError> {
        let mut bytes = [0; Self::SIZE];
        bytes
            .get_mut(..name.len())
            .ok_or(CommandError::TooLong { length: name.len() })?
            .copy_from_slice(name.as_bytes());
        match name.bytes().position(|byte| byte == 0) {
            Some(at) => Err(CommandError::NotPrintable { at, found: 0 }),
            None => Self::from_bytes(bytes),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

text_form!(Command);

#[cfg(test)]
mod tests {
    use super::*;

    fn error(bytes: &[u8; 12]) -> CommandError {
        Command::from_bytes(*bytes).unwrap_err()
    }

    #[test]
    fn names_round_trip() {
        for name in ["", "tx", "getblocktxn", "cfcheckpt123", "a b"] {
            let command: Command = name.parse().unwrap();
            assert_eq!(command.as_str(), name);
            assert_eq!(Command::from_bytes(command.to_bytes()), Ok(command));
        }
    }

    #[test]
    fn the_first_byte_at_fault_is_named() {
        insta::assert_snapshot!(error(b"verack\0\0\0\0\0x"), @"byte 11 of the command is 0x78, expected NUL padding after the name");
        insta::assert_snapshot!(error(b"ver\x80ck\0\0\0\0\0\0"), @"byte 3 of the command is 0x80, expected printable ASCII");
        insta::assert_snapshot!(error(b"\x7f\0\0\0\0\0\0\0\0\0\0\0"), @"byte 0 of the command is 0x7f, expected printable ASCII");
        insta::assert_snapshot!("sendaddressv2".parse::<Command>().unwrap_err(), @"the command has 13 characters, expected at most 12");
        assert_eq!(
            "a\0".parse::<Command>(),
            Err(CommandError::NotPrintable { at: 1, found: 0 })
        );
        assert_eq!(
            "é".parse::<Command>(),
            Err(CommandError::NotPrintable { at: 0, found: 0xc3 })
        );
    }
}
