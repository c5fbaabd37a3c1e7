//! Real bugs, as switches: each puts one back into the model peer.

use super::Behaviour;
use crate::script::model::ChainRules;

/// A bug of a real implementation, as a change of one field of a [`Behaviour`].
#[derive(Debug, Clone, Copy)]
pub struct Flaw {
    /// What it is called, in kebab-case.
    pub name: &'static str,
    /// What the bug is, in a sentence.
    pub about: &'static str,
    /// Where it comes from: CVE numbers, issues.
    pub source: &'static str,
    /// The area of the catalogue that notices it.
    pub area: &'static str,
    /// The header rules under which it shows.
    pub rules: ChainRules,
    /// Puts it in.
    pub apply: fn(&mut Behaviour),
}

/// Every flaw.
pub const FLAWS: &[Flaw] = &[];

impl Flaw {
    /// The flaw with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FLAWS.iter().find(|flaw| flaw.name == name)
    }
}
