//! What is sent, and how its bytes are delivered.

use std::time::Duration;

use arbitrary::Arbitrary;
use fake_peer_core::wire::{Bytes, Command};
use serde::{Deserialize, Serialize};

use super::{Field, Name, Path};

/// Something that is sent: its content, the lies in it, and the delivery of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Send {
    /// The content before any lie.
    pub content: Content,
    /// What is wrong with it. Each lie changes the result of the one before.
    pub lies: Vec<Lie>,
    /// How its bytes are delivered.
    pub delivery: Delivery,
}

/// The content of what is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// A message with these fields; others have their defaults. In `version`, `services`
    /// are those of the run by default, `timestamp` is `$now` and `nonce` is `$random`; the nonce of
    /// `ping` is `$random`.
    Message {
        /// Its command.
        #[arbitrary(with = super::arbitrary::command)]
        command: Command,
        /// Its fields.
        fields: Vec<Field>,
    },
    /// `headers` with headers of a chain.
    Headers(ChainRange),
    /// A `block` for each of these headers of a chain, all of which must have one. The lies and the
    /// delivery apply to each block.
    Blocks(ChainRange),
    /// Bytes without an envelope.
    Raw(Vec<RawPart>),
}

/// A part of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct ChainRange {
    /// The chain.
    pub chain: Name,
    /// The height of the first header.
    pub from: u32,
    /// The number of headers.
    pub count: u32,
}

/// A part of raw bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum RawPart {
    /// These bytes.
    Hex(#[arbitrary(with = super::arbitrary::bytes)] Bytes),
    /// The bytes of a file. The path starts at the folder of the script.
    File(String),
    /// This many random bytes, generated from the seed of the run.
    Random(u32),
    /// This many zero bytes.
    Zeros(u32),
    /// The magic of the network that the script is played on.
    Magic,
}

/// A part of a message that is not what an honest peer would send.
///
/// Lies about the payload come before those about the envelope: the length and the checksum are
/// right for the payload that is sent, unless a lie changes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Lie {
    /// These four bytes in place of the network's magic, in the order of the wire.
    Magic([u8; 4]),
    /// These twelve bytes in place of the command.
    Command([u8; Command::SIZE]),
    /// This length in place of the payload's, in bytes.
    Length(u32),
    /// These four bytes in place of the checksum, in the order of the wire.
    Checksum([u8; 4]),
    /// A CompactSize of the payload in another width, or with another value, or both.
    CompactSize {
        /// The field, such as `headers.count`.
        path: Path,
        /// Its width; by default, the smallest that holds its value.
        width: Option<Width>,
        /// Its value; by default, the honest one.
        value: Option<u64>,
    },
    /// These bytes replace the same number of bytes of the payload.
    Overwrite {
        /// The offset of the first byte in the payload.
        at: u32,
        /// The bytes.
        #[arbitrary(with = super::arbitrary::bytes)]
        bytes: Bytes,
    },
    /// The payload ends after this many bytes.
    Cut(u32),
    /// These bytes are appended to the payload.
    Append(Vec<RawPart>),
}

impl Send {
    /// The raw parts: those of a send without an envelope, and those of lies.
    pub fn raw_parts(&self) -> impl Iterator<Item = &RawPart> {
        let content = match &self.content {
            Content::Raw(parts) => parts.as_slice(),
            Content::Message { .. } | Content::Headers(_) | Content::Blocks(_) => &[],
        };
        content
            .iter()
            .chain(self.lies.iter().flat_map(Lie::raw_parts))
    }
}

impl Lie {
    fn raw_parts(&self) -> &[RawPart] {
        match self {
            Self::Append(parts) => parts,
            Self::Magic(_)
            | Self::Command(_)
            | Self::Length(_)
            | Self::Checksum(_)
            | Self::CompactSize { .. }
            | Self::Overwrite { .. }
            | Self::Cut(_) => &[],
        }
    }

    /// Whether it is about the envelope, not the payload.
    pub fn is_about_envelope(&self) -> bool {
        match self {
            Self::Magic(_) | Self::Command(_) | Self::Length(_) | Self::Checksum(_) => true,
            Self::CompactSize { .. } | Self::Overwrite { .. } | Self::Cut(_) | Self::Append(_) => {
                false
            }
        }
    }
}

/// The width of a CompactSize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Width {
    /// One byte, which is the value.
    One,
    /// `fd` and two bytes.
    Three,
    /// `fe` and four bytes.
    Five,
    /// `ff` and eight bytes.
    Nine,
}

impl Width {
    /// The number of bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::One => 1,
            Self::Three => 3,
            Self::Five => 5,
            Self::Nine => 9,
        }
    }
}

/// How bytes are delivered: the bytes of an encoded message, or raw bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Delivery {
    /// The pieces in which the bytes are written.
    pub pieces: Pieces,
    /// The time between two pieces.
    #[arbitrary(with = super::arbitrary::time)]
    pub pause: Duration,
    /// The most bytes that are sent; the rest is never sent.
    pub truncate: Option<u32>,
    /// How many times the same message, or the same raw bytes, are sent. The transport encodes each
    /// copy.
    pub copies: u32,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            pieces: Pieces::At(Vec::new()),
            pause: Duration::ZERO,
            truncate: None,
            copies: 1,
        }
    }
}

/// The pieces in which bytes are written to the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Pieces {
    /// Each piece has this many bytes; the last may have fewer.
    Each(u32),
    /// Cut at these offsets, counted from the first byte of the encoded message. Without offsets,
    /// everything is written at once.
    At(Vec<u32>),
}

impl From<Content> for Send {
    fn from(content: Content) -> Self {
        Self {
            content,
            lies: Vec::new(),
            delivery: Delivery::default(),
        }
    }
}
