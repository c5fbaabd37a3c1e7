//! CompactSize, the variable-length integer that counts things.
//!
//! | value | bytes |
//! |---|---|
//! | up to `0xfc` | the value |
//! | up to `0xffff` | `fd`, u16 little-endian |
//! | up to `0xffff_ffff` | `fe`, u32 little-endian |
//! | above | `ff`, u64 little-endian |
//!
//! Only the shortest form is valid. Source: Bitcoin Core `ReadCompactSize` (`src/serialize.h`).

use super::error::{Malformed, MalformedKind};
use super::reader::Reader;
use super::rules::Tolerance;
use super::trace::FieldValue;
use super::writer::Writer;

/// The size of the valid form of `value` in bytes: 1, 3, 5 or 9.
pub const fn compact_size_len(value: u64) -> usize {
    match value {
        0..=0xfc => 1,
        0xfd..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    }
}

impl Reader<'_> {
    /// A CompactSize.
    ///
    /// # Errors
    /// [`MalformedKind::Truncated`]; [`MalformedKind::NonMinimal`] unless the rules tolerate it.
    pub fn compact_size(&mut self, field: &'static str) -> Result<u64, Malformed> {
        self.compact_size_as(field, FieldValue::CompactSize)
    }

    /// A CompactSize that is noted in the trace as `trace` of its value.
    pub(super) fn compact_size_as(
        &mut self,
        field: &'static str,
        trace: impl FnOnce(u64) -> FieldValue,
    ) -> Result<u64, Malformed> {
        let start = self.offset();
        let value = match self.raw::<1>(field)? {
            [0xfd] => u16::from_le_bytes(tail(self, field)?).into(),
            [0xfe] => u32::from_le_bytes(tail(self, field)?).into(),
            [0xff] => u64::from_le_bytes(tail(self, field)?),
            [byte] => byte.into(),
        };
        let width = self.offset() - start;
        let minimal = compact_size_len(value);
        if width != minimal && self.rules().non_minimal_compact_size == Tolerance::Refuse {
            let kind = MalformedKind::NonMinimal {
                value,
                width,
                minimal,
            };
            return Err(self.error_at(start, field, kind));
        }
        self.note(field, start, || trace(value));
        Ok(value)
    }
}

impl Writer {
    /// A CompactSize, in its shortest form.
    pub fn compact_size(&mut self, value: u64) {
        write_form(self, value, compact_size_len(value));
    }
}

/// The bytes after the first. If there are too few, the error covers the first byte too.
fn tail<const N: usize>(r: &mut Reader<'_>, field: &'static str) -> Result<[u8; N], Malformed> {
    let (first, left) = (r.offset() - 1, r.rest().len());
    r.raw(field).map_err(|_| {
        r.error_at(
            first,
            field,
            MalformedKind::Truncated {
                needed: N + 1,
                left: left + 1,
            },
        )
    })
}

/// `value` in a form of `width` bytes; all but the shortest are invalid. `None` if there is no form
/// of this width, or if the value does not fit it.
///
/// ```
/// use fake_peer_core::wire::wide_compact_size;
/// assert_eq!(wide_compact_size(1, 3), Some(vec![0xfd, 1, 0]));
/// assert_eq!(wide_compact_size(0xfd, 1), None);
/// ```
pub fn wide_compact_size(value: u64, width: usize) -> Option<Vec<u8>> {
    if !matches!(width, 1 | 3 | 5 | 9) || width < compact_size_len(value) {
        return None;
    }
    let mut w = Writer::new();
    write_form(&mut w, value, width);
    Some(w.into_bytes())
}

fn write_form(w: &mut Writer, value: u64, width: usize) {
    let bytes = value.to_le_bytes();
    match width {
        1 => w.bytes(&bytes[..1]),
        3 => {
            w.u8(0xfd);
            w.bytes(&bytes[..2]);
        }
        5 => {
            w.u8(0xfe);
            w.bytes(&bytes[..4]);
        }
        _ => {
            w.u8(0xff);
            w.bytes(&bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Malformed, MalformedKind, Reader, Rules, Tolerance, Writer};
    use super::*;

    fn encode(value: u64) -> Vec<u8> {
        let mut w = Writer::new();
        w.compact_size(value);
        w.into_bytes()
    }

    fn decode(bytes: &[u8]) -> Result<u64, Malformed> {
        Reader::new(bytes).compact_size("n")
    }

    /// Boundaries from Bitcoin Core's `serialize_tests.cpp` (`noncanonical`, `compactsize`).
    #[test]
    fn boundaries_have_the_known_bytes() {
        for (value, hex) in [
            (0, "00"),
            (0xfc, "fc"),
            (0xfd, "fdfd00"),
            (0xffff, "fdffff"),
            (0x1_0000, "fe00000100"),
            (0xffff_ffff, "feffffffff"),
            (0x1_0000_0000, "ff0000000001000000"),
            (u64::MAX, "ffffffffffffffffff"),
        ] {
            assert_eq!(const_hex::encode(encode(value)), hex);
            assert_eq!(decode(&encode(value)), Ok(value));
        }
    }

    #[test]
    fn a_form_may_be_wider_than_needed_but_not_narrower() {
        let lax = Rules {
            non_minimal_compact_size: Tolerance::Ignore,
            ..Rules::STRICT
        };
        for value in [0, 0xfc, 0xfd, 0xffff, 0x1_0000, 0xffff_ffff, u64::MAX] {
            for width in 0..12 {
                let exists = [1, 3, 5, 9].contains(&width) && width >= compact_size_len(value);
                let form = wide_compact_size(value, width);
                assert_eq!(form.is_some(), exists, "{value} in {width} bytes");
                if let Some(form) = form {
                    let read = Reader::with_rules(&form, &lax).compact_size("n");
                    assert_eq!((form.len(), read), (width, Ok(value)));
                }
            }
        }
    }

    #[test]
    fn longer_forms_are_refused_unless_tolerated() {
        for hex in [
            "fd0000",
            "fdfc00",
            "fe00000000",
            "feffff0000",
            "ff0000000000000000",
        ] {
            let bytes = const_hex::decode(hex).unwrap();
            let kind = decode(&bytes).unwrap_err().kind;
            assert!(
                matches!(kind, MalformedKind::NonMinimal { .. }),
                "{hex}: {kind}"
            );
            let lax = Rules {
                non_minimal_compact_size: Tolerance::Ignore,
                ..Rules::STRICT
            };
            assert!(
                Reader::with_rules(&bytes, &lax).compact_size("n").is_ok(),
                "{hex}"
            );
        }
        insta::assert_snapshot!(decode(&[0xfd, 0xfc, 0]).unwrap_err(), @"n at byte 0: CompactSize 252 is written in 3 bytes, its only valid form has 1");
        insta::assert_snapshot!(decode(&[0xfe, 1]).unwrap_err(), @"n at byte 0: truncated: found 2 bytes, expected 5");
    }

    proptest! {
        #[test]
        fn every_value_round_trips(value: u64, shift in 0..64_u32) {
            let value = value >> shift;
            let bytes = encode(value);
            prop_assert_eq!(bytes.len(), compact_size_len(value));
            prop_assert_eq!(decode(&bytes), Ok(value));
        }
    }
}
