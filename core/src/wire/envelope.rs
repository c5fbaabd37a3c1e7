//! The v1 envelope around every message.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0..4 | magic | the network's four bytes |
//! | 4..16 | command | a name in ASCII, padded with NUL |
//! | 16..20 | length | of the payload, u32 little-endian |
//! | 20..24 | checksum | the first four bytes of hash256 of the payload |
//! | 24.. | payload | |
//!
//! Source: Bitcoin Core `CMessageHeader` (`src/protocol.h`).

use super::command::{Command, CommandError};
use super::rules::{Rules, Tolerance};
use super::writer::Writer;
use crate::hash::checksum;

/// An envelope as it came, or as a hostile peer wants it: each of its parts may lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawEnvelope {
    /// The first four bytes.
    pub magic: [u8; 4],
    /// The twelve bytes of the command field.
    pub command: [u8; Command::SIZE],
    /// The length that is announced, in bytes.
    pub length: u32,
    /// The checksum that is announced.
    pub checksum: [u8; 4],
    /// The payload.
    pub payload: Vec<u8>,
}

impl RawEnvelope {
    /// The bytes before the payload.
    pub const HEADER_SIZE: usize = 24;

    /// An honest envelope around `payload`.
    ///
    /// A payload of 4 GiB or more does not fit the length field, which then holds `u32::MAX`.
    pub fn new(magic: [u8; 4], command: Command, payload: Vec<u8>) -> Self {
        Self {
            magic,
            command: command.to_bytes(),
            length: u32::try_from(payload.len()).unwrap_or(u32::MAX),
            checksum: checksum(&payload),
            payload,
        }
    }

    /// The bytes on the wire, lies and all.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.bytes(&self.magic);
        w.bytes(&self.command);
        w.u32(self.length);
        w.bytes(&self.checksum);
        w.bytes(&self.payload);
        w.into_bytes()
    }

    /// Takes the 24 bytes before a payload; the payload is empty.
    pub(super) fn from_header(bytes: &[u8; Self::HEADER_SIZE]) -> Self {
        let [m0, m1, m2, m3, command @ .., l0, l1, l2, l3, c0, c1, c2, c3] = *bytes;
        Self {
            magic: [m0, m1, m2, m3],
            command,
            length: u32::from_le_bytes([l0, l1, l2, l3]),
            checksum: [c0, c1, c2, c3],
            payload: Vec::new(),
        }
    }

    /// Makes an honest envelope of this one.
    ///
    /// # Errors
    /// As [`RawEnvelope::verify`].
    pub fn check(self, magic: [u8; 4], rules: &Rules) -> Result<Envelope, EnvelopeError> {
        let command = self.verify(magic, rules)?;
        Ok(Envelope {
            command,
            payload: self.payload,
        })
    }

    /// Tells whether each part is right, and returns the command if so.
    ///
    /// # Errors
    /// [`EnvelopeError`], for the first part that is wrong in the order magic, length, checksum,
    /// command, which is the reference implementation's (`V1Transport`, `src/net.cpp`).
    pub fn verify(&self, magic: [u8; 4], rules: &Rules) -> Result<Command, EnvelopeError> {
        if self.magic != magic {
            return Err(EnvelopeError::Magic {
                found: self.magic,
                expected: magic,
            });
        }
        if self.length > rules.max_payload {
            return Err(EnvelopeError::OverLimit {
                length: self.length,
                limit: rules.max_payload,
            });
        }
        if self.length as usize != self.payload.len() {
            let (announced, found) = (self.length, self.payload.len());
            return Err(EnvelopeError::Length { announced, found });
        }
        let expected = checksum(&self.payload);
        if self.checksum != expected && rules.wrong_checksum == Tolerance::Refuse {
            return Err(EnvelopeError::Checksum {
                found: self.checksum,
                expected,
            });
        }
        Ok(Command::from_bytes(match rules.command_padding {
            Tolerance::Refuse => self.command,
            Tolerance::Ignore => padded(self.command),
        })?)
    }
}

/// The command with NUL behind its first NUL.
fn padded(mut command: [u8; Command::SIZE]) -> [u8; Command::SIZE] {
    let name = command.iter().position(|&byte| byte == 0);
    command[name.unwrap_or(Command::SIZE)..].fill(0);
    command
}

