//! Lines on stdout, flushed one by one, so that a pipe's reader sees them at once.

use std::fmt;
use std::io::{self, Write};

use super::failure::Failure;

/// Prints a line. Unlike `println!`, it does not panic if the pipe is closed.
pub(crate) fn line(text: impl fmt::Display) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .map_err(|error: io::Error| Failure::Stdout(error))
}

/// Returns the width of the terminal in columns, or 100 if stdout is not a terminal.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
}

/// Formats a number with a comma between groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_from_the_right() {
        let all = [0, 999, 1_000, 99_999, 100_000, 1_234_567].map(grouped);
        assert_eq!(all, ["0", "999", "1,000", "99,999", "100,000", "1,234,567"]);
    }
}
