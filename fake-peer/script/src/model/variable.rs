//! Values that are only known during a run.

use std::fmt;
use std::str::FromStr;

use arbitrary::Arbitrary;
use serde::{Deserialize, Serialize};

use super::Name;

/// A value that is only known during a run. Its text form starts with `$`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Arbitrary)]
#[serde(try_from = "String", into = "String")]
pub enum Variable {
    /// `$now`, `$now+7200`, `$now-60`: seconds since 1970 by the player's clock, and an offset.
    Now(i64),
    /// `$random`: a u64, generated from the seed of the run, another one for each use.
    Random,
    /// `$random.32`: this many random bytes, in hexadecimal. 32 bytes are a hash.
    RandomBytes(u32),
    /// `$zeros.32`: this many zero bytes, in hexadecimal.
    Zeros(u32),
    /// `$NAME`: what an `expect` captured under this name.
    Captured(Name),
    /// `$CHAIN.3`, `$CHAIN.tip`: the hash of the header there.
    Hash(ChainPoint),
    /// `$CHAIN.3.header`: the header there, all six fields.
    Header(ChainPoint),
    /// `$CHAIN.3.coinbase`: the one transaction of the block there.
    Coinbase(ChainPoint),
}

/// A header of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Arbitrary)]
pub struct ChainPoint {
    /// The chain.
    pub chain: Name,
    /// The position of the header.
    pub at: At,
}

/// The position of a header in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Arbitrary)]
pub enum At {
    /// The header at this height; the genesis header is at 0.
    Height(u32),
    /// The last header.
    Tip,
}

/// The text is not a [`Variable`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected $now, $now+60, $random, $random.32, $zeros.32, a captured $name, $chain.3, $chain.3.header or $chain.3.coinbase"
)]
pub struct ParseVariableError;

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(0) => f.write_str("$now"),
            Self::Now(offset) => write!(f, "$now{offset:+}"),
            Self::Random => f.write_str("$random"),
            Self::RandomBytes(count) => write!(f, "$random.{count}"),
            Self::Zeros(count) => write!(f, "$zeros.{count}"),
            Self::Captured(name) => write!(f, "${name}"),
            Self::Hash(point) => write!(f, "${point}"),
            Self::Header(point) => write!(f, "${point}.header"),
            Self::Coinbase(point) => write!(f, "${point}.coinbase"),
        }
    }
}

impl fmt::Display for ChainPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            At::Height(height) => write!(f, "{}.{height}", self.chain),
            At::Tip => write!(f, "{}.tip", self.chain),
        }
    }
}

impl FromStr for Variable {
    type Err = ParseVariableError;

    fn from_str(text: &str) -> Result<Self, ParseVariableError> {
        let rest = text.strip_prefix('$').ok_or(ParseVariableError)?;
        let mut steps = rest.split('.');
        let variable = match (steps.next(), steps.next(), steps.next(), steps.next()) {
            (Some("random"), None, ..) => Some(Self::Random),
            (Some("random"), Some(count), None, _) => number(count).map(Self::RandomBytes),
            (Some("zeros"), Some(count), None, _) => number(count).map(Self::Zeros),
            (Some(now), None, ..) if is_now(now) => offset(now).map(Self::Now),
            (Some(name), None, ..) => name.parse().ok().map(Self::Captured),
            (Some(chain), Some(at), None, _) => point(chain, at).map(Self::Hash),
            (Some(chain), Some(at), Some("header"), None) => point(chain, at).map(Self::Header),
            (Some(chain), Some(at), Some("coinbase"), None) => point(chain, at).map(Self::Coinbase),
            _ => None,
        };
        variable.ok_or(ParseVariableError)
    }
}

fn is_now(text: &str) -> bool {
    text == "now" || text.starts_with("now+") || text.starts_with("now-")
}

fn offset(now: &str) -> Option<i64> {
    match now.strip_prefix("now")? {
        "" => Some(0),
        offset => offset.parse().ok(),
    }
}

fn point(chain: &str, at: &str) -> Option<ChainPoint> {
    let at = match at {
        "tip" => At::Tip,
        height => At::Height(number(height)?),
    };
    let chain = chain.parse().ok()?;
    Some(ChainPoint { chain, at })
}

/// A number without a sign.
fn number(text: &str) -> Option<u32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

impl TryFrom<String> for Variable {
    type Error = ParseVariableError;

    fn try_from(text: String) -> Result<Self, ParseVariableError> {
        text.parse()
    }
}

impl From<Variable> for String {
    fn from(variable: Variable) -> Self {
        variable.to_string()
    }
}
