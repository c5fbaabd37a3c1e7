//! The envelope around every message.
//!
//! Over v1 it is 24 bytes and the payload:
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0..4 | magic | the network's four bytes |
//! | 4..16 | command | a name in ASCII, padded with NUL |
//! | 16..20 | length | of the payload, u32 little-endian |
//! | 20..24 | checksum | the first four bytes of hash256 of the payload |
//! | 24.. | payload | |
//!
//! Source: Bitcoin Core `CMessageHeader` (`src/protocol.h`). Other transports carry the command and
//! the payload alone.

use super::command::{Command, CommandError};
use super::rules::{Rules, Tolerance};
use super::writer::Writer;
use crate::hash::checksum;

/// An envelope as it was received, or as a hostile peer sends it: each of its parts may be wrong.
///
/// Magic, length and checksum are `None` if the transport is to fill in the valid values, or if the
/// envelope came over a transport without them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawEnvelope {
    /// The twelve bytes of the command field.
    pub command: [u8; Command::SIZE],
    /// The payload.
    pub payload: Vec<u8>,
    /// The first four bytes, which identify the network.
    pub magic: Option<[u8; 4]>,
    /// The announced length of the payload, in bytes.
    pub length: Option<u32>,
    /// The announced checksum.
    pub checksum: Option<[u8; 4]>,
}

impl RawEnvelope {
    /// The size of the header over v1, in bytes.
    pub const V1_HEADER_SIZE: usize = 24;

    /// Creates a valid envelope around `payload`.
    pub fn new(command: Command, payload: Vec<u8>) -> Self {
        Self::named(command.to_bytes(), payload)
    }

    /// Creates an envelope around `payload` that is valid, except that the command may be invalid.
    pub fn named(command: [u8; Command::SIZE], payload: Vec<u8>) -> Self {
        Self {
            command,
            payload,
            magic: None,
            length: None,
            checksum: None,
        }
    }

    /// Sets the magic, the length and the checksum to their valid values for v1, unless they are
    /// set already.
    ///
    /// A payload of 4 GiB or more does not fit the length field, which then holds `u32::MAX`.
    #[must_use]
    pub fn with_header(mut self, magic: [u8; 4]) -> Self {
        self.fill_header(magic);
        self
    }

    /// As [`RawEnvelope::with_header`], in place.
    pub fn fill_header(&mut self, magic: [u8; 4]) {
        self.magic.get_or_insert(magic);
        self.length.get_or_insert(length_of(&self.payload));
        self.checksum.get_or_insert_with(|| checksum(&self.payload));
    }

    /// Returns the bytes over v1, on the network with this magic.
    pub fn to_bytes(&self, magic: [u8; 4]) -> Vec<u8> {
        let size = Self::V1_HEADER_SIZE + self.payload.len();
        let mut w = Writer::after(Vec::with_capacity(size));
        w.bytes(&self.magic.unwrap_or(magic));
        w.bytes(&self.command);
        w.u32(self.length.unwrap_or_else(|| length_of(&self.payload)));
        w.bytes(&self.checksum.unwrap_or_else(|| checksum(&self.payload)));
        w.bytes(&self.payload);
        w.into_bytes()
    }

    /// Returns the 24 bytes before the payload over v1, if all of them are set.
    pub fn v1_header(&self) -> Option<[u8; Self::V1_HEADER_SIZE]> {
        let (magic, length, checksum) = (self.magic?, self.length?, self.checksum?);
        let mut header = [0; Self::V1_HEADER_SIZE];
        let parts = [&magic[..], &self.command, &length.to_le_bytes(), &checksum];
        for (to, from) in header.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        Some(header)
    }

    /// Parses the 24 bytes before a payload. Returns an envelope without the payload, and the
    /// announced length of the payload in bytes.
    pub fn from_v1_header(bytes: &[u8; Self::V1_HEADER_SIZE]) -> (Self, u32) {
        let [m0, m1, m2, m3, command @ .., l0, l1, l2, l3, c0, c1, c2, c3] = *bytes;
        let length = u32::from_le_bytes([l0, l1, l2, l3]);
        let envelope = Self {
            command,
            payload: Vec::new(),
            magic: Some([m0, m1, m2, m3]),
            length: Some(length),
            checksum: Some([c0, c1, c2, c3]),
        };
        (envelope, length)
    }

    /// Checks every part that is set, and returns the envelope in its valid form.
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

    /// Checks every part that is set, and returns the command.
    ///
    /// # Errors
    /// [`EnvelopeError`] for the first invalid part, in the order magic, length, checksum, command,
    /// as in the reference implementation (`V1Transport`, `src/net.cpp`).
    pub fn verify(&self, magic: [u8; 4], rules: &Rules) -> Result<Command, EnvelopeError> {
        if let Some(found) = self.magic.filter(|found| *found != magic) {
            let expected = magic;
            return Err(EnvelopeError::Magic { found, expected });
        }
        self.verify_length(rules)?;
        if rules.wrong_checksum == Tolerance::Refuse {
            self.verify_checksum()?;
        }
        Ok(Command::from_bytes(match rules.command_padding {
            Tolerance::Refuse => self.command,
            Tolerance::Ignore => padded(self.command),
        })?)
    }

