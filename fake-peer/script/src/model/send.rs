//! What is sent, and how.

use std::time::Duration;

use arbitrary::Arbitrary;
use fake_peer_core::wire::{Bytes, Command};
use serde::{Deserialize, Serialize};

use super::{Field, Name, Path};

/// What is sent: its content in an envelope, with lies, piece by piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Send {
    /// What it says.
    pub content: Content,
    /// What is wrong with it: each changes what the one before left.
    pub lies: Vec<Lie>,
    /// How its bytes go out.
    pub delivery: Delivery,
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// A message with these fields; others have their defaults. In `version`, `timestamp` and
    /// `nonce` are `$now` and `$random` by default, and the nonce of `ping` is `$random`.
    Message {
        /// Its command.
        #[arbitrary(with = super::arbitrary::command)]
        command: Command,
        /// Its fields.
        fields: Vec<Field>,
    },
    /// `headers` with headers of a chain.
    Headers(ChainRange),
    /// A `block` for each of these headers of a chain, which has one: the lies are about each, and
    /// each goes out as told.
    Blocks(ChainRange),
    /// Bytes without an envelope.
    Raw(Vec<RawPart>),
}

/// A part of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct ChainRange {
    /// The chain.
    pub chain: Name,
    /// The height of the first.
    pub from: u32,
    /// How many.
    pub count: u32,
}

/// Some bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum RawPart {
    /// These.
    Hex(#[arbitrary(with = super::arbitrary::bytes)] Bytes),
    /// Those of a file beside the script.
    File(String),
    /// As many, drawn from the seed of the run.
    Random(u32),
    /// As many of zero.
    Zeros(u32),
}

/// A part of a message that is not what an honest peer would send.
///
/// Lies about the payload come before those about the envelope: length and checksum are right for
/// the payload that is sent, unless they are lied about themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Lie {
    /// These four bytes for the network's.
    Magic([u8; 4]),
    /// These twelve bytes for the command.
    Command([u8; Command::SIZE]),
    /// This length for the payload's.
    Length(u32),
    /// These four bytes for the checksum.
    Checksum([u8; 4]),
    /// A CompactSize of the payload in another width, or with another value, or both.
    CompactSize {
        /// The field, such as `headers.count`.
        path: Path,
        /// How many bytes it takes; as few as hold its value unless told.
        width: Option<Width>,
        /// Its value; the honest one unless told.
        value: Option<u64>,
    },
    /// These bytes in place of as many from this offset of the payload on.
    Overwrite {
        /// The offset.
        at: u32,
        /// The bytes.
        #[arbitrary(with = super::arbitrary::bytes)]
        bytes: Bytes,
    },
    /// The payload ends after so many bytes.
    Cut(u32),
    /// These bytes stand behind the payload.
    Append(Vec<RawPart>),
}

impl Send {
    /// The bytes that are given part by part: those of a send without an envelope, and of lies.
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

/// The bytes that a CompactSize takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Width {
    /// The value alone.
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

/// How bytes go out: those that the transport makes of a message, or raw ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Delivery {
    /// In what pieces.
    pub pieces: Pieces,
    /// The time between two pieces.
    #[arbitrary(with = super::arbitrary::time)]
    pub pause: Duration,
    /// How many bytes go out at most; the rest never follows.
    pub truncate: Option<u32>,
    /// How often the same message goes out, or the same raw bytes. The transport makes the bytes of
    /// each copy.
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
    /// Each as long as this; the last may be shorter.
    Each(u32),
    /// Cut at these offsets, counted from the first byte that the transport makes of the message: all
    /// at once if there are none.
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
