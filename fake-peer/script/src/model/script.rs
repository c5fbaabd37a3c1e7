//! A script, and the targets that it is for.

use arbitrary::Arbitrary;
use fake_peer_core::message::Services;
use serde::{Deserialize, Serialize};

use super::{Chain, FactSet, NetworkSpec, Step};

/// A conversation with a target: who we are, what we serve, and what is sent and expected, in
/// order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Arbitrary)]
pub struct Script {
    /// The name of the script; the id of a case.
    pub name: String,
    /// The network it is played on.
    pub network: NetworkSpec,
    /// The requirement, or a summary, in a sentence.
    pub about: Option<String>,
    /// The sources of the requirement: BIP sections, functions, reports.
    pub sources: Vec<String>,
    /// How binding the requirement is.
    pub level: Option<Level>,
    /// What the script requires of a target.
    pub requires: Requires,
    /// The chains that the steps name.
    pub chains: Vec<Chain>,
    /// The steps, in order.
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

/// What a script requires of a target. A target that does not meet this does not fail: the verdict
/// is [`Unsupported`](crate::player::Verdict::Unsupported).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Arbitrary)]
pub struct Requires {
    /// Which end of the connection the target must be; by default, either.
    pub role: Option<Role>,
    /// Service bits that its `version` must have.
    #[arbitrary(with = super::arbitrary::services)]
    pub services: Services,
    /// The lowest protocol version that its `version` must have.
    pub protocol: Option<i32>,
    /// Facts that must be true of it. The player does not know them: whoever plays a script at a
    /// target that was probed compares them before the play.
    pub facts: FactSet,
    /// Facts that must not be true of it.
    pub without_facts: FactSet,
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

impl Requires {
    /// Whether a fact decides whether the script is for a target.
    pub fn depends_on_facts(&self) -> bool {
        !self.facts.is_empty() || !self.without_facts.is_empty()
    }
}
