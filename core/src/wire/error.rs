//! What can be wrong with the bytes of a payload.

use super::path::FieldPath;

/// A payload does not parse: what was wrong, at which byte, in which field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} at byte {offset}: {kind}")]
pub struct Malformed {
    /// The offset in the payload of the first byte of the field that is wrong.
    pub offset: usize,
    /// The field.
    pub field: FieldPath,
    /// What is wrong with it.
    pub kind: MalformedKind,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedKind {
    /// The payload ends inside the field.
    #[error("cut off, {left} of {needed} bytes are there")]
    Truncated {
        /// The bytes the field takes.
        needed: usize,
        /// The bytes that are there.
        left: usize,
    },
    /// A CompactSize that is longer than its value needs.
    #[error("CompactSize {value} takes {width} bytes, its only valid form takes {minimal}")]
    NonMinimal {
        /// The value.
        value: u64,
        /// The bytes it was written in.
        width: usize,
        /// The bytes it has to be written in.
        minimal: usize,
    },
    /// A count or a length above what the protocol allows.
    #[error("{found} is over the limit of {limit}")]
    OverLimit {
        /// The count or length.
        found: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// A count or a length that the rest of the payload cannot hold.
    #[error("{count} of at least {size} bytes each do not fit in the {left} bytes left")]
    OverData {
        /// The count.
        count: u64,
        /// The smallest size of one.
        size: usize,
        /// The bytes that are there.
        left: usize,
    },
    /// Bytes after the last field.
    #[error("expected no more bytes, {count} left")]
    Trailing {
        /// How many.
        count: usize,
    },
    /// A value that has no meaning here.
    #[error("found {found}, expected {expected}")]
    Unexpected {
        /// The value.
        found: u64,
        /// What would have been right.
        expected: &'static str,
    },
}
