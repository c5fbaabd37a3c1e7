//! Checks whether a message is the one that is expected.

use fake_peer_core::Message;
use fake_peer_core::message::{InvType, Services};
use fake_peer_core::wire::Command;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer as _};

use super::values::{Resolver, Values};
use crate::model::{Expect, FieldTest, Op, Path};
use crate::wire::{self, Resolved, WireError};

/// What a field is compared with.
pub(super) type Wanted = Resolved;

/// The fields that hold text, by command. Every other text value is bytes in hexadecimal, or a
/// name.
const TEXTS: [(&str, &str); 4] = [
    ("version", "user_agent"),
    ("reject", "message"),
    ("reject", "reason"),
    ("feature", "id"),
];

/// Resolves the values that the fields of a message are compared with.
pub(super) fn resolve(expect: &Expect, run: &mut Resolver<'_>) -> Result<Vec<Wanted>, WireError> {
    let tests = expect.tests.iter();
    tests.map(|test| wire::resolve(&test.value, run)).collect()
}

/// Whether a message is the expected one. If so, its captured fields are stored. A message without
/// one of these fields does not match.
pub(super) fn matches(
    expect: &Expect,
    wanted: &[Wanted],
    message: &Message,
    values: &mut Values,
) -> bool {
    if message.command() != expect.command {
        return false;
    }
    if expect.tests.is_empty() && expect.captures.is_empty() {
        return true;
    }
    let Ok(json) = serde_json::to_value(message) else {
        return false;
    };
    let message = Resolved::from_json(&json);
    let mut tests = expect.tests.iter().zip(wanted);
    if !tests.all(|(test, wanted)| passes(expect.command, test, wanted, &message)) {
        return false;
    }
    let captures = expect.captures.iter();
    let found: Option<Vec<_>> = captures
        .map(|capture| Some((&capture.name, find(&message, &capture.path)?)))
        .collect();
    for (name, value) in found.iter().flatten() {
        values.capture(name, (*value).clone());
    }
    found.is_some()
}

/// The value at a path.
fn find<'a>(message: &'a Resolved, path: &Path) -> Option<&'a Resolved> {
    let mut value = message;
    for step in path.steps() {
        value = match value {
            Resolved::List(items) => items.get(step.parse::<usize>().ok()?)?,
            Resolved::Record(fields) => &fields.iter().find(|(name, _)| name == step)?.1,
            _ => return None,
        };
    }
    Some(value)
}

/// Whether a message passes a test. An absent field is null.
fn passes(command: Command, test: &FieldTest, wanted: &Resolved, message: &Resolved) -> bool {
    let seen = find(message, &test.path).unwrap_or(&Resolved::Null);
    match test.op {
        Op::Is => is(seen, wanted),
        Op::Not => !is(seen, wanted),
        Op::AtLeast => numbers(seen, wanted).is_some_and(|(seen, wanted)| seen >= wanted),
        Op::AtMost => numbers(seen, wanted).is_some_and(|(seen, wanted)| seen <= wanted),
        Op::Count => {
            let is_text = TEXTS.contains(&(command.as_str(), test.path.as_str()));
            let count = count(seen, is_text).map(|count| Resolved::Int(count as i128));
            count.is_some_and(|count| count == *wanted)
        }
        Op::Has => has(seen, wanted),
    }
}

fn numbers(seen: &Resolved, wanted: &Resolved) -> Option<(i128, i128)> {
    match (seen, wanted) {
        (Resolved::Int(seen), Resolved::Int(wanted)) => Some((*seen, *wanted)),
        _ => None,
    }
}

/// The number of items of a list, of characters of a text, or of bytes of a value in hexadecimal.
fn count(seen: &Resolved, is_text: bool) -> Option<usize> {
    match seen {
        Resolved::List(items) => Some(items.len()),
        Resolved::Text(text) if is_text => Some(text.chars().count()),
        Resolved::Text(hex) => Some(hex.len() / 2),
        _ => None,
    }
}

/// Whether two values are equal. Named values are compared by number, and hexadecimal digits in
/// either case.
fn is(seen: &Resolved, wanted: &Resolved) -> bool {
    seen == wanted
        || bytes(seen, wanted).is_some_and(|(seen, wanted)| seen.eq_ignore_ascii_case(wanted))
        || services(seen, wanted).is_some_and(|(seen, wanted)| seen == wanted)
        || kinds(seen, wanted).is_some_and(|(seen, wanted)| seen == wanted)
}

/// Whether a text contains the value, services include its bits, or a list has an item that equals
/// it or has a field that does.
fn has(seen: &Resolved, wanted: &Resolved) -> bool {
    if let Some((seen, wanted)) = services(seen, wanted) {
        return seen.contains(wanted);
    }
    match (seen, wanted) {
        (Resolved::Text(seen), Resolved::Text(wanted)) => seen.contains(wanted.as_str()),
        (Resolved::List(items), _) => items.iter().any(|item| match item {
            Resolved::Record(fields) => {
                item == wanted || fields.iter().any(|(_, value)| is(value, wanted))
            }
            item => is(item, wanted),
        }),
        _ => false,
    }
}

fn bytes<'a>(seen: &'a Resolved, wanted: &'a Resolved) -> Option<(&'a str, &'a str)> {
    let hex = |value: &'a Resolved| match value {
        Resolved::Text(text) if text.bytes().all(|byte| byte.is_ascii_hexdigit()) => Some(&**text),
        _ => None,
    };
    Some((hex(seen)?, hex(wanted)?))
}

fn services(seen: &Resolved, wanted: &Resolved) -> Option<(Services, Services)> {
    Some((named(seen)?, named(wanted)?))
}

fn kinds(seen: &Resolved, wanted: &Resolved) -> Option<(InvType, InvType)> {
    Some((named(seen)?, named(wanted)?))
}

/// A value given as a name or as a number.
fn named<T: DeserializeOwned>(value: &Resolved) -> Option<T> {
    let number;
    let text: &str = match value {
        Resolved::Text(text) => text,
        Resolved::Int(value) => {
            number = format!("{value:#x}");
            &number
        }
        _ => return None,
    };
    let text: StrDeserializer<'_, Error> = text.into_deserializer();
    T::deserialize(text).ok()
}
