//! The results of a run of the suite, as plain values, from which every report is made.
//!
//! The JSON form has a version number ([`FORMAT`]) and a schema ([`SCHEMA`]). Times are whole
//! microseconds, so that nothing is lost to rounding.

use std::fmt;
use std::time::Duration;

use fake_peer_core::network::NetworkName;
use fake_peer_core::wire::Bytes;
use serde::{Deserialize, Serialize};

use super::facts::Portrait;
use super::report::Console;
use super::summary::Summary;
pub use crate::outcome::{ControlOutcome, Ending, Verdict};
use crate::script::model::{Level, Role, Script};
pub use crate::target::Seen;

/// The version of the JSON format. It increases when a reader of the previous version would misread
/// a run.
pub const FORMAT: u32 = 3;

/// The JSON Schema of [`Run`].
pub const SCHEMA: &str = include_str!("../../docs/report.schema.json");

/// A run of the suite against one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// [`FORMAT`].
    pub format: u32,
    /// The version of fake-peer.
    pub version: String,
    /// The target that was checked.
    pub target: Target,
    /// The network of the target.
    pub network: NetworkName,
    /// The seed of the random values.
    pub seed: u64,
    /// The time of the start, in seconds since 1970.
    pub started: u64,
    /// The duration of the run.
    #[serde(rename = "elapsed_us", with = "micros")]
    pub elapsed: Duration,
    /// The number of cases by verdict and level.
    pub summary: Summary,
    /// The cases, in the order of the catalogue.
    pub cases: Vec<CaseResult>,
}

/// The target of a run, as reports describe it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The address, the command line or another description.
    pub name: String,
    /// Whether the target listens or dials.
    pub role: Role,
    /// The contents of its `version` message, if it sent one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// What the probes before the cases found out, if it was probed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portrait: Option<Portrait>,
    /// The name of the profile that was used, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// The result of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseResult {
    /// The id, such as `headers/limit/1`.
    pub id: String,
    /// The requirement that the case checks, as a sentence.
    pub about: String,
    /// The level of the requirement.
    pub level: Level,
    /// The sources of the requirement.
    pub sources: Vec<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// The state of the connection or of the target at the end, if the case was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// A note on the verdict: the note of the outcome, or the reason why the case was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What the failing step expected, if the case failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was observed instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// The number of the deciding step, such as `4.1`, as [`explain`](crate::script::explain())
    /// shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The outcome of the control, if the case has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<ControlOutcome>,
    /// The duration of the case.
    #[serde(rename = "elapsed_us", with = "micros")]
    pub elapsed: Duration,
    /// The verdict of each play in its order, if the case was repeated and the verdict changed. The
    /// rest of the result is that of the first play.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flaky: Vec<Verdict>,
    /// The failure that the profile expects, if any, and whether it occurred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectation: Option<Expectation>,
    /// The command that repeats this case alone.
    pub reproduce: String,
    /// The messages and events, in order.
    pub transcript: Vec<Line>,
}

/// A failure that a profile expects, and whether it occurred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Expectation {
    /// The case was expected to fail, and failed, or to be flaky, and was.
    ExpectedFailure {
        /// The reason that the profile gives.
        reason: String,
    },
    /// The case was expected to fail, but passed: the profile is out of date.
    UnexpectedPass {
        /// The reason that the profile gives.
        reason: String,
    },
}

/// A line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The time since the start of the case.
    #[serde(rename = "at_us", with = "micros")]
    pub at: Duration,
    /// Whether the line was sent, received or noted.
    pub direction: Direction,
    /// The name of the connection.
    pub connection: String,
    /// The command of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The number of bytes, including those that `bytes` leaves out.
    pub size: usize,
    /// The first bytes, at most [`Line::KEPT`] of them; in JSON as hexadecimal.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub bytes: Bytes,
    /// The fields of the message or the text of the note, on one line.
    pub text: String,
}

impl Line {
    /// The most bytes of a message that a line keeps. They are enough to recognise it, and the
    /// script contains the rest.
    pub const KEPT: usize = 512;

    /// Returns the bytes that a line keeps: the first [`Line::KEPT`] at most.
    pub fn kept(bytes: &[u8]) -> Bytes {
        bytes[..bytes.len().min(Self::KEPT)].into()
    }
}

/// The direction of a line in a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Sent to the target.
    Sent,
    /// Received from the target.
    Received,
    /// Neither sent nor received: an event, such as the opening of a connection.
    Note,
}

impl Run {
    /// Returns the cases that failed unexpectedly, and those that could not be run.
    pub fn failures(&self) -> impl Iterator<Item = &CaseResult> {
        self.cases
            .iter()
            .filter(|case| case.verdict == Verdict::Error || case.is_failure(Strictness::Usual))
    }
}

impl fmt::Display for Run {
    /// Writes the text below the tree of a run: the failures in full, and the summary.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let console = Console {
            width: 100,
            strictness: Strictness::Usual,
        };
        write!(f, "{}", anstream::adapter::strip_str(&console.end(self)))
    }
}

impl CaseResult {
    /// Creates the result of a case that was not played.
    pub fn skipped(script: &Script, reason: impl Into<String>) -> Self {
        Self {
            id: script.name.clone(),
            about: script.about.clone().unwrap_or_default(),
            level: script.level.unwrap_or(Level::Varies),
            sources: script.sources.clone(),
            verdict: Verdict::Skipped,
            ending: None,
            note: Some(reason.into()),
            expected: None,
            found: None,
            step: None,
            control: None,
            elapsed: Duration::ZERO,
            flaky: Vec::new(),
            expectation: None,
            reproduce: String::new(),
            transcript: Vec::new(),
        }
    }

    /// Returns the area of the protocol, which is the first part of the id.
    pub fn area(&self) -> &str {
        area(&self.id)
    }

    /// Returns whether the verdict changed when the case was repeated.
    pub fn is_flaky(&self) -> bool {
        !self.flaky.is_empty()
    }

    /// Returns whether the case counts as a failure, which it does not if the profile expects it.
    pub fn is_failure(&self, strictness: Strictness) -> bool {
        let failed = match self.verdict {
            Verdict::Fail => true,
            Verdict::Weaker => strictness == Strictness::Strict,
            _ => false,
        };
        match self.expectation {
            None => failed,
            Some(Expectation::ExpectedFailure { .. }) => false,
            Some(Expectation::UnexpectedPass { .. }) => strictness == Strictness::Strict,
        }
    }
}

/// Which verdicts count as failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// The verdict `fail`, unless the profile expects it.
    #[default]
    Usual,
    /// Also the verdict `weaker`, and a pass where the profile expects a failure.
    Strict,
}

/// Returns the first part of an id.
pub fn area(id: &str) -> &str {
    id.split_once('/').map_or(id, |(area, _)| area)
}

/// Returns an id without its number.
pub fn topic(id: &str) -> &str {
    id.rsplit_once('/').map_or(id, |(topic, _)| topic)
}

impl Direction {
    /// Returns the mark at the start of a line.
    pub fn mark(self) -> char {
        match self {
            Self::Sent => '>',
            Self::Received => '<',
            Self::Note => '*',
        }
    }
}

/// The levels, from the most to the least binding.
pub const LEVELS: [Level; 3] = [Level::Must, Level::Reference, Level::Varies];

/// Returns the name of a level in scripts and reports.
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Reference => "reference",
        Level::Varies => "varies",
    }
}

fn is_empty(bytes: &Bytes) -> bool {
    bytes.is_empty()
}

/// The serde form of durations: whole microseconds.
pub(crate) mod micros {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_micros)
    }
}
