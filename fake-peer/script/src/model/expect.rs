//! What is expected, and the class of each outcome.

use std::time::Duration;

use arbitrary::Arbitrary;
use fake_peer_core::wire::Command;
use serde::{Deserialize, Serialize};

use super::{Element, ElementMut, Name, Path, Step, Value};

/// What a step waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// One thing; anything else is a failure.
    One(Observation),
    /// One of several things.
    OneOf(OutcomeSet),
    /// Several things, in any order.
    All {
        /// How long to wait; the player's time-out by default.
        #[arbitrary(with = super::arbitrary::optional_time)]
        within: Option<Duration>,
        /// The observations. A message counts for the first one that it matches and that has not
        /// been made yet.
        observations: Vec<Observation>,
    },
}

/// Something that a target may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Observation {
    /// It sends a message.
    Message(Expect),
    /// It ends the connection.
    Disconnect {
        /// How the connection must end.
        how: DisconnectKind,
        /// How long to wait; the player's time-out by default.
        #[arbitrary(with = super::arbitrary::optional_time)]
        within: Option<Duration>,
    },
    /// It sends nothing, except for ignored messages, and keeps the connection open.
    Silence {
        /// How long the silence must last.
        #[arbitrary(with = super::arbitrary::time)]
        length: Duration,
    },
    /// It answers a ping of ours: by then, it has read everything that we sent before.
    Barrier {
        /// How long to wait; the player's time-out by default.
        #[arbitrary(with = super::arbitrary::optional_time)]
        within: Option<Duration>,
    },
}

/// A message that is expected. Other messages that come before it are skipped, unless they are
/// forbidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Expect {
    /// Its command.
    #[arbitrary(with = super::arbitrary::command)]
    pub command: Command,
    /// The tests of its fields. A message that fails one of them is not the expected message.
    pub tests: Vec<FieldTest>,
    /// The fields whose values are captured.
    pub captures: Vec<Capture>,
    /// How long to wait; the player's time-out by default.
    #[arbitrary(with = super::arbitrary::optional_time)]
    pub within: Option<Duration>,
}

/// A test of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct FieldTest {
    /// The field.
    pub path: Path,
    /// How it is compared.
    pub op: Op,
    /// The value that the field is compared with, which is neither a list nor a record.
    #[arbitrary(with = super::arbitrary::scalar)]
    pub value: Value,
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    /// It equals the value.
    Is,
    /// It does not equal the value.
    Not,
    /// It is the value or more.
    AtLeast,
    /// It is the value or less.
    AtMost,
    /// The value is the number of its items, characters or bytes.
    Count,
    /// The text contains the value, the list has an item with the value, or the services include
    /// these bits.
    Has,
}

/// Keeps the value of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Capture {
    /// The field.
    pub path: Path,
    /// The name of the captured value. Later steps use it as `$name`.
    pub name: Name,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum DisconnectKind {
    /// In either way.
    #[default]
    Any,
    /// Closed cleanly (FIN).
    Closed,
    /// Reset (RST).
    Reset,
}

/// Several outcomes, best first. The first one that is observed is the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct OutcomeSet {
    /// How long to wait; the player's time-out by default.
    #[arbitrary(with = super::arbitrary::optional_time)]
    pub within: Option<Duration>,
    /// The outcomes. It is a failure if none of them is observed in time.
    pub outcomes: Vec<Outcome>,
}

/// Something a target may do, and its class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Outcome {
    /// The class of the outcome.
    pub class: Class,
    /// An explanation for the report.
    pub note: Option<String>,
    /// What the target does.
    pub observation: Observation,
    /// The steps that follow this outcome, before the steps that follow the whole set.
    pub then: Vec<Step>,
}

/// The class of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The correct behaviour.
    Pass,
    /// Allowed, but not the best behaviour.
    Weaker,
    /// Not allowed.
    Fail,
}

/// Several things that a step expects. Each has a number and a path of its own.
#[derive(Debug, Clone, Copy)]
pub enum Branches<'a> {
    /// Outcomes, one of which must be observed.
    Outcomes(&'a Vec<Outcome>),
    /// Observations, all of which must be made.
    Observations(&'a Vec<Observation>),
}

/// [`Branches`] that can be changed.
#[derive(Debug)]
pub enum BranchesMut<'a> {
    /// Outcomes, one of which must be observed.
    Outcomes(&'a mut Vec<Outcome>),
    /// Observations, all of which must be made.
    Observations(&'a mut Vec<Observation>),
}

/// One of several things that a step expects.
#[derive(Debug, Clone, Copy)]
pub struct Branch<'a> {
    /// What the target does.
    pub observation: &'a Observation,
    /// The steps that follow this branch, before the steps that follow the whole step.
    pub then: &'a [Step],
    /// The outcome, if the branches are outcomes.
    pub outcome: Option<&'a Outcome>,
}

/// A [`Branch`] that can be changed.
#[derive(Debug)]
pub struct BranchMut<'a> {
    /// What the target does.
    pub observation: &'a mut Observation,
    /// The steps that follow this branch, if branches can have steps of their own.
    pub then: Option<&'a mut Vec<Step>>,
}

