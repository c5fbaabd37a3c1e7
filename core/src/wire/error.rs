//! Errors in the bytes of a payload.

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
    #[error("truncated: found {left} bytes, expected {needed}")]
    Truncated {
        /// The size of the field in bytes.
        needed: usize,
        /// The number of bytes left.
        left: usize,
    },
    /// A CompactSize that is longer than its value needs.
    #[error("CompactSize {value} is written in {width} bytes, its only valid form has {minimal}")]
    NonMinimal {
        /// The value.
        value: u64,
        /// The number of bytes that it was written in.
        width: usize,
        /// The number of bytes that it has to be written in.
        minimal: usize,
    },
    /// A count or a length above the protocol's limit.
    #[error("{found} is over the limit of {limit}")]
    OverLimit {
        /// The count or length.
        found: u64,
        /// The most that the protocol allows.
        limit: u64,
    },
    /// A count or a length that the rest of the payload cannot hold.
    #[error("{count} of at least {size} bytes each do not fit in the {left} bytes left")]
    OverData {
        /// The count.
        count: u64,
        /// The smallest size of an item in bytes.
        size: usize,
        /// The number of bytes left.
        left: usize,
    },
    /// Bytes after the last field.
    #[error("found {count} bytes after the last field")]
    Trailing {
        /// The number of bytes.
        count: usize,
    },
    /// A value that is not allowed here.
    #[error("found {found}, expected {expected}")]
    Unexpected {
        /// The value.
        found: u64,
        /// The values that are allowed.
        expected: &'static str,
    },
}
