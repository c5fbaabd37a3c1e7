//! What is expected, and what it is worth.

use std::time::Duration;

use arbitrary::Arbitrary;
use fake_peer_core::wire::Command;
use serde::{Deserialize, Serialize};

use super::{Element, ElementMut, Name, Path, Step, Value};

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// One thing; anything else is a failure.
    One(Observation),
    /// One of several things.
    OneOf(OutcomeSet),
    /// Several things, in any order.
    All {
        /// By when; the player's time-out unless told.
        #[arbitrary(with = super::arbitrary::optional_time)]
        within: Option<Duration>,
        /// The things. A message counts for the first that it matches and that has not been
        /// observed.
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
        /// How.
        how: DisconnectKind,
        /// By when; the player's time-out unless told.
        #[arbitrary(with = super::arbitrary::optional_time)]
        within: Option<Duration>,
    },
    /// It sends nothing and keeps the connection, but for what is to be ignored.
    Silence {
        /// For so long.
        #[arbitrary(with = super::arbitrary::time)]
        length: Duration,
    },
    /// It answers a ping of ours: by then it has read all that we sent before.
    Barrier {
        /// By when; the player's time-out unless told.
        #[arbitrary(with = super::arbitrary::optional_time)]
        within: Option<Duration>,
    },
}

/// A message that is expected. Others that come before it are passed over, unless they are
/// forbidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Expect {
    /// Its command.
    #[arbitrary(with = super::arbitrary::command)]
    pub command: Command,
    /// What its fields must be. One that is otherwise is another message.
    pub tests: Vec<FieldTest>,
    /// What is kept of it.
    pub captures: Vec<Capture>,
    /// By when; the player's time-out unless told.
    #[arbitrary(with = super::arbitrary::optional_time)]
    pub within: Option<Duration>,
}

/// What a field must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct FieldTest {
    /// The field.
    pub path: Path,
    /// How it is compared.
    pub op: Op,
    /// With what: no list, no record.
    #[arbitrary(with = super::arbitrary::scalar)]
    pub value: Value,
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    /// It is the value.
    Is,
    /// It is another.
    Not,
    /// It is the value or more.
    AtLeast,
    /// It is the value or less.
    AtMost,
    /// It has so many items, or bytes.
    Count,
    /// The text holds the value, the list has such an item, the services have these bits.
    Has,
}

/// Keeps the value of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Capture {
    /// The field.
    pub path: Path,
    /// The name under which `$name` has it from here on.
    pub name: Name,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum DisconnectKind {
    /// Either way.
    #[default]
    Any,
    /// In order (FIN).
    Closed,
    /// By a reset (RST).
    Reset,
}

/// Several outcomes, best first. The first one to be observed is the one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct OutcomeSet {
    /// By when; the player's time-out unless told.
    #[arbitrary(with = super::arbitrary::optional_time)]
    pub within: Option<Duration>,
    /// The outcomes. None of them in time is a failure.
    pub outcomes: Vec<Outcome>,
}

/// Something a target may do, and what that is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Outcome {
    /// What it is worth.
    pub class: Class,
    /// Why, for the report.
    pub note: Option<String>,
    /// What the target does.
    pub observation: Observation,
    /// How the script goes on if this is the outcome, before what follows the whole set.
    pub then: Vec<Step>,
}

/// What an outcome is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// As it should be.
    Pass,
    /// Allowed, but not what the best do.
    Weaker,
    /// Not allowed.
    Fail,
}

/// Several things that a step expects. Each has a number and a path of its own.
#[derive(Debug, Clone, Copy)]
pub enum Branches<'a> {
    /// Of which one is observed.
    Outcomes(&'a Vec<Outcome>),
    /// Which are all observed.
    Observations(&'a Vec<Observation>),
}

/// [`Branches`] that can be changed.
#[derive(Debug)]
pub enum BranchesMut<'a> {
    /// Of which one is observed.
    Outcomes(&'a mut Vec<Outcome>),
    /// Which are all observed.
    Observations(&'a mut Vec<Observation>),
}

/// One of several things that a step expects.
#[derive(Debug, Clone, Copy)]
pub struct Branch<'a> {
    /// What the target does.
    pub observation: &'a Observation,
    /// How the script goes on then, before what follows the step.
    pub then: &'a [Step],
    /// What that is worth, if the branches are outcomes.
    pub outcome: Option<&'a Outcome>,
}

/// A [`Branch`] that can be changed.
#[derive(Debug)]
pub struct BranchMut<'a> {
    /// What the target does.
    pub observation: &'a mut Observation,
    /// How the script goes on then, if that can differ from branch to branch.
    pub then: Option<&'a mut Vec<Step>>,
}

impl Expectation {
    /// The word that begins its text.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::One(observation) => observation.verb(),
            Self::OneOf(_) => "expect-one-of",
            Self::All { .. } => "expect-all",
        }
    }

    /// By when; none for the time of the one observation, or the player's time-out.
    pub fn within(&self) -> Option<Duration> {
        match self {
            Self::One(_) => None,
            Self::OneOf(set) => set.within,
            Self::All { within, .. } => *within,
        }
    }

    /// What may be observed, in the order of the text.
    pub fn observations(&self) -> impl Iterator<Item = &Observation> {
        let one = match self {
            Self::One(observation) => Some(observation),
            Self::OneOf(_) | Self::All { .. } => None,
        };
        let several = self.branches().into_iter().flat_map(Branches::iter);
        one.into_iter()
            .chain(several.map(|branch| branch.observation))
    }

    /// What is expected, if that is several things.
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
    /// The word that begins its text.
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
    /// How many there are.
    pub fn len(self) -> usize {
        match self {
            Self::Outcomes(outcomes) => outcomes.len(),
            Self::Observations(observations) => observations.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The outcomes, if one of the branches is chosen and the script goes on there.
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
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Outcomes(outcomes) => outcomes.len(),
            Self::Observations(observations) => observations.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Leaves out those that are refused.
    pub fn retain(&mut self, keep: &mut dyn FnMut(BranchMut<'_>) -> bool) {
        match self {
            Self::Outcomes(outcomes) => outcomes.retain_mut(|outcome| keep(outcome.into())),
            Self::Observations(observations) => {
                observations.retain_mut(|observation| keep(observation.into()));
            }
        }
    }

    /// Goes through them in the order of the text.
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
