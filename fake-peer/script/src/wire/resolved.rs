//! Resolved values, which have no variables, and how a message reads its fields from them.

use serde::Serialize;
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{self, IntoDeserializer, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};

use super::{MAX_MEMORY, Resolve, WireError, block, bounded, header};
use crate::model::{Field, Item, Value, Variable};

/// A value without variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Int(i128),
    /// Text.
    Text(String),
    /// Values in order.
    List(Vec<Resolved>),
    /// The fields of a record, with their names.
    Record(Vec<(String, Resolved)>),
}

impl Resolved {
    /// A single value, if it is not a variable.
    pub fn fixed(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(Self::Null),
            Value::Bool(value) => Some(Self::Bool(*value)),
            Value::Int(number) => Some(Self::Int(*number)),
            Value::Text(text) => Some(Self::Text(text.clone())),
            Value::Variable(_) | Value::List(_) | Value::Record(_) => None,
        }
    }

    /// The memory that the value points to, in bytes.
    fn memory(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) => 0,
            Self::Text(text) => text.len(),
            Self::List(items) => {
                size_of_val(items.as_slice()) + items.iter().map(Self::memory).sum::<usize>()
            }
            Self::Record(fields) => {
                let inner = fields
                    .iter()
                    .map(|(name, value)| name.len() + value.memory());
                size_of_val(fields.as_slice()) + inner.sum::<usize>()
            }
        }
    }

    /// The value as JSON. A number that is too large for JSON is null.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Int(number) => match (i64::try_from(*number), u64::try_from(*number)) {
                (Ok(number), _) => number.into(),
                (_, Ok(number)) => number.into(),
                _ => Json::Null,
            },
            Self::Text(text) => Json::String(text.clone()),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Record(fields) => {
                let fields = fields.iter();
                fields
                    .map(|(name, value)| (name.clone(), value.to_json()))
                    .collect()
            }
        }
    }

    /// The value of some JSON. A fraction is null, since messages have none.
    pub fn from_json(json: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => {
                let signed = number.as_i64().map(i128::from);
                let number = signed.or_else(|| number.as_u64().map(i128::from));
                number.map_or(Self::Null, Self::Int)
            }
            Json::String(text) => Self::Text(text.clone()),
            Json::Array(items) => Self::List(items.iter().map(Self::from_json).collect()),
            Json::Object(fields) => {
                let fields = fields.iter();
                Self::Record(
                    fields
                        .map(|(name, value)| (name.clone(), Self::from_json(value)))
                        .collect(),
                )
            }
        }
    }
}

/// The memory that the values of one message may still take, in bytes: a short text must not
/// exhaust it.
pub(super) struct Memory {
    left: usize,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self { left: MAX_MEMORY }
    }

    /// Takes `count` bytes of those that are left.
    fn take(&mut self, count: usize) -> Result<(), WireError> {
        let left = self.left.checked_sub(count);
        self.left = left.ok_or(WireError::TooMuchMemory { limit: MAX_MEMORY })?;
        Ok(())
    }
}

/// Resolves a value. The memory that it points to is taken from `memory`, but not its own size.
pub(super) fn resolve(
    value: &Value,
    run: &mut dyn Resolve,
    memory: &mut Memory,
) -> Result<Resolved, WireError> {
    Ok(match value {
        Value::Variable(variable) => resolve_variable(variable, run, memory)?,
        Value::List(items) => Resolved::List(list(items, run, memory)?),
        Value::Record(fields) => Resolved::Record(record(fields, run, memory)?),
        Value::Text(text) => {
            memory.take(text.len())?;
            Resolved::Text(text.clone())
        }
        Value::Null => Resolved::Null,
        Value::Bool(value) => Resolved::Bool(*value),
        Value::Int(number) => Resolved::Int(*number),
    })
}

pub(super) fn record(
    fields: &[Field],
    run: &mut dyn Resolve,
    memory: &mut Memory,
) -> Result<Vec<(String, Resolved)>, WireError> {
    let names = fields.iter().map(|field| field.name.as_str().len());
    memory.take(fields.len() * size_of::<(String, Resolved)>() + names.sum::<usize>())?;
    let mut resolved = Vec::with_capacity(fields.len());
    for field in fields {
        let value = resolve(&field.value, run, memory)?;
        resolved.push((field.name.to_string(), value));
    }
    Ok(resolved)
}

fn list(
    items: &[Item],
    run: &mut dyn Resolve,
    memory: &mut Memory,
) -> Result<Vec<Resolved>, WireError> {
    let mut resolved = Vec::new();
    for item in items {
        for _ in 0..item.times {
            memory.take(size_of::<Resolved>())?;
            resolved.push(resolve(&item.value, run, memory)?);
        }
    }
    Ok(resolved)
}

fn resolve_variable(
    variable: &Variable,
    run: &mut dyn Resolve,
    memory: &mut Memory,
) -> Result<Resolved, WireError> {
    let resolved = match variable {
        Variable::Now(offset) => Resolved::Int(i128::from(run.now()) + i128::from(*offset)),
        Variable::Random => Resolved::Int(random_u64(run).into()),
        Variable::RandomBytes(count) => {
            Resolved::Text(const_hex::encode(run.random(bounded(*count)?)))
        }
        Variable::Zeros(count) => Resolved::Text("00".repeat(bounded(*count)?)),
        Variable::Captured(name) => run
            .captured(name)
            .ok_or_else(|| WireError::NotCaptured(name.clone()))?,
        Variable::Hash(point) => Resolved::Text(header(point, run)?.hash().to_string()),
        Variable::Header(point) => fields(header(point, run)?),
        Variable::Coinbase(point) => match block(point, run)?.transactions.into_iter().next() {
            Some(coinbase) => fields(coinbase),
            None => return Err(WireError::NoBlock(point.clone())),
        },
    };
    memory.take(resolved.memory())?;
    Ok(resolved)
}

/// A part of a message as the record of its fields.
fn fields(part: impl Serialize) -> Resolved {
    let json = serde_json::to_value(part);
    json.map_or(Resolved::Null, |json| Resolved::from_json(&json))
}

fn random_u64(run: &mut dyn Resolve) -> u64 {
    let bytes = run.random(8);
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

impl IntoDeserializer<'_, Error> for Resolved {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Resolved {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Int(number) => match (i64::try_from(number), u64::try_from(number)) {
                (Ok(number), _) => visitor.visit_i64(number),
                (_, Ok(number)) => visitor.visit_u64(number),
                _ => Err(de::Error::custom("the number has more than 64 bits")),
            },
            Self::Text(text) => visitor.visit_string(text),
            Self::List(items) => visitor.visit_seq(SeqDeserializer::new(items.into_iter())),
            Self::Record(fields) => visitor.visit_map(MapDeserializer::new(fields.into_iter())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    /// Where a list is expected, a single value is read as a list of that value.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::List(_) => self.deserialize_any(visitor),
            item => Self::List(vec![item]).deserialize_any(visitor),
        }
    }

    /// An empty block is read as an empty list, so an empty list may mean a record.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::List(items) if items.is_empty() => {
                Self::Record(Vec::new()).deserialize_any(visitor)
            }
            value => value.deserialize_any(visitor),
        }
    }

    /// Service bits and open enumerations are text, and accept a number in hexadecimal.
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Int(number @ 0..) => visitor.visit_string(format!("{number:#x}")),
            value => value.deserialize_any(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_string(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Text(text) => visitor.visit_enum(text.into_deserializer()),
            _ => Err(de::Error::custom("expected a word")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        tuple tuple_struct map identifier ignored_any
    }
}