    fn verify_length(&self, rules: &Rules) -> Result<(), EnvelopeError> {
        let (found, limit) = (self.payload.len(), rules.max_payload);
        let length = self.length.unwrap_or_else(|| length_of(&self.payload));
        if length > limit {
            return Err(EnvelopeError::OverLimit { length, limit });
        }
        if length as usize != found {
            let announced = length;
            return Err(EnvelopeError::Length { announced, found });
        }
        Ok(())
    }

    fn verify_checksum(&self) -> Result<(), EnvelopeError> {
        let Some(found) = self.checksum else {
            return Ok(());
        };
        let expected = checksum(&self.payload);
        if found != expected {
            return Err(EnvelopeError::Checksum { found, expected });
        }
        Ok(())
    }
}

fn length_of(payload: &[u8]) -> u32 {
    u32::try_from(payload.len()).unwrap_or(u32::MAX)
}

/// Returns the command with NUL in place of everything after its first NUL.
fn padded(mut command: [u8; Command::SIZE]) -> [u8; Command::SIZE] {
    let name = command.iter().position(|&byte| byte == 0);
    command[name.unwrap_or(Command::SIZE)..].fill(0);
    command
}

/// A valid envelope. Its payload may be malformed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The command, which names the type of the payload.
    pub command: Command,
    /// The payload.
    pub payload: Vec<u8>,
}

/// What is wrong with an envelope. Offsets count from its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The envelope is for another network, or the stream is out of step.
    #[error("magic at byte 0: found {}, expected {}", hex(found), hex(expected))]
    Magic {
        /// The four bytes.
        found: [u8; 4],
        /// The network's magic.
        expected: [u8; 4],
    },
    /// The announced length is over the limit.
    #[error("length at byte 16: {length} bytes are over the limit of {limit}")]
    OverLimit {
        /// The length announced, in bytes.
        length: u32,
        /// The limit, in bytes.
        limit: u32,
    },
    /// The announced length differs from that of the payload.
    #[error("length at byte 16: {announced} announced, the payload has {found} bytes")]
    Length {
        /// The length announced, in bytes.
        announced: u32,
        /// The length of the payload in bytes.
        found: usize,
    },
    /// The announced checksum differs from that of the payload.
    #[error(
        "checksum at byte 20: found {}, expected {}",
        hex(found),
        hex(expected)
    )]
    Checksum {
        /// The announced checksum.
        found: [u8; 4],
        /// The checksum of the payload.
        expected: [u8; 4],
    },
    /// The command field does not contain a command.
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
        RawEnvelope::new("ping".parse().unwrap(), vec![1, 2, 3, 4, 5, 6, 7, 8]).with_header(MAGIC)
    }

    fn error(change: impl FnOnce(&mut RawEnvelope)) -> EnvelopeError {
        let mut envelope = ping();
        change(&mut envelope);
        envelope.check(MAGIC, &Rules::STRICT).unwrap_err()
    }

    /// "Programming Bitcoin" (Jimmy Song), chapter 10: the verack of the book's first exercise.
    #[test]
    fn the_verack_of_the_book() {
        let verack = RawEnvelope::new("verack".parse().unwrap(), Vec::new());
        let bytes = verack.to_bytes(MAGIC);
        assert_eq!(
            const_hex::encode(&bytes),
            "f9beb4d976657261636b000000000000000000005df6e0e2"
        );
        assert_eq!(
            RawEnvelope::from_v1_header(bytes.first_chunk().unwrap()),
            (verack.clone().with_header(MAGIC), 0)
        );
        assert_eq!(verack.v1_header(), None);
        let header = verack.with_header(MAGIC).v1_header();
        assert_eq!(header.as_ref().map(<[_; 24]>::as_slice), Some(&bytes[..]));
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
        envelope.checksum = Some([0; 4]);
        envelope.command[11] = b'x';
        let envelope = envelope.check(MAGIC, &lax).unwrap();
        assert_eq!(envelope.command.as_str(), "ping");
    }

    #[test]
    fn what_is_not_written_down_is_right() {
        let bare = RawEnvelope::new("ping".parse().unwrap(), vec![1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(bare.to_bytes(MAGIC), ping().to_bytes(MAGIC));
        assert_eq!(
            bare.verify(MAGIC, &Rules::STRICT),
            ping().verify(MAGIC, &Rules::STRICT)
        );
        let mut lying = bare;
        lying.length = Some(7);
        assert_eq!(lying.with_header(MAGIC), {
            let mut lying = ping();
            lying.length = Some(7);
            lying
        });
    }

    #[test]
    fn each_lie_is_named() {
        insta::assert_snapshot!(error(|e| e.magic = Some(Network::TESTNET3.magic)), @"magic at byte 0: found 0b110907, expected f9beb4d9");
        insta::assert_snapshot!(error(|e| e.length = Some(4_000_001)), @"length at byte 16: 4000001 bytes are over the limit of 4000000");
        insta::assert_snapshot!(error(|e| e.length = Some(7)), @"length at byte 16: 7 announced, the payload has 8 bytes");
        insta::assert_snapshot!(error(|e| e.checksum = Some(*b"\x25\x02\xfa\x95")), @"checksum at byte 20: found 2502fa95, expected 2502fa94");
        insta::assert_snapshot!(error(|e| e.command[11] = b'x'), @"command at byte 4: byte 11 of the command is 0x78, expected NUL padding after the name");
    }
}
