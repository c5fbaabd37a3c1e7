//! The chains that a script serves.

use arbitrary::Arbitrary;
use fake_peer_fixtures::synthetic;
use serde::{Deserialize, Serialize};

use super::Name;
pub use synthetic::{ChainRules, Field as HeaderField};

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

/// What can be wrong with a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// A fault that breaks one rule. A time is too new by the clock of the player.
    Rule(synthetic::Fault),
    /// A field with this value, and the work that the honest header would have.
    Value {
        /// The field.
        field: HeaderField,
        /// Its value, in the form that a message has: a number, or hexadecimal.
        #[arbitrary(with = super::arbitrary::scalar)]
        to: super::Value,
    },
}
