//! Names, and paths to fields.

use std::fmt;
use std::str::FromStr;

use arbitrary::{Arbitrary, Unstructured};
use serde::{Deserialize, Serialize};

/// The name of a chain, a connection, a captured value or a field: a lower-case letter, followed by
/// lower-case letters, digits and underscores.
///
/// `now`, `random` and `zeros` are reserved: `$now` is a value of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// The text is not a [`Name`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It does not have the form of a name.
    #[error(
        "a name is a lower-case letter, followed by lower-case letters, digits and underscores"
    )]
    Form,
    /// It is one of [`Name::RESERVED`].
    #[error("`{0}` is reserved: `${0}` is a value of its own")]
    Reserved(String),
}

impl Name {
    /// The words that have a meaning of their own after `$`.
    pub const RESERVED: [&'static str; 3] = ["now", "random", "zeros"];

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The default name of a chain and of a connection.
    pub fn main() -> Self {
        Self("main".to_owned())
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let rest = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        if !text.starts_with(|first: char| first.is_ascii_lowercase()) || !text.bytes().all(rest) {
            return Err(NameError::Form);
        }
        if Self::RESERVED.contains(&text) {
            return Err(NameError::Reserved(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'a> Arbitrary<'a> for Name {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let words = [
            "main", "a", "b2", "nonce", "from", "lie", "within", "payload", "field",
        ];
        u.choose(&words).map(|word| Self((*word).to_owned()))
    }
}

/// The path to a field of a message, such as `headers.0.tx_count`: names of fields, and indexes in
/// lists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Path(String);

/// The text is not a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a path consists of names and indexes, separated by dots: `locator.0`")]
pub struct PathError;

impl Path {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names and indexes of the path, outermost first.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let place = |step: &str| {
            step.parse::<u32>()
                .is_ok_and(|place| place.to_string() == step)
        };
        let (first, rest) = text.split_once('.').unwrap_or((text, "0"));
        let is_path = first.parse::<Name>().is_ok()
            && rest
                .split('.')
                .all(|step| place(step) || step.parse::<Name>().is_ok());
        is_path.then(|| Self(text.to_owned())).ok_or(PathError)
    }
}

impl TryFrom<String> for Path {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        text.parse()
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.0
    }
}

impl From<Name> for Path {
    fn from(name: Name) -> Self {
        Self(name.0)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'a> Arbitrary<'a> for Path {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let mut path = Name::arbitrary(u)?.0;
        for _ in 0..u.int_in_range(0..=2)? {
            path = if bool::arbitrary(u)? {
                format!("{path}.{}", u32::arbitrary(u)?)
            } else {
                format!("{path}.{}", Name::arbitrary(u)?)
            };
        }
        Ok(Self(path))
    }
}
