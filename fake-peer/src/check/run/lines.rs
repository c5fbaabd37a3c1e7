//! The lines of a transcript that a report keeps.

use std::time::Duration;

use crate::check::result::{Direction, Line};
use crate::script::player::{Entry, EntryKind, Prepared, Recorded, Transcript};
use crate::transcript::words;

/// The number of lines that are kept at the beginning, and at the end.
const KEPT: usize = 60;

/// Returns the lines of a transcript, or if it is long, the first and the last of them.
pub(super) fn lines(transcript: &Transcript, script: &Prepared) -> Vec<Line> {
    let entries = &transcript.entries;
    let line = |entry| line(entry, script);
    if entries.len() <= 2 * KEPT {
        return entries.iter().map(line).collect();
    }
    let (first, rest) = entries.split_at(KEPT);
    let (between, last) = rest.split_at(rest.len() - KEPT);
    let left_out = transcript.left_out + between.len() as u64;
    let at = between.first().map_or(Duration::ZERO, |entry| entry.at);
    let gap = note(at, format!("{left_out} lines are left out"));
    let last = last.iter().map(line);
    first.iter().map(line).chain([gap]).chain(last).collect()
}

fn line(entry: &Entry, script: &Prepared) -> Line {
    let text = words(entry, script);
    let connection = entry.connection.to_string();
    let (direction, command, bytes) = match &entry.kind {
        EntryKind::Sent { command, bytes, .. } => (Direction::Sent, command, bytes),
        EntryKind::Received { command, bytes, .. } => (Direction::Received, command, bytes),
        EntryKind::Opened | EntryKind::Ended(_) | EntryKind::Note(_) => {
            return Line {
                connection,
                ..note(entry.at, text)
            };
        }
    };
    Line {
        at: entry.at,
        direction,
        connection,
        command: command.map(|command| command.to_string()),
        size: size(bytes),
        bytes: bytes.first(Line::KEPT).into(),
        text,
    }
}

fn note(at: Duration, text: String) -> Line {
    Line {
        at,
        direction: Direction::Note,
        connection: String::new(),
        command: None,
        size: 0,
        bytes: Line::kept(&[]),
        text,
    }
}

fn size(bytes: &Recorded) -> usize {
    usize::try_from(bytes.size).unwrap_or(usize::MAX)
}
