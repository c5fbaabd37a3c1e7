//! What is expected, and what it is worth.

use std::time::Duration;

use arbitrary::Arbitrary;
use fake_peer_core::wire::Command;
use serde::{Deserialize, Serialize};

use super::{Name, Path, Step, Value};

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
