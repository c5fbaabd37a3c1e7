//! Values as people write them: one form for each, wherever it is printed.

use std::fmt;
use std::time::Duration;

/// A duration as people write it: `50 µs`, `340 ms`, `1.02 s`, `5 s`, `20 min`, `1 h 5 min`.
///
/// Rounded to what matters: three digits below a minute, whole seconds above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time(pub Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        match micros {
            0 if self.0.is_zero() => f.pad("0 s"),
            0..1_000 => f.pad(&format!("{} µs", micros.max(1))),
            1_000..10_000 => f.pad(&decimal(rounded(micros, 100), 10, "ms")),
            10_000..999_500 => f.pad(&format!("{} ms", rounded(micros, 1_000))),
            999_500..59_995_000 => f.pad(&decimal(rounded(micros, 10_000), 100, "s")),
            _ => f.pad(&long(rounded(micros, 1_000_000))),
        }
    }
}

fn rounded(value: u128, unit: u128) -> u128 {
    (value + unit / 2) / unit
}

/// A number of tenths or hundredths, without zeros at the end.
fn decimal(parts: u128, of: u128, unit: &str) -> String {
    let digits = of.ilog10() as usize;
    let text = format!("{}.{:0digits$}", parts / of, parts % of);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} {unit}")
}

/// Whole seconds, a minute or more of them.
fn long(seconds: u128) -> String {
    let parts = [
        (seconds / 3_600, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let present = parts.iter().filter(|(count, _)| *count > 0);
    let words: Vec<_> = present
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_write_them() {
        let micros = |micros| Time(Duration::from_micros(micros)).to_string();
        for (time, text) in [
            (0, "0 s"),
            (50, "50 µs"),
            (1_500, "1.5 ms"),
            (2_000, "2 ms"),
            (339_600, "340 ms"),
            (999_499, "999 ms"),
            (999_500, "1 s"),
            (1_020_035, "1.02 s"),
            (5_001_035, "5 s"),
            (59_994_999, "59.99 s"),
            (59_995_000, "1 min"),
            (65_400_000, "1 min 5 s"),
            (1_200_000_000, "20 min"),
            (3_900_000_000, "1 h 5 min"),
        ] {
            assert_eq!(micros(time), text);
        }
        assert_eq!(Time(Duration::from_nanos(1)).to_string(), "1 µs");
        assert_eq!(format!("{:>8}", Time(Duration::from_secs(2))), "     2 s");
    }
}
