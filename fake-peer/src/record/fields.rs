//! The fields of a message in the form that scripts use, in the order of their declaration.

use std::fmt;

use fake_peer_core::Message;
use fake_peer_core::wire::Command;
use serde::de::value::{Error, MapDeserializer};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::script::model::{Field, Item, Value};
use crate::script::wire::DEFAULTS;

/// Returns the fields of a message except for those with their default value. Fields whose default
/// is generated for each run are kept.
pub(super) fn changed(message: &Message) -> Option<Vec<Field>> {
    let command = message.command();
    let defaults = defaults(command);
    let is_default = |field: &Field| {
        let of_run = |(of, name, _): &(&str, &str, _)| {
            *of == command.as_str() && *name == field.name.as_str()
        };
        defaults.contains(field) && !DEFAULTS.iter().any(of_run)
    };
    let mut fields = all(message)?;
    fields.retain(|field| !is_default(field));
    for field in &mut fields {
        shorten(&mut field.value);
    }
    Some(fields)
}

/// Replaces a list of one item by the item, which a script may write instead.
fn shorten(value: &mut Value) {
    match value {
        Value::List(items) => {
            for item in items.iter_mut() {
                shorten_inside(&mut item.value);
            }
            if let [
                Item {
                    times: 1,
                    value: only,
                },
            ] = items.as_slice()
                && !matches!(only, Value::List(_))
            {
                *value = only.clone();
            }
        }
        other => shorten_inside(other),
    }
}

/// Shortens the lists inside a value. A list inside a list has to stay one.
fn shorten_inside(value: &mut Value) {
    match value {
        Value::List(items) => items
            .iter_mut()
            .for_each(|item| shorten_inside(&mut item.value)),
        Value::Record(fields) => fields
            .iter_mut()
            .for_each(|field| shorten(&mut field.value)),
        _ => {}
    }
}

/// Returns all fields of a message.
pub(super) fn all(message: &Message) -> Option<Vec<Field>> {
    let json = serde_json::to_string(message).ok()?;
    match serde_json::from_str::<Ordered>(&json).ok()?.0 {
        Value::Record(fields) => Some(fields),
        _ => None,
    }
}

/// Returns the default fields of a message, or nothing if some of its fields have no default.
fn defaults(command: Command) -> Vec<Field> {
    let nothing = MapDeserializer::<_, Error>::new(std::iter::empty::<(String, String)>());
    let message = Message::deserialize_as(command, nothing).ok();
    message.as_ref().and_then(all).unwrap_or_default()
}

/// A value from JSON. Unlike [`serde_json::Value`], it keeps the order of the fields.
struct Ordered(Value);

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OrderedVisitor).map(Self)
    }
}

struct OrderedVisitor;

impl<'de> Visitor<'de> for OrderedVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without fractions")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Int(number.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Ordered(value)) = items.next_element()? {
            list.push(Item::from(value));
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut record = Vec::new();
        while let Some((name, Ordered(value))) = fields.next_entry()? {
            record.push(Field { name, value });
        }
        Ok(Value::Record(record))
    }
}
