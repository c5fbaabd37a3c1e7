//! The facts of a target.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::check::result::micros;
use crate::script::model::{FactName, Requires};

/// What the probes found out about a target, besides the contents of its `version`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portrait {
    /// The messages that the target sent unasked after the handshake, in their order.
    pub unasked: Vec<Unasked>,
    /// The facts, in the order of [`FactName::ALL`].
    pub facts: Vec<Fact>,
}

/// A message that the target sent unasked after the handshake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unasked {
    /// The command of the message.
    pub command: String,
    /// The time since the handshake.
    #[serde(rename = "after_us", with = "micros")]
    pub after: Duration,
}

/// A fact about a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// The name, by which scripts require it.
    pub name: FactName,
    /// Whether it is true.
    pub answer: Answer,
    /// What the target did, or why nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The time from what we sent to the reaction that showed the fact.
    #[serde(default, rename = "after_us", skip_serializing_if = "Option::is_none")]
    pub after: Option<Latency>,
    /// The probe that showed it: the name of a file in `fake-peer/probes`, without its ending.
    pub probe: String,
    /// Where the property is specified, or allowed.
    pub source: String,
}

/// A time between two events; in JSON, whole microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Latency(#[serde(with = "micros")] pub Duration);

/// Whether a fact is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The target showed that it is true.
    Yes,
    /// The target had time to show that it is true, and did not; or it did the opposite.
    No,
    /// Nothing is known.
    Unknown,
}

/// Why a case is not applicable to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotApplicable<'a> {
    /// The fact that differs from what the case requires.
    pub fact: &'a Fact,
}

impl Portrait {
    /// Returns the fact with this name.
    pub fn fact(&self, name: FactName) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.name == name)
    }

    /// Returns the time from the handshake to the last message that the target sent unasked.
    pub fn quiet_after(&self) -> Option<Duration> {
        self.unasked.iter().map(|message| message.after).max()
    }

    /// Returns why a script is not applicable to the target, if it is not. Something of which
    /// nothing is known is no reason.
    pub fn unmet(&self, requires: &Requires) -> Option<NotApplicable<'_>> {
        let differs = |name, answer| {
            let fact = self.fact(name)?;
            (fact.answer == answer).then_some(NotApplicable { fact })
        };
        let mut missing = requires.facts.iter().map(|name| (name, Answer::No));
        let mut unwanted = requires
            .without_facts
            .iter()
            .map(|name| (name, Answer::Yes));
        let missing = missing.find_map(|(name, answer)| differs(name, answer));
        missing.or_else(|| unwanted.find_map(|(name, answer)| differs(name, answer)))
    }
}

impl Fact {
    /// Returns what the target does, as the rest of a sentence about it, if that is known.
    pub fn sentence(&self) -> Option<&'static str> {
        match self.answer {
            Answer::Yes => Some(self.name.affirmed()),
            Answer::No => Some(self.name.denied()),
            Answer::Unknown => None,
        }
    }

    /// Returns the answer and the detail in a few words, such as `yes: getdata after 3 ms`.
    pub fn words(&self) -> String {
        let answer = self.answer.name();
        match (&self.detail, self.after) {
            (Some(detail), Some(after)) => format!("{answer}: {detail} after {after}"),
            (Some(detail), None) => format!("{answer}: {detail}"),
            (None, Some(after)) => format!("{answer}: after {after}"),
            (None, None) => answer.to_owned(),
        }
    }
}

impl Answer {
    /// Returns the word for it, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for NotApplicable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fact { name, probe, .. } = self.fact;
        let what = self.fact.sentence().unwrap_or_default();
        let name = name.word();
        write!(
            f,
            "not applicable: the target {what} (fact {name}, from the probe {probe})"
        )
    }
}

impl fmt::Display for Latency {
    /// Writes the time in milliseconds if it is short, or else in seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_millis() {
            millis @ 0..1_000 => write!(f, "{millis} ms"),
            _ => write!(f, "{:.1} s", self.0.as_secs_f64()),
        }
    }
}
