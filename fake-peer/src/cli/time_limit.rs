//! Parsing of time limits.

use std::time::Duration;

/// The longest time limit: a day, which can be added to any clock without overflow.
const LONGEST: Duration = Duration::from_hours(24);

/// The error for a text that is not a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadTimeLimit {
    #[error("expected a time such as 30s, 500ms or 2m")]
    NoTime,
    #[error("must be greater than zero")]
    Zero,
    #[error("must be at most {}", humantime::format_duration(LONGEST))]
    TooLong,
}

/// Parses a time limit, from a nanosecond to a day.
pub(crate) fn parse(text: &str) -> Result<Duration, BadTimeLimit> {
    match parse_or_none(text) {
        Ok(Duration::ZERO) => Err(BadTimeLimit::Zero),
        read => read,
    }
}

/// Parses a time, from zero to a day.
pub(crate) fn parse_or_none(text: &str) -> Result<Duration, BadTimeLimit> {
    match humantime::parse_duration(text) {
        Ok(limit) if limit <= LONGEST => Ok(limit),
        Ok(_) | Err(humantime::DurationError::NumberOverflow) => Err(BadTimeLimit::TooLong),
        Err(_) => Err(BadTimeLimit::NoTime),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_from_a_nanosecond_to_a_day() {
        for (text, seconds) in [("30s", 30), ("2m", 120), ("1h 1s", 3_601), ("1day", 86_400)] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("1ns"), Ok(Duration::from_nanos(1)));
        for text in ["0s", "0ms", "0h 0m"] {
            assert_eq!(parse(text), Err(BadTimeLimit::Zero), "{text}");
            assert_eq!(parse_or_none(text), Ok(Duration::ZERO), "{text}");
        }
        for text in [
            "1day 1ns",
            "300000000000y",
            "10000000000000000000s",
            "99999999999999999999s",
        ] {
            assert_eq!(parse(text), Err(BadTimeLimit::TooLong), "{text}");
        }
        for text in ["", "30", "s", "-1s", "soon", "NaNs"] {
            assert_eq!(parse(text), Err(BadTimeLimit::NoTime), "{text}");
        }
    }
}
