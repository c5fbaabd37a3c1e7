//! The trait of every type with a wire form.

use super::error::Malformed;
use super::path::Step;
use super::reader::Reader;
use super::writer::Writer;

/// A value with a wire form.
pub trait Wire: Sized {
    /// The fewest bytes that a value takes: a count of values is checked against it.
    const MIN_SIZE: usize;

    /// Reads a value and leaves the reader after its last byte.
    ///
    /// # Errors
    /// [`Malformed`] if the bytes do not hold one, or break the reader's [`Rules`](super::Rules).
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed>;

    /// Steps over a value without building it, if the type supports that. [`Reader::list`] counts
    /// items with it before it reserves memory for them.
    ///
    /// # Errors
    /// Some of those of [`Wire::read`].
    fn skip(r: &mut Reader<'_>) -> Result<(), Malformed> {
        Self::read(r).map(drop)
    }

    /// Appends the wire form.
    fn write(&self, w: &mut Writer);

    /// The wire form as a vector.
    fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        self.write(&mut w);
        w.into_bytes()
    }
}

impl Reader<'_> {
    /// A field that has fields of its own.
    ///
    /// # Errors
    /// As [`Wire::read`] of `T`, with the field's name put before the path.
    pub fn value<T: Wire>(&mut self, field: &'static str) -> Result<T, Malformed> {
        self.scope(Step::Field(field), T::read)
    }
}