impl Expectation {
    /// The verb of its text form.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::One(observation) => observation.verb(),
            Self::OneOf(_) => "expect-one-of",
            Self::All { .. } => "expect-all",
        }
    }

    /// How long to wait; `None` if there is a single observation, or if the player's time-out
    /// applies.
    pub fn within(&self) -> Option<Duration> {
        match self {
            Self::One(_) => None,
            Self::OneOf(set) => set.within,
            Self::All { within, .. } => *within,
        }
    }

    /// The observations, in the order of the text.
    pub fn observations(&self) -> impl Iterator<Item = &Observation> {
        let one = match self {
            Self::One(observation) => Some(observation),
            Self::OneOf(_) | Self::All { .. } => None,
        };
        let several = self.branches().into_iter().flat_map(Branches::iter);
        one.into_iter()
            .chain(several.map(|branch| branch.observation))
    }

    /// The branches, if several things are expected.
    pub fn branches(&self) -> Option<Branches<'_>> {
        match self {
            Self::One(_) => None,
            Self::OneOf(set) => Some(Branches::Outcomes(&set.outcomes)),
            Self::All { observations, .. } => Some(Branches::Observations(observations)),
        }
    }

    pub(super) fn element(&self) -> Element<'_> {
        match self {
            Self::One(observation) => Element::Observation(observation),
            Self::OneOf(set) => Element::Branches(Branches::Outcomes(&set.outcomes)),
            Self::All { observations, .. } => {
                Element::Branches(Branches::Observations(observations))
            }
        }
    }

    pub(super) fn element_mut(&mut self) -> ElementMut<'_> {
        match self {
            Self::One(observation) => ElementMut::Observation(observation),
            Self::OneOf(set) => ElementMut::Branches(BranchesMut::Outcomes(&mut set.outcomes)),
            Self::All { observations, .. } => {
                ElementMut::Branches(BranchesMut::Observations(observations))
            }
        }
    }
}

impl Observation {
    /// The verb of its text form.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Message(_) => "expect",
            Self::Disconnect { .. } => "disconnect",
            Self::Silence { .. } => "silence",
            Self::Barrier { .. } => "barrier",
        }
    }
}

impl<'a> Branches<'a> {
    /// The number of branches.
    pub fn len(self) -> usize {
        match self {
            Self::Outcomes(outcomes) => outcomes.len(),
            Self::Observations(observations) => observations.len(),
        }
    }

    /// Whether there are no branches.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The outcomes, if the script continues at the branch that is observed.
    pub fn outcomes(self) -> Option<&'a [Outcome]> {
        match self {
            Self::Outcomes(outcomes) => Some(outcomes),
            Self::Observations(_) => None,
        }
    }

    /// The branch with this index.
    pub fn get(self, index: usize) -> Option<Branch<'a>> {
        match self {
            Self::Outcomes(outcomes) => outcomes.get(index).map(Branch::from),
            Self::Observations(observations) => observations.get(index).map(Branch::from),
        }
    }

    /// The branches in the order of the text.
    pub fn iter(self) -> impl Iterator<Item = Branch<'a>> + Clone {
        (0..self.len()).filter_map(move |index| self.get(index))
    }
}

impl BranchesMut<'_> {
    /// The number of branches.
    pub fn len(&self) -> usize {
        match self {
            Self::Outcomes(outcomes) => outcomes.len(),
            Self::Observations(observations) => observations.len(),
        }
    }

    /// Whether there are no branches.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes the branches for which `keep` returns `false`.
    pub fn retain(&mut self, keep: &mut dyn FnMut(BranchMut<'_>) -> bool) {
        match self {
            Self::Outcomes(outcomes) => outcomes.retain_mut(|outcome| keep(outcome.into())),
            Self::Observations(observations) => {
                observations.retain_mut(|observation| keep(observation.into()));
            }
        }
    }

    /// Calls `visit` for each branch, in the order of the text.
    pub fn for_each(&mut self, visit: &mut dyn FnMut(BranchMut<'_>)) {
        self.retain(&mut |branch| {
            visit(branch);
            true
        });
    }
}

impl<'a> From<&'a Outcome> for Branch<'a> {
    fn from(outcome: &'a Outcome) -> Self {
        Self {
            observation: &outcome.observation,
            then: &outcome.then,
            outcome: Some(outcome),
        }
    }
}

impl<'a> From<&'a mut Outcome> for BranchMut<'a> {
    fn from(outcome: &'a mut Outcome) -> Self {
        Self {
            observation: &mut outcome.observation,
            then: Some(&mut outcome.then),
        }
    }
}

impl<'a> From<&'a Observation> for Branch<'a> {
    fn from(observation: &'a Observation) -> Self {
        Self {
            observation,
            then: &[],
            outcome: None,
        }
    }
}

impl<'a> From<&'a mut Observation> for BranchMut<'a> {
    fn from(observation: &'a mut Observation) -> Self {
        Self {
            observation,
            then: None,
        }
    }
}
