//! The values of fields.

use arbitrary::Arbitrary;
use serde::{Deserialize, Serialize};

use super::{Name, Variable};

/// The value of a field, in the serde form of the message: numbers, hashes and bytes in
/// hexadecimal, names of services.
///
/// Where a message has a list, a single value is read as a list of that value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Nothing: an optional field that is absent.
    Null,
    /// True or false.
    Bool(bool),
    /// A number: wide enough for each number of the protocol, signed or not.
    Int(i128),
    /// Text.
    Text(String),
    /// A value that is only known during a run.
    Variable(Variable),
    /// A list of values, in order.
    List(Vec<Item>),
    /// A value that has fields of its own.
    Record(Vec<Field>),
}

/// A value in a list, any number of times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Item {
    /// How many times the value is repeated. Random values are generated again each time.
    pub times: u32,
    /// The value.
    pub value: Value,
}

/// A field and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
pub struct Field {
    /// The name of the field.
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
