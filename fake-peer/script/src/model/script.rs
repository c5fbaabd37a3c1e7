//! A script, and whom it is for.

use arbitrary::Arbitrary;
use fake_peer_core::message::Services;
use serde::{Deserialize, Serialize};

use super::{Chain, NetworkSpec, Step};

/// A conversation with a target: who we are, what we serve, and what is sent and expected, in
/// order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Arbitrary)]
pub struct Script {
    /// What it is called; the id of a case.
    pub name: String,
    /// The network it is played on.
    pub network: NetworkSpec,
    /// The requirement, or the story, in a sentence.
    pub about: Option<String>,
    /// Where that comes from: BIP sections, functions, reports.
    pub sources: Vec<String>,
    /// How binding it is.
    pub level: Option<Level>,
    /// What a target must be for the script to make sense.
    pub requires: Requires,
    /// The chains that the steps name.
    pub chains: Vec<Chain>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// How binding a requirement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// A BIP or consensus asks for it.
    Must,
    /// Bitcoin Core does it.
    Reference,
    /// Implementations vary: what happens is recorded, not judged.
    Varies,
}

/// What a target must be for a script to make sense. Another one does not fail it: it is passed
/// over as unsupported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Arbitrary)]
pub struct Requires {
    /// Which end of the connection the target is; either unless told.
    pub role: Option<Role>,
    /// Service bits that its `version` must have.
    #[arbitrary(with = super::arbitrary::services)]
    pub services: Services,
    /// The lowest protocol version that its `version` must have.
    pub protocol: Option<i32>,
}

/// Which end of the connection the target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A node that listens: we dial.
    Listens,
    /// A client that dials: we listen.
    Dials,
}
