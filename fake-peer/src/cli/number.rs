//! Parsing of whole numbers within bounds. The standard library's errors do not say what was
//! expected.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The error for a text that is not a number, or for a number out of bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a whole number from {least} to {most}")]
pub(crate) struct BadNumber<N> {
    least: N,
    most: N,
}

/// Returns a parser of numbers within `bounds`, for clap.
pub(crate) fn within<N>(
    bounds: RangeInclusive<N>,
) -> impl Fn(&str) -> Result<N, BadNumber<N>> + Clone
where
    N: FromStr + PartialOrd + Display + Copy,
{
    move |text| {
        let number = text.parse().ok().filter(|number| bounds.contains(number));
        let (least, most) = (*bounds.start(), *bounds.end());
        number.ok_or(BadNumber { least, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bounds_are_within() {
        let read = within(1..=300_u32);
        assert_eq!([read("1"), read("300")], [Ok(1), Ok(300)]);
        for text in ["", "0", "301", "-1", "1.5", "x", "4294967296"] {
            let error = read(text).unwrap_err().to_string();
            assert_eq!(error, "expected a whole number from 1 to 300", "{text:?}");
        }
    }
}
