//! What a decoder read where, for people who look at bytes.

use super::path::Step;

/// One field that a [`Reader`](super::Reader) read while it kept a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// How deep the field lies: 0 for a field of the message itself.
    pub depth: usize,
    /// Its name, or its place in a list.
    pub step: Step,
    /// The offset of its first byte in the payload.
    pub start: usize,
    /// The offset after its last byte.
    pub end: usize,
    /// Its value as text; empty for a field that is made of fields.
    pub value: String,
}
