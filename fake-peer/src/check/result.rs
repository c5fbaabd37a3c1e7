//! What a run of the suite gave, as plain values: everything that is printed is made of them.
//!
//! As JSON they are a format of their own, with a number ([`FORMAT`]) and a schema
//! ([`SCHEMA`]). Times are whole microseconds, so that nothing is lost to rounding.

use std::fmt;
use std::time::Duration;

use fake_peer_core::network::NetworkName;
use fake_peer_core::wire::Bytes;
use serde::{Deserialize, Serialize};

use super::report::Console;
use super::summary::Summary;
pub use crate::outcome::{Ending, Verdict};
use crate::script::model::{Level, Role, Script};
pub use crate::target::Seen;

/// The number of the format. It goes up when a reader of the last one would go wrong.
pub const FORMAT: u32 = 2;

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
    /// What was checked.
    pub target: Target,
    /// The network that was spoken.
    pub network: NetworkName,
    /// The seed of all that was random.
    pub seed: u64,
    /// When it started, in seconds of Unix time.
    pub started: u64,
    /// How long it took.
    #[serde(rename = "elapsed_us", with = "micros")]
    pub elapsed: Duration,
    /// How many cases there are of each kind.
    pub summary: Summary,
    /// The cases, in the order of the catalogue.
    pub cases: Vec<CaseResult>,
}

/// What was checked, as it tells of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What the user calls it, or where it is.
    pub name: String,
    /// Which end of the connection it is.
    pub role: Role,
    /// What its `version` message said, if it sent one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// The profile whose expectations hold for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseResult {
    /// The id, such as `headers/limit/1`.
    pub id: String,
    /// The requirement, in a sentence.
    pub about: String,
    /// How binding it is.
    pub level: Level,
    /// Where it comes from.
    pub sources: Vec<String>,
    /// How it went.
    pub verdict: Verdict,
    /// How the connection was left, if there was one, or the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// What there is to say about the verdict: the note of the outcome, why it was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What a failing step waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// The step that decided, as [`explain`](crate::script::explain()) numbers it: `4.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// How long it took.
    #[serde(rename = "elapsed_us", with = "micros")]
    pub elapsed: Duration,
    /// What the profile says about it, where that is more than nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectation: Option<Expectation>,
    /// The command that repeats this case alone.
    pub reproduce: String,
    /// What was sent and received.
    pub transcript: Vec<Line>,
}

/// What a profile says about a case, and whether that came true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Expectation {
    /// It was expected to fail, and did.
    ExpectedFailure {
        /// Why it was.
        reason: String,
    },
    /// It was expected to fail, and passed: the profile is out of date.
    UnexpectedPass {
        /// Why it was.
        reason: String,
    },
}

/// A line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// When, since the start of the case.
    #[serde(rename = "at_us", with = "micros")]
    pub at: Duration,
    /// Which way it went.
    pub direction: Direction,
    /// The name of the connection.
    pub connection: String,
    /// The command of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// How many bytes there were.
    pub size: usize,
    /// The first of them, [`Line::KEPT`] at the most, in hexadecimal.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub bytes: Bytes,
    /// What they mean, or what is noted, on one line.
    pub text: String,
}

impl Line {
    /// How many bytes of a message are kept: enough to see what it is. The script has the rest.
    pub const KEPT: usize = 512;

    /// As many of some bytes as are kept.
    pub fn kept(bytes: &[u8]) -> Bytes {
        bytes[..bytes.len().min(Self::KEPT)].into()
    }
}

/// Which way a line of a transcript went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// To the target.
    Sent,
    /// From the target.
    Received,
    /// Neither: something that happened.
    Note,
}

impl Run {
    /// The cases that should have gone otherwise, and those that could not be run.
    pub fn failures(&self) -> impl Iterator<Item = &CaseResult> {
        self.cases
            .iter()
            .filter(|case| case.verdict == Verdict::Error || case.is_failure(Strictness::Usual))
    }
}

impl fmt::Display for Run {
    /// What is printed below the tree of a run: the failures in full, and the summary.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let console = Console {
            width: 100,
            strictness: Strictness::Usual,
        };
        write!(f, "{}", anstream::adapter::strip_str(&console.end(self)))
    }
}

impl CaseResult {
    /// What there is to say of a script before it has been played.
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
            elapsed: Duration::ZERO,
            expectation: None,
            reproduce: String::new(),
            transcript: Vec::new(),
        }
    }

    /// The part of the protocol that it is about: the first part of the id.
    pub fn area(&self) -> &str {
        area(&self.id)
    }

    /// Whether it departs from what it should do, and nobody said that it would.
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

/// What counts as a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// What is not allowed.
    #[default]
    Usual,
    /// Also what is allowed, but not the best, and what passes unexpectedly.
    Strict,
}

/// The first part of an id.
pub fn area(id: &str) -> &str {
    id.split_once('/').map_or(id, |(area, _)| area)
}

/// An id without its number.
pub fn topic(id: &str) -> &str {
    id.rsplit_once('/').map_or(id, |(topic, _)| topic)
}

impl Direction {
    /// The mark at the start of a line.
    pub fn mark(self) -> char {
        match self {
            Self::Sent => '>',
            Self::Received => '<',
            Self::Note => '*',
        }
    }
}

/// All levels, the most binding first.
pub const LEVELS: [Level; 3] = [Level::Must, Level::Reference, Level::Varies];

/// A level as it is written.
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

/// Times as whole microseconds.
mod micros {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_micros)
    }
}
