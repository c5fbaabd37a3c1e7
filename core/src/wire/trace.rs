//! Where each field of a payload lies, and its value.

use std::fmt;

use super::path::Step;

/// One field that a [`Reader`](super::Reader) read while it kept a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// How deep the field lies: 0 for a field of the message itself.
    pub depth: usize,
    /// Its name, or its index in a list.
    pub step: Step,
    /// The offset of its first byte in the payload.
    pub start: usize,
    /// The offset after its last byte.
    pub end: usize,
    /// Its value.
    pub value: FieldValue,
}

/// The value of a traced field. The text form is for people; it is empty for [`Composite`].
///
/// [`Composite`]: FieldValue::Composite
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// Other fields, whose spans follow one level deeper.
    Composite,
    /// A CompactSize that says how many items or bytes follow it.
    Count(u64),
    /// A CompactSize that counts nothing that follows it.
    CompactSize(u64),
    /// Any other value, as text.
    Other(String),
}

impl FieldValue {
    /// The number, if the field is a CompactSize.
    pub fn compact_size(&self) -> Option<u64> {
        match *self {
            Self::Count(value) | Self::CompactSize(value) => Some(value),
            Self::Composite | Self::Other(_) => None,
        }
    }
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Composite => Ok(()),
            Self::Count(value) | Self::CompactSize(value) => value.fmt(f),
            Self::Other(text) => text.fmt(f),
        }
    }
}
