//! Values in which nothing is left to be found out, and how a message reads its fields from them.

use fake_peer_core::Header;
use fake_peer_core::wire::Wire;
use serde::Serialize;
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{self, IntoDeserializer, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};

use super::{MAX_BYTES, Resolve, WireError, block, header};
use crate::model::{Field, Item, Value, Variable};

/// A value in which nothing is left to be found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plain {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Int(i128),
    /// Text.
    Text(String),
    /// Values one after the other.
    List(Vec<Plain>),
    /// Fields.
    Record(Vec<(String, Plain)>),
}

impl Plain {
    /// A single value, if nothing about it is left to be found out.
    pub fn fixed(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(Self::Null),
            Value::Bool(value) => Some(Self::Bool(*value)),
            Value::Int(number) => Some(Self::Int(*number)),
            Value::Text(text) => Some(Self::Text(text.clone())),
            Value::Variable(_) | Value::List(_) | Value::Record(_) => None,
        }
    }

    /// The same in JSON. A number that is too large for JSON is null.
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

    /// The same from JSON, where a message has no fractions.
    pub fn of_json(json: &serde_json::Value) -> Self {
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
            Json::Array(items) => Self::List(items.iter().map(Self::of_json).collect()),
            Json::Object(fields) => {
                let fields = fields.iter();
                Self::Record(
                    fields
                        .map(|(name, value)| (name.clone(), Self::of_json(value)))
                        .collect(),
                )
            }
        }
    }
}

/// Finds out what a value is. `left` is how many bytes it, and what follows, may take: a short text
/// must not fill the memory.
pub(super) fn resolve(
    value: &Value,
    run: &mut dyn Resolve,
    left: &mut usize,
) -> Result<Plain, WireError> {
    Ok(match value {
        Value::Variable(variable) => resolve_variable(variable, run, left)?,
        Value::List(items) => Plain::List(list(items, run, left)?),
        Value::Record(fields) => Plain::Record(record(fields, run, left)?),
        single => Plain::fixed(single).unwrap_or(Plain::Null),
    })
}

pub(super) fn record(
    fields: &[Field],
    run: &mut dyn Resolve,
    left: &mut usize,
) -> Result<Vec<(String, Plain)>, WireError> {
    let mut plain = Vec::with_capacity(fields.len());
    for field in fields {
        plain.push((field.name.to_string(), resolve(&field.value, run, left)?));
    }
    Ok(plain)
}

fn list(items: &[Item], run: &mut dyn Resolve, left: &mut usize) -> Result<Vec<Plain>, WireError> {
    let mut plain = Vec::new();
    for item in items {
        for _ in 0..item.times {
            take(size_of::<Plain>(), left)?;
            plain.push(resolve(&item.value, run, left)?);
        }
    }
    Ok(plain)
}

fn resolve_variable(
    variable: &Variable,
    run: &mut dyn Resolve,
    left: &mut usize,
) -> Result<Plain, WireError> {
    Ok(match variable {
        Variable::Now(offset) => Plain::Int(i128::from(run.now()) + i128::from(*offset)),
        Variable::Random => Plain::Int(random_u64(run).into()),
        Variable::RandomBytes(count) => {
            Plain::Text(const_hex::encode(run.random(take(*count as usize, left)?)))
        }
        Variable::Zeros(count) => Plain::Text("00".repeat(take(*count as usize, left)?)),
        Variable::Captured(name) => run
            .captured(name)
            .ok_or_else(|| WireError::NotCaptured(name.clone()))?,
        Variable::Hash(point) => Plain::Text(header(point, run)?.hash().to_string()),
        Variable::Header(point) => {
            take(Header::SIZE, left)?;
            fields(header(point, run)?)
        }
        Variable::Coinbase(point) => {
            let Some(coinbase) = block(point, run)?.transactions.into_iter().next() else {
                return Err(WireError::NoBlock(point.clone()));
            };
            take(coinbase.to_bytes().len(), left)?;
            fields(coinbase)
        }
    })
}

/// A part of a message as the record of its fields.
fn fields(part: impl Serialize) -> Plain {
    let json = serde_json::to_value(part);
    json.map_or(Plain::Null, |json| Plain::of_json(&json))
}

/// Takes `count` bytes of those that are left.
pub(super) fn take(count: usize, left: &mut usize) -> Result<usize, WireError> {
    let rest = left.checked_sub(count);
    *left = rest.ok_or(WireError::TooLong { limit: MAX_BYTES })?;
    Ok(count)
}

fn random_u64(run: &mut dyn Resolve) -> u64 {
    let bytes = run.random(8);
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

impl IntoDeserializer<'_, Error> for Plain {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Plain {
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

    /// Where a list is wanted, another value is a list of it alone.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::List(_) => self.deserialize_any(visitor),
            item => Self::List(vec![item]).deserialize_any(visitor),
        }
    }

    /// An empty block is an empty list, and may mean a record.
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

    /// Service bits and open enumerations are text, and take a number in hexadecimal.
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
