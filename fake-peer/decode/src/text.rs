//! One line for each record.

use std::fmt::Write;
use std::time::{Duration, UNIX_EPOCH};

use fake_peer_core::Message;
use fake_peer_core::wire::{Command, RawEnvelope};

use super::brief::brief;
use super::record::{Piece, Reading, Record};

/// Whether to mark errors in red.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// With ANSI escape sequences.
    Ansi,
    /// Without escape sequences.
    Never,
}

impl Colour {
    pub(super) fn red(self, text: &str) -> String {
        match self {
            Self::Ansi => format!("\x1b[1;31m{text}\x1b[0m"),
            Self::Never => text.to_owned(),
        }
    }
}

/// The line of a record, without a line end: offset, time and peers if they are known, command,
/// length, and a short form of the fields; `!` marks an error, `?` an unknown command.
pub fn line(record: &Record, reading: Option<&Reading>, colour: Colour) -> String {
    let mut line = head(record);
    match (&record.piece, reading) {
        (Piece::Message { envelope, .. }, Some(reading)) => {
            message(&mut line, envelope, reading, colour);
            if let Some(problem) = &reading.problem {
                put(
                    &mut line,
                    format_args!("  {}", colour.red(&problem.to_string())),
                );
            } else if let Some(message) = &reading.message {
                put(&mut line, format_args!("  {}", brief(message)));
            }
            line.truncate(line.trim_end().len());
        }
        (Piece::Message { envelope, .. }, None) => {
            let length = envelope.payload.len();
            put(
                &mut line,
                format_args!("  {:<12} {length:>7}", command(envelope)),
            );
        }
        (Piece::Skipped { bytes, reason }, _) => {
            let text = format!("! skipped {}: {reason}", count(bytes.len() as u64));
            line.push_str(&colour.red(&text));
        }
        (Piece::Missing { length }, _) => {
            let text = format!("! {} missing", count(*length));
            line.push_str(&colour.red(&text));
        }
    }
    line
}

/// Offset, time and peers.
fn head(record: &Record) -> String {
    let mut head = format!("{:>8}  ", record.offset);
    if let Some(micros) = record.time {
        put(&mut head, format_args!("{}  ", time(micros)));
    }
    if let Some(flow) = record.flow {
        put(&mut head, format_args!("{flow}  "));
    }
    head
}

fn message(line: &mut String, envelope: &RawEnvelope, reading: &Reading, colour: Colour) {
    let mark = match reading {
        Reading {
            problem: Some(_), ..
        } => colour.red("!"),
        Reading {
            message: Some(Message::Unknown(_)),
            ..
        } => "?".to_owned(),
        _ => " ".to_owned(),
    };
    let length = envelope.payload.len();
    put(
        line,
        format_args!("{mark} {:<12} {length:>7}", command(envelope)),
    );
}

/// The command; if it is invalid, its bytes as text with escapes.
pub(super) fn command(envelope: &RawEnvelope) -> String {
    let bytes = envelope.command;
    if let Ok(command) = Command::from_bytes(bytes) {
        return command.to_string();
    }
    let length = bytes
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |last| last + 1);
    bytes
        .get(..length)
        .unwrap_or_default()
        .escape_ascii()
        .to_string()
}

/// A time in microseconds since 1970, in the form of RFC 3339.
pub(super) fn time(micros: u64) -> String {
    /// The year 10,000, for which RFC 3339 has no form.
    const END: u64 = 253_402_300_800_000_000;
    if micros >= END {
        return micros.to_string();
    }
    let time = UNIX_EPOCH + Duration::from_micros(micros);
    humantime::format_rfc3339_micros(time).to_string()
}

fn count(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        _ => format!("{bytes} bytes"),
    }
}

/// Writing to a string cannot fail.
pub(super) fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_time_has_a_text() {
        assert_eq!(time(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(time(253_402_300_799_999_999), "9999-12-31T23:59:59.999999Z");
        assert_eq!(time(253_402_300_800_000_000), "253402300800000000");
        assert_eq!(time(u64::MAX), u64::MAX.to_string());
    }
}
