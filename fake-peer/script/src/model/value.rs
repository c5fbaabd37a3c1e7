//! The values of fields.

use arbitrary::Arbitrary;
use serde::{Deserialize, Serialize};

use super::{Name, Variable};

/// The value of a field, in the form that the message's own serde has: numbers, hashes and bytes in
/// hexadecimal, names of services.
///
/// Where a message wants a list, a value that is none stands for a list of it alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Nothing: an optional field that is not there.
    Null,
    /// True or false.
    Bool(bool),
    /// A number: wide enough for each number of the protocol, signed or not.
    Int(i128),
    /// Text.
    Text(String),
    /// A value that only a run knows.
    Variable(Variable),
    /// Values one after the other.
    List(Vec<Item>),
    /// A value that has fields of its own.
    Record(Vec<Field>),
}

/// A value in a list, any number of times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Item {
    /// How often it stands there; what is random is drawn anew each time.
    pub times: u32,
    /// The value.
    pub value: Value,
}

/// A field and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Field {
    /// The field.
    pub name: Name,
    /// Its value.
    pub value: Value,
}

impl Value {
    /// Whether it is neither a list nor a record.
    pub fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Record(_))
    }
}

impl From<Value> for Item {
    fn from(value: Value) -> Self {
        Self { times: 1, value }
    }
}
