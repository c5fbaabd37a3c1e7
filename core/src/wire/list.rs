//! Counts, and the lists after them. No memory is reserved on a peer's word.
//!
//! A count is checked against its limit and against the bytes that are left. That is enough to
//! reserve memory for items that are about as large in memory as on the wire, and for short lists
//! of any items; other lists are walked first, and memory is reserved for the items that were
//! found.

use super::bytes::Bytes;
use super::codec::Wire;
use super::error::{Malformed, MalformedKind};
use super::path::Step;
use super::reader::Reader;
use super::trace::FieldValue;
use super::writer::Writer;

impl<'a> Reader<'a> {
    /// A length as CompactSize, at most `limit`, then that many bytes.
    ///
    /// # Errors
    /// As [`Reader::count`], and as [`Reader::compact_size`].
    pub fn var_bytes(&mut self, field: &'static str, limit: u64) -> Result<&'a [u8], Malformed> {
        self.scope(Step::Field(field), |r| {
            let length = r.count("length", limit, 1)?;
            r.bytes("bytes", length)
        })
    }

    /// As [`Reader::var_bytes`], as an owned value.
    ///
    /// # Errors
    /// As [`Reader::var_bytes`].
    pub fn owned_bytes(&mut self, field: &'static str, limit: u64) -> Result<Bytes, Malformed> {
        self.var_bytes(field, limit).map(Bytes::from)
    }

    /// A count as CompactSize, at most `limit`, of items that take `min_size` bytes or more.
    ///
    /// The count is at most the number of items that the bytes left can hold, so the caller may
    /// reserve memory for it.
    ///
    /// # Errors
    /// [`MalformedKind::OverLimit`], [`MalformedKind::OverData`], and those of a CompactSize.
    pub fn count(
        &mut self,
        field: &'static str,
        limit: u64,
        min_size: usize,
    ) -> Result<usize, Malformed> {
        let start = self.offset();
        let found = self.compact_size_as(field, FieldValue::Count)?;
        let count = self.limited(start, field, found, limit)?;
        let left = self.rest().len();
        match usize::try_from(count) {
            Ok(fitting) if fitting <= left / min_size.max(1) => Ok(fitting),
            _ => Err(self.error_at(
                start,
                field,
                MalformedKind::OverData {
                    count,
                    size: min_size,
                    left,
                },
            )),
        }
    }

    /// A CompactSize of at most `limit` that counts nothing.
    ///
    /// # Errors
    /// [`MalformedKind::OverLimit`], and those of a CompactSize.
    pub fn compact_size_up_to(
        &mut self,
        field: &'static str,
        limit: u64,
    ) -> Result<u64, Malformed> {
        let start = self.offset();
        let found = self.compact_size(field)?;
        self.limited(start, field, found, limit)
    }

    /// A count as CompactSize, at most `limit`, then that many items.
    ///
    /// # Errors
    /// As [`Reader::count`], and those of the items.
    pub fn list<T: Wire>(&mut self, field: &'static str, limit: u64) -> Result<Vec<T>, Malformed> {
        self.scope(Step::Field(field), |r| {
            let count = r.count("count", limit, T::MIN_SIZE)?;
            let reserve = r.worth_reserving::<T>(count);
            r.items(count, reserve, T::read)
        })
    }

    /// As [`Reader::list`], for items of `min_size` bytes or more that `read` reads, and that are
    /// not much larger in memory.
    ///
    /// # Errors
    /// As [`Reader::count`], and those of `read`.
    pub fn list_with<T>(
        &mut self,
        field: &'static str,
        limit: u64,
        min_size: usize,
        read: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        self.scope(Step::Field(field), |r| {
            let count = r.count("count", limit, min_size)?;
            r.items(count, count, read)
        })
    }

    /// Steps over a list that [`Reader::list`] would read, and returns the number of its items.
    ///
    /// # Errors
    /// Some of those of [`Reader::list`].
    pub fn skip_list<T: Wire>(
        &mut self,
        field: &'static str,
        limit: u64,
    ) -> Result<usize, Malformed> {
        let count = self.count(field, limit, T::MIN_SIZE)?;
        for _ in 0..count {
            T::skip(self)?;
        }
        Ok(count)
    }

    /// `found`, which was read at `start`, unless it is over `limit`.
    ///
    /// # Errors
    /// [`MalformedKind::OverLimit`].
    pub fn limited(
        &self,
        start: usize,
        field: &'static str,
        found: u64,
        limit: u64,
    ) -> Result<u64, Malformed> {
        if found > limit {
            return Err(self.error_at(start, field, MalformedKind::OverLimit { found, limit }));
        }
        Ok(found)
    }

    /// How many of `count` items, whose count has been checked, to reserve for.
    ///
    /// An item may be larger in memory than on the wire, and hold lists of its own. Where a false
    /// count could cost much, a walk finds out how many items there really are, so that the vector
    /// neither reserves memory for a count that a peer made up, nor grows past what it needs.
    fn worth_reserving<T: Wire>(&mut self, count: usize) -> usize {
        let size = size_of::<T>();
        let about_the_wire = size <= 2 * T::MIN_SIZE;
        let little = count.saturating_mul(size) <= (self.rest().len() / 8).max(1_024);
        // A trace takes more memory than any list, and the caller has asked for it.
        if about_the_wire || little || self.offset() < self.walked || self.is_traced() {
            return count;
        }
        let mut walk = self.walk();
        let mut whole = 0;
        while whole < count && T::skip(&mut walk).is_ok() {
            whole += 1;
            self.walked = walk.offset();
        }
        whole
    }

    /// `count` items, whose count has been checked.
    fn items<T>(
        &mut self,
        count: usize,
        reserve: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let mut items = Vec::with_capacity(reserve);
        for index in 0..count {
            items.push(self.scope(Step::Index(index), &mut read)?);
        }
        Ok(items)
    }
}

impl Writer {
    /// A length as CompactSize, then the bytes.
    pub fn var_bytes(&mut self, bytes: &[u8]) {
        self.compact_size(bytes.len() as u64);
        self.bytes(bytes);
    }

    /// A count as CompactSize, then the items.
    pub fn list<T: Wire>(&mut self, items: &[T]) {
        self.compact_size(items.len() as u64);
        for item in items {
            item.write(self);
        }
    }
}
