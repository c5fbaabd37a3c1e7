//! Reading the wire form, with every count checked before anything is allocated for it.

use std::fmt::Display;

use super::error::{Malformed, MalformedKind};
use super::path::{FieldPath, Step};
use super::rules::{Rules, Tolerance};
use super::trace::{FieldValue, Span};

/// A cursor over the bytes of one payload.
///
/// Each method names the field it reads, for errors and for the trace. Integers are little-endian
/// unless the method says otherwise.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
    rules: &'a Rules,
    trace: Option<Trace>,
    /// The lists that start before this offset have been walked: their counts are known to be
    /// right.
    pub(super) walked: usize,
}

#[derive(Debug, Default)]
struct Trace {
    depth: usize,
    spans: Vec<Span>,
}

impl<'a> Reader<'a> {
    /// The most spans that a trace keeps. A field may take one byte and its span a hundred, so the
    /// trace of a payload of the largest size could take gigabytes.
    pub const MAX_SPANS: usize = 20_000;

    /// Reads `bytes` by [`Rules::STRICT`].
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::with_rules(bytes, &Rules::STRICT)
    }

    /// Reads `bytes` by `rules`.
    pub fn with_rules(bytes: &'a [u8], rules: &'a Rules) -> Self {
        Self {
            bytes,
            offset: 0,
            rules,
            trace: None,
            walked: 0,
        }
    }

    /// Keeps a [`Span`] of each field that is read from now on, up to [`Reader::MAX_SPANS`].
    #[must_use]
    pub fn traced(mut self) -> Self {
        self.trace = Some(Trace::default());
        self
    }

    /// The fields read since [`Reader::traced`], in the order of their first bytes; at most
    /// [`Reader::MAX_SPANS`].
    pub fn into_trace(self) -> Vec<Span> {
        self.trace.map(|trace| trace.spans).unwrap_or_default()
    }

    /// The rules this reader follows.
    pub fn rules(&self) -> &'a Rules {
        self.rules
    }

    /// The number of bytes read so far.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The bytes that have not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.offset..).unwrap_or_default()
    }

    /// One byte.
    ///
    /// # Errors
    /// [`MalformedKind::Truncated`], like every method that reads.
    pub fn u8(&mut self, field: &'static str) -> Result<u8, Malformed> {
        self.fixed(field, u8::from_le_bytes)
    }

    /// Two bytes.
    ///
    /// # Errors
    /// [`MalformedKind::Truncated`].
    pub fn u16(&mut self, field: &'static str) -> Result<u16, Malformed> {
        self.fixed(field, u16::from_le_bytes)
    }

    /// Two bytes, **big-endian**: only for ports.
    ///
    /// # Errors
    /// [`MalformedKind::Truncated`].
    pub fn u16_be(&mut self, field: &'static str) -> Result<u16, Malformed> {
        self.fixed(field, u16::from_be_bytes)
    }

    /// Four bytes.
    ///
    /// # Errors
    /// [`MalformedKind::Truncated`].
    pub fn u32(&mut self, field: &'static str) -> Result<u32, Malformed> {
        self.fixed(field, u32::from_le_bytes)
    }

    /// Four bytes, two's complement.
    ///
    /// # Errors
    /// [`MalformedKind::Truncated`].
    pub fn i32(&mut self, field: &'static str) -> Result<i32, Malformed> {
        self.fixed(field, i32::from_le_bytes)
    }

    /// Eight bytes.
    ///
    /// # Errors
    /// [`MalformedKind::Truncated`].
    pub fn u64(&mut self, field: &'static str) -> Result<u64, Malformed> {
        self.fixed(field, u64::from_le_bytes)
    }

    /// Eight bytes, two's complement.
    ///
    /// # Errors
    /// [`MalformedKind::Truncated`].
    pub fn i64(&mut self, field: &'static str) -> Result<i64, Malformed> {
        self.fixed(field, i64::from_le_bytes)
    }

    /// One byte that is true (1) or false (0).
    ///
    /// # Errors
    /// [`MalformedKind::Truncated`]; [`MalformedKind::Unexpected`] for any other number, unless
    /// the rules read it as true.
    pub fn bool(&mut self, field: &'static str) -> Result<bool, Malformed> {
        let start = self.offset;
        match self.u8(field)? {
            0 => Ok(false),
            1 => Ok(true),
            _ if self.rules.other_bool == Tolerance::Ignore => Ok(true),
            other => {
                let kind = MalformedKind::Unexpected {
                    found: other.into(),
                    expected: "0 or 1",
                };
                Err(self.error_at(start, field, kind))
            }
        }
    }

    /// `N` bytes, unchanged.
    ///
    /// # Errors
    /// [`MalformedKind::Truncated`].
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], Malformed> {
        let start = self.offset;
        let bytes = self.raw(field)?;
        self.note(field, start, || FieldValue::Other(const_hex::encode(bytes)));
        Ok(bytes)
    }

    /// `count` bytes, unchanged.
    ///
    /// # Errors
    /// [`MalformedKind::Truncated`].
    pub fn bytes(&mut self, field: &'static str, count: usize) -> Result<&'a [u8], Malformed> {
        let start = self.offset;
        let bytes = self.take(field, count)?;
        self.note(field, start, || FieldValue::Other(const_hex::encode(bytes)));
        Ok(bytes)
    }

    /// Runs `read` one level down, so that errors and spans carry `step`.
    ///
    /// # Errors
    /// Those of `read`, with `step` put before their path.
    pub fn scope<T>(
        &mut self,
        step: Step,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<T, Malformed> {
        let span = self.open(step);
        let result = read(self).map_err(|error| Malformed {
            field: error.field.under(step),
            ..error
        });
        self.close(span);
        result
    }

    /// A reader that continues from here while this one stays. It keeps no trace, and trusts the
    /// counts that it reads.
    pub(super) fn walk(&self) -> Self {
        Self {
            trace: None,
            walked: usize::MAX,
            ..*self
        }
    }

    /// Whether a trace is kept.
    pub(super) fn is_traced(&self) -> bool {
        self.trace.is_some()
    }

    /// Ends the payload.
    ///
    /// # Errors
    /// [`MalformedKind::Trailing`] if bytes are left, unless the rules tolerate it.
    pub fn finish(&self) -> Result<(), Malformed> {
        self.end(self.rules.trailing_bytes)
    }

    /// As [`Reader::finish`], with the message's own tolerance.
    pub(crate) fn end(&self, trailing_bytes: Tolerance) -> Result<(), Malformed> {
        match self.rest().len() {
            0 => Ok(()),
            _ if trailing_bytes == Tolerance::Ignore => Ok(()),
            count => Err(self.error_at(self.offset, "end", MalformedKind::Trailing { count })),
        }
    }

    /// An error about the field that starts at `offset`.
    pub fn error_at(&self, offset: usize, field: &'static str, kind: MalformedKind) -> Malformed {
        Malformed {
            offset,
            field: FieldPath::field(field),
            kind,
        }
    }

    /// A value that `from` makes from `N` bytes.
    ///
    /// # Errors
    /// [`MalformedKind::Truncated`].
    pub fn fixed<T: Display + Copy, const N: usize>(
        &mut self,
        field: &'static str,
        from: impl FnOnce([u8; N]) -> T,
    ) -> Result<T, Malformed> {
        let start = self.offset;
        let value = from(self.raw(field)?);
        self.note(field, start, || FieldValue::Other(value.to_string()));
        Ok(value)
    }

    /// `N` bytes that are not noted in the trace.
    pub(super) fn raw<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[u8; N], Malformed> {
        let Some((bytes, _)) = self.rest().split_first_chunk() else {
            return Err(self.truncated(field, N));
        };
        self.offset += N;
        Ok(*bytes)
    }

    /// The next `N` bytes, if there are that many and no trace is kept: a shortcut for fields of
    /// fixed size that cannot be wrong.
    pub(super) fn untraced_chunk<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        if self.trace.is_some() {
            return None;
        }
        let bytes = self.rest().first_chunk()?;
        self.offset += N;
        Some(bytes)
    }

    fn take(&mut self, field: &'static str, count: usize) -> Result<&'a [u8], Malformed> {
        let Some(bytes) = self.rest().get(..count) else {
            return Err(self.truncated(field, count));
        };
        self.offset += count;
        Ok(bytes)
    }

    fn truncated(&self, field: &'static str, needed: usize) -> Malformed {
        let left = self.rest().len();
        self.error_at(
            self.offset,
            field,
            MalformedKind::Truncated { needed, left },
        )
    }

    pub(super) fn note(
        &mut self,
        field: &'static str,
        start: usize,
        value: impl FnOnce() -> FieldValue,
    ) {
        let trace = self.trace.as_mut();
        if let Some(trace) = trace.filter(|trace| trace.spans.len() < Self::MAX_SPANS) {
            let (depth, end, step) = (trace.depth, self.offset, Step::Field(field));
            trace.spans.push(Span {
                depth,
                step,
                start,
                end,
                value: value(),
            });
        }
    }

    fn open(&mut self, step: Step) -> usize {
        let Some(trace) = &mut self.trace else {
            return 0;
        };
        let (depth, start) = (trace.depth, self.offset);
        trace.depth += 1;
        let index = trace.spans.len();
        if index < Self::MAX_SPANS {
            trace.spans.push(Span {
                depth,
                step,
                start,
                end: start,
                value: FieldValue::Composite,
            });
        }
        index
    }

    fn close(&mut self, span: usize) {
        if let Some(trace) = &mut self.trace {
            trace.depth -= 1;
            if let Some(span) = trace.spans.get_mut(span) {
                span.end = self.offset;
            }
        }
    }
}
