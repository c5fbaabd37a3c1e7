//! The chains that a script serves.

use arbitrary::Arbitrary;
use fake_peer_fixtures::synthetic;
use serde::{Deserialize, Serialize};

use super::Name;
pub use synthetic::ChainRules;

/// A chain of headers: what it stands on, and what is mined on top.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Chain {
    /// What the steps call it.
    pub name: Name,
    /// What it stands on.
    pub base: Base,
    /// How many headers are mined on that.
    pub length: u32,
    /// What the coinbases of their blocks are drawn from, whose txids are the merkle roots.
    pub seed: u64,
    /// The seconds from header to header.
    pub spacing: u32,
    /// Their version.
    pub version: i32,
    /// The rules they keep.
    pub rules: ChainRules,
    /// What is wrong with one of them.
    pub fault: Option<Fault>,
}

impl Chain {
    /// The seconds from header to header unless told otherwise.
    pub const SPACING: u32 = 600;

    /// The version of a header unless told otherwise.
    pub const VERSION: i32 = 0x2000_0000;

    /// A chain that is its base alone.
    pub fn new(name: Name) -> Self {
        Self {
            name,
            base: Base::Genesis,
            length: 0,
            seed: 0,
            spacing: Self::SPACING,
            version: Self::VERSION,
            rules: ChainRules::Network,
            fault: None,
        }
    }
}

/// What a chain stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// The genesis header of the script's network.
    Genesis,
    /// The recorded headers of mainnet, up to and with this height.
    Recorded(u32),
    /// A file of headers from block 0 on, raw or compact, beside the script.
    File(String),
    /// The headers of another chain, up to and with this height: a fork.
    Fork {
        /// The other chain, which comes before this one.
        chain: Name,
        /// The last height the two have in common.
        height: u32,
    },
}

/// What is wrong with one header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// The height of the header.
    pub at: u32,
    /// Whether the headers behind it are built on the faulty one, or on the honest one that it
    /// displaces.
    pub follow: bool,
}

/// What can be wrong with a header: [`synthetic::Fault`], and any value in any field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// [`synthetic::Fault::Link`]
    Link,
    /// [`synthetic::Fault::BitsNegative`]
    BitsNegative,
    /// [`synthetic::Fault::BitsOverflow`]
    BitsOverflow,
    /// [`synthetic::Fault::BitsZero`]
    BitsZero,
    /// [`synthetic::Fault::BitsAboveLimit`]
    BitsAboveLimit,
    /// [`synthetic::Fault::BitsUnexpected`]
    BitsUnexpected,
    /// [`synthetic::Fault::ProofOfWork`]
    ProofOfWork,
    /// [`synthetic::Fault::TimeEqualsMedian`]
    TimeEqualsMedian,
    /// [`synthetic::Fault::TimeBeforeMedian`]
    TimeBeforeMedian,
    /// [`synthetic::Fault::TimeTooNew`], by the clock of the player.
    TimeTooNew,
    /// [`synthetic::Fault::TimeWarp`]
    TimeWarp,
    /// [`synthetic::Fault::VersionBelowFloor`]
    VersionBelowFloor,
    /// [`synthetic::Fault::FlippedBit`]
    FlippedBit {
        /// The field.
        field: HeaderField,
        /// The bit of the field, counted round.
        bit: u8,
    },
    /// A field with this value, and the work that the honest header would have.
    Value {
        /// The field.
        field: HeaderField,
        /// Its value, in the form that a message has: a number, or hexadecimal.
        #[arbitrary(with = super::arbitrary::scalar)]
        to: super::Value,
    },
}

/// A field of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "snake_case")]
pub enum HeaderField {
    /// The version.
    Version,
    /// The hash of the header before.
    PrevBlock,
    /// The merkle root.
    MerkleRoot,
    /// The time.
    Time,
    /// The target in compact form.
    Bits,
    /// The nonce.
    Nonce,
}

impl FaultKind {
    /// The fault as the builder of chains has it, if it has it. `now` is when the header is checked.
    pub fn to_builder(&self, now: u32) -> Option<synthetic::Fault> {
        use synthetic::Fault;
        Some(match *self {
            Self::Link => Fault::Link,
            Self::BitsNegative => Fault::BitsNegative,
            Self::BitsOverflow => Fault::BitsOverflow,
            Self::BitsZero => Fault::BitsZero,
            Self::BitsAboveLimit => Fault::BitsAboveLimit,
            Self::BitsUnexpected => Fault::BitsUnexpected,
            Self::ProofOfWork => Fault::ProofOfWork,
            Self::TimeEqualsMedian => Fault::TimeEqualsMedian,
            Self::TimeBeforeMedian => Fault::TimeBeforeMedian,
            Self::TimeTooNew => Fault::TimeTooNew { now },
            Self::TimeWarp => Fault::TimeWarp,
            Self::VersionBelowFloor => Fault::VersionBelowFloor,
            Self::FlippedBit { field, bit } => Fault::FlippedBit {
                field: field.into(),
                bit,
            },
            Self::Value { .. } => return None,
        })
    }
}

impl From<HeaderField> for synthetic::Field {
    fn from(field: HeaderField) -> Self {
        match field {
            HeaderField::Version => Self::Version,
            HeaderField::PrevBlock => Self::PrevBlock,
            HeaderField::MerkleRoot => Self::MerkleRoot,
            HeaderField::Time => Self::Time,
            HeaderField::Bits => Self::Bits,
            HeaderField::Nonce => Self::Nonce,
        }
    }
}