/// An envelope in which everything is right, but for what the payload holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What the payload is said to be.
    pub command: Command,
    /// The payload.
    pub payload: Vec<u8>,
}

/// What is wrong with an envelope. Offsets are from its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is of another network, or the stream is out of step.
    #[error("magic at byte 0: found {}, expected {}", hex(found), hex(expected))]
    Magic {
        /// The four bytes.
        found: [u8; 4],
        /// The network's.
        expected: [u8; 4],
    },
    /// It announces more than is allowed.
    #[error("length at byte 16: {length} bytes are over the limit of {limit}")]
    OverLimit {
        /// The length announced, in bytes.
        length: u32,
        /// The limit, in bytes.
        limit: u32,
    },
    /// It announces another length than its payload has.
    #[error("length at byte 16: {announced} announced, the payload has {found} bytes")]
    Length {
        /// The length announced, in bytes.
        announced: u32,
        /// The payload's length in bytes.
        found: usize,
    },
    /// It announces another checksum than its payload has.
    #[error(
        "checksum at byte 20: found {}, expected {}",
        hex(found),
        hex(expected)
    )]
    Checksum {
        /// The checksum announced.
        found: [u8; 4],
        /// The payload's.
        expected: [u8; 4],
    },
    /// The command field holds no command.
    #[error("command at byte 4: {0}")]
    Command(#[from] CommandError),
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    const_hex::encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    const MAGIC: [u8; 4] = Network::MAINNET.magic;

    fn ping() -> RawEnvelope {
        RawEnvelope::new(MAGIC, "ping".parse().unwrap(), vec![1, 2, 3, 4, 5, 6, 7, 8])
    }

    fn error(change: impl FnOnce(&mut RawEnvelope)) -> EnvelopeError {
        let mut envelope = ping();
        change(&mut envelope);
        envelope.check(MAGIC, &Rules::STRICT).unwrap_err()
    }

    /// "Programming Bitcoin" (Jimmy Song), chapter 10: the verack of the book's first exercise.
    #[test]
    fn the_verack_of_the_book() {
        let verack = RawEnvelope::new(MAGIC, "verack".parse().unwrap(), Vec::new());
        let bytes = verack.to_bytes();
        assert_eq!(
            const_hex::encode(&bytes),
            "f9beb4d976657261636b000000000000000000005df6e0e2"
        );
        assert_eq!(
            RawEnvelope::from_header(bytes.first_chunk().unwrap()),
            verack
        );
    }

    #[test]
    fn an_honest_envelope_passes() {
        let envelope = ping().check(MAGIC, &Rules::STRICT).unwrap();
        assert_eq!(
            (envelope.command.as_str(), envelope.payload.len()),
            ("ping", 8)
        );
    }

    #[test]
    fn a_lax_reader_passes_over_checksum_and_padding() {
        let lax = Rules {
            wrong_checksum: Tolerance::Ignore,
            command_padding: Tolerance::Ignore,
            ..Rules::STRICT
        };
        let mut envelope = ping();
        envelope.checksum[0] ^= 1;
        envelope.command[11] = b'x';
        let envelope = envelope.check(MAGIC, &lax).unwrap();
        assert_eq!(envelope.command.as_str(), "ping");
    }

    #[test]
    fn each_lie_is_named() {
        insta::assert_snapshot!(error(|e| e.magic = Network::TESTNET3.magic), @"magic at byte 0: found 0b110907, expected f9beb4d9");
        insta::assert_snapshot!(error(|e| e.length = 4_000_001), @"length at byte 16: 4000001 bytes are over the limit of 4000000");
        insta::assert_snapshot!(error(|e| e.length = 7), @"length at byte 16: 7 announced, the payload has 8 bytes");
        insta::assert_snapshot!(error(|e| e.checksum[3] ^= 1), @"checksum at byte 20: found 2502fa95, expected 2502fa94");
        insta::assert_snapshot!(error(|e| e.command[11] = b'x'), @"command at byte 4: byte 11 of the command is 0x78, expected NUL padding after the name");
    }
}
