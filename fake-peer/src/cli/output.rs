//! Lines on stdout, flushed one by one, so that a pipe's reader sees them at once, and notes on
//! stderr.
//!
//! What happens if the reader of stdout goes away, as in `fake-peer check | head -1`, depends on what
//! a command is for. A command that judges goes on without output, so that its exit code is that of
//! the verdict. A command that only prints ends with an error, as a process that SIGPIPE ends.

use std::fmt;
use std::io::{self, Write};

use super::failure::Failure;

/// Prints a line about what a command does or has found. If the pipe is closed, nothing is printed.
pub(crate) fn line(text: impl fmt::Display) -> Result<(), Failure> {
    write_line(UntilClosed(anstream::stdout().lock()), text)
}

/// Prints the text that a command was asked for. A closed pipe is an error.
pub(crate) fn print(text: impl fmt::Display) -> Result<(), Failure> {
    write_line(anstream::stdout().lock(), text)
}

fn write_line(mut stdout: impl Write, text: impl fmt::Display) -> Result<(), Failure> {
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .map_err(Failure::Stdout)
}

/// Prints a text on stderr, with a line end if it has none. Unlike `eprintln!`, it does not panic if
/// stderr cannot be written: there is no other place to report it.
pub(crate) fn note(text: impl fmt::Display) {
    let text = text.to_string();
    let _ = writeln!(anstream::stderr(), "{}", text.trim_end_matches('\n'));
}

/// A writer that ignores what is written after its pipe was closed.
#[derive(Debug)]
pub(crate) struct UntilClosed<W>(pub(crate) W);

impl<W: Write> Write for UntilClosed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        or_if_closed(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        or_if_closed(self.0.flush(), ())
    }
}

fn or_if_closed<T>(result: io::Result<T>, closed: T) -> io::Result<T> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(closed),
        other => other,
    }
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
