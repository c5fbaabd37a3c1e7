//! The places of the parts of a script.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// A part of a script, by its number in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The script as a whole.
    Script,
    /// The chain with this index in the list of chains.
    Chain(usize),
    /// The step, or the branch of a step, with this number: they are counted from 0 in the order of
    /// the text, those inside a step after that step.
    Step(usize),
}

/// The path to a step, or to a branch of a step: places from 1 on, outermost first, as `explain`
/// numbers them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct StepPath(Arc<[u32]>);

impl StepPath {
    /// The path with these places.
    pub fn new(places: &[u32]) -> Self {
        Self(places.into())
    }

    /// The places, counted from 1: each is that of a step in its block, or of a branch in its step.
    pub fn places(&self) -> &[u32] {
        &self.0
    }

    /// The path to the branch of this step with this index, counted from 0.
    pub(crate) fn inside(&self, branch: usize) -> Self {
        let place = u32::try_from(branch + 1).unwrap_or(u32::MAX);
        Self(self.0.iter().copied().chain([place]).collect())
    }
}

impl fmt::Display for StepPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, place) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(f, "{dot}{place}")?;
        }
        Ok(())
    }
}

impl From<StepPath> for String {
    fn from(path: StepPath) -> Self {
        path.to_string()
    }
}
