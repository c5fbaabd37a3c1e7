//! Arbitrary values of types that are not ours.

use std::time::Duration;

use arbitrary::{Arbitrary, Result, Unstructured};
use fake_peer_core::message::Services;
use fake_peer_core::wire::{Bytes, Command};

use super::Value;

pub(super) fn services(u: &mut Unstructured<'_>) -> Result<Services> {
    u64::arbitrary(u).map(Services::from_bits_retain)
}

/// A command of the table, or any other.
pub(super) fn command(u: &mut Unstructured<'_>) -> Result<Command> {
    if bool::arbitrary(u)? {
        return u.choose(fake_peer_core::Message::COMMANDS).copied();
    }
    let mut bytes = [0; Command::SIZE];
    let length = u.int_in_range(1..=Command::SIZE)?;
    for byte in &mut bytes[..length] {
        *byte = u.int_in_range(0x20..=0x7e)?;
    }
    Command::from_bytes(bytes).map_err(|_| arbitrary::Error::IncorrectFormat)
}

pub(super) fn commands(u: &mut Unstructured<'_>) -> Result<Vec<Command>> {
    let count = u.int_in_range(0..=4)?;
    (0..count).map(|_| command(u)).collect()
}

pub(super) fn bytes(u: &mut Unstructured<'_>) -> Result<Bytes> {
    Vec::<u8>::arbitrary(u).map(Bytes::from)
}

/// Whole milliseconds up to a year, as the text form has them.
pub(super) fn time(u: &mut Unstructured<'_>) -> Result<Duration> {
    u.int_in_range(0..=31_536_000_000)
        .map(Duration::from_millis)
}

pub(super) fn optional_time(u: &mut Unstructured<'_>) -> Result<Option<Duration>> {
    bool::arbitrary(u)?.then(|| time(u)).transpose()
}

/// Any value that is neither a list nor a record.
pub(super) fn scalar(u: &mut Unstructured<'_>) -> Result<Value> {
    let value = Value::arbitrary(u)?;
    Ok(if value.is_scalar() {
        value
    } else {
        Value::Null
    })
}
