//! The chains that a script serves.

use arbitrary::Arbitrary;
use fake_peer_fixtures::synthetic;
use serde::{Deserialize, Serialize};

use super::Name;
pub use synthetic::{ChainRules, Field as HeaderField};

/// A chain of headers: its base, and what is mined on top of that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Chain {
    /// The name that the steps use for it.
    pub name: Name,
    /// The headers that it starts with.
    pub base: Base,
    /// The number of headers that are mined on top of the base.
    pub length: u32,
    /// The seed of the coinbase transactions of the mined blocks, whose txids are the merkle roots.
    pub seed: u64,
    /// The time from one mined header to the next, in seconds.
    pub spacing: u32,
    /// The version of the mined headers.
    pub version: i32,
    /// The rules that the mined headers follow.
    pub rules: ChainRules,
    /// What is wrong with one of the headers, if anything.
    pub fault: Option<Fault>,
}

impl Chain {
    /// The default time from one header to the next, in seconds.
    pub const SPACING: u32 = 600;

    /// The default version of a header.
    pub const VERSION: i32 = 0x2000_0000;

    /// A chain of the genesis header alone, with the default of every other field.
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

/// The headers that a chain starts with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// The genesis header of the script's network.
    Genesis,
    /// The recorded headers of mainnet, up to this height, inclusive.
    Recorded(u32),
    /// A file of headers from block 0 on, raw or compact. The path starts at the folder of the
    /// script.
    File(String),
    /// The headers of another chain, up to a height, inclusive: a fork.
    Fork {
        /// The other chain, which must be declared before this one.
        chain: Name,
        /// The last height the two have in common.
        height: u32,
    },
}

/// What is wrong with one header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Fault {
    /// The kind of fault.
    pub kind: FaultKind,
    /// The height of the header.
    pub at: u32,
    /// Whether the headers after it are built on the faulty header; otherwise, they are built on
    /// the honest header that it replaces.
    pub follow: bool,
}

/// What can be wrong with a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// A fault that breaks one rule. The player's clock decides whether a time is too new.
    Rule(synthetic::Fault),
    /// A field has this value. A header that is mined here is then mined again to the target of the
    /// honest header, unless the field is the nonce.
    Value {
        /// The field.
        field: HeaderField,
        /// Its value, in the form that a message has: a number, or hexadecimal digits.
        #[arbitrary(with = super::arbitrary::scalar)]
        to: super::Value,
    },
}
