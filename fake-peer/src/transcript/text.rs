//! A transcript as lines: `>` sent, `<` received, `*` noted.

use std::collections::HashSet;
use std::fmt::Write;

use fake_peer_core::wire::{Command, Rules};

use crate::decode::Reading;
use crate::decode::brief::brief;
use crate::decode::text::Colour;
use crate::script::model::Class;
use crate::script::player::{
    Decoded, Entry, EntryKind, Kept, Note, Prepared, Recorded, StepPath, Transcript,
};

/// How a transcript is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether errors are red, and notes grey.
    pub colour: Colour,
    /// Whether the bytes are shown too, in hexadecimal.
    pub bytes: bool,
}

/// The number of bytes in a line of hexadecimal, and the number that are shown of bytes that are
/// not a message.
const LINE: usize = 32;
const RAW: usize = 16;

/// Formats a transcript as lines: the time, the connection if there are several, the message or
/// event, its size in bytes, its offset in the stream, and its fields in short.
pub fn text(transcript: &Transcript, script: &Prepared, style: Style) -> String {
    let numbers: HashSet<u32> = transcript
        .entries
        .iter()
        .map(|entry| entry.connection.number)
        .collect();
    let labels = transcript
        .entries
        .iter()
        .map(|entry| entry.connection.to_string().chars().count());
    let mut lines = Lines {
        script,
        style,
        label: labels.max().filter(|_| numbers.len() > 1),
        text: String::new(),
    };
    for entry in &transcript.entries {
        lines.entry(entry);
    }
    if transcript.left_out > 0 {
        let _ = writeln!(lines.text, "… and {} more entries", transcript.left_out);
    }
    lines.text
}

/// Describes an entry in a few words: the fields of a message and its problem, or the note.
pub fn words(entry: &Entry, script: &Prepared) -> String {
    match &entry.kind {
        EntryKind::Opened => "connected".to_owned(),
        EntryKind::Ended(end) => end.to_string(),
        EntryKind::Note(note) => noted(note, script),
        EntryKind::Sent { command, bytes, .. } | EntryKind::Received { command, bytes, .. } => {
            let Contents { fields, problem } = contents(*command, bytes);
            let problem = problem.map(|problem| format!("! {problem}"));
            let parts: Vec<_> = [fields, problem].into_iter().flatten().collect();
            parts.join(" ")
        }
    }
}

struct Lines<'a> {
    script: &'a Prepared,
    style: Style,
    /// The width of the column for the names of connections, if there is one.
    label: Option<usize>,
    text: String,
}

impl Lines<'_> {
    fn entry(&mut self, entry: &Entry) {
        match &entry.kind {
            EntryKind::Opened => self.note(entry, "connected"),
            EntryKind::Ended(end) => self.note(entry, &end.to_string()),
            EntryKind::Note(note) => {
                let text = noted(note, self.script);
                self.note(entry, &text);
            }
            EntryKind::Sent {
                offset,
                command,
                bytes,
            } => {
                let Contents { fields, problem } = contents(*command, bytes);
                let problem = problem.map(|problem| self.painted(RED, &format!("! {problem}")));
                self.message(entry, '>', *command, *offset, bytes, &[fields, problem]);
            }
            EntryKind::Received {
                offset,
                command,
                bytes,
            } => {
                let Contents { fields, .. } = contents(*command, bytes);
                self.message(entry, '<', *command, *offset, bytes, &[fields]);
            }
        }
    }

    fn message(
        &mut self,
        entry: &Entry,
        mark: char,
        command: Option<Command>,
        offset: u64,
        bytes: &Recorded,
        tail: &[Option<String>],
    ) {
        let what = match (command, &bytes.kept) {
            (Some(command), _) => command.to_string(),
            (None, Kept::Control(_)) => "transport".to_owned(),
            (None, _) => "bytes".to_owned(),
        };
        let mut line = format!("{mark} {what} ({} bytes at {offset})", bytes.size);
        if command.is_none() && !self.style.bytes {
            let start = bytes.first(RAW);
            let more = if bytes.size > start.len() as u64 {
                "…"
            } else {
                ""
            };
            let _ = write!(line, " {}{more}", const_hex::encode(start));
        }
        for part in tail.iter().flatten().filter(|part| !part.is_empty()) {
            let _ = write!(line, " {part}");
        }
        self.line(entry, &line);
        if self.style.bytes {
            self.dump(bytes);
        }
    }

    fn note(&mut self, entry: &Entry, text: &str) {
        let text = self.painted(GREY, &format!("* {text}"));
        self.line(entry, &text);
    }

    fn line(&mut self, entry: &Entry, line: &str) {
        let _ = write!(self.text, "{:>9.4} ", entry.at.as_secs_f64());
        if let Some(width) = self.label {
            let label = entry.connection.to_string();
            let _ = write!(self.text, "{label:<width$} ");
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn dump(&mut self, bytes: &Recorded) {
        for (number, line) in bytes.kept().chunks(LINE).enumerate() {
            let hex = const_hex::encode(line);
            let _ = writeln!(self.text, "{:>18}  {hex}", number * LINE);
        }
        if !bytes.is_whole() {
            let left = bytes.missing();
            let _ = writeln!(
                self.text,
                "{:>18}  and {left} bytes that were not kept",
                "…"
            );
        }
    }

    fn painted(&self, code: &str, text: &str) -> String {
        match self.style.colour {
            Colour::Ansi => format!("\x1b[{code}m{text}\x1b[0m"),
            Colour::Never => text.to_owned(),
        }
    }
}

const RED: &str = "1;31";
const GREY: &str = "2";

/// The fields of a message in short, and its problem, as far as they are known.
#[derive(Default)]
struct Contents {
    fields: Option<String>,
    problem: Option<String>,
}

fn contents(command: Option<Command>, bytes: &Recorded) -> Contents {
    let mut contents = Contents::default();
    match &bytes.kept {
        Kept::Envelope {
            envelope,
            missing: 0,
            decoded,
        } if command.is_some() => match decoded {
            Decoded::Message(message) => contents.fields = Some(brief(&**message)),
            Decoded::Malformed(error) => contents.problem = Some(error.malformed.to_string()),
            // The player did not decode it.
            Decoded::Unread => {
                let reading = Reading::of(envelope, &Rules::default());
                contents.fields = reading.message.as_ref().map(brief);
                contents.problem = reading.problem.map(|problem| problem.to_string());
            }
        },
        Kept::Part { of, .. } => {
            contents.problem = Some(format!("cut off after {} of {of} bytes", bytes.size));
        }
        Kept::Envelope { .. } | Kept::Bytes(_) | Kept::Control(_) => {}
    }
    contents
}

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Pass => "pass",
        Class::Weaker => "weaker",
        Class::Fail => "fail",
    }
}

fn noted(note: &Note, script: &Prepared) -> String {
    match note {
        Note::Step(path) => format!("step {}", step(path, script)),
        Note::Outcome { path, class } => {
            format!("{}: outcome {}", class_name(*class), step(path, script))
        }
        Note::Envelope(error) => format!("invalid envelope: {error}"),
        Note::Malformed(error) => format!("invalid payload: {error}"),
        Note::Lost(error) => {
            format!("no envelope starts here, and nothing after it can be read: {error}")
        }
        Note::CutOff { have, need } => {
            format!("the connection ended inside an envelope: {have} of {need} bytes came")
        }
        Note::TimedOut => "timed out".to_owned(),
        Note::NotSent(path) => format!(
            "not sent, since the target has ended the connection: step {}",
            step(path, script)
        ),
        Note::InboxFull => {
            "too many messages wait: no more are read until a step has looked at them".to_owned()
        }
        Note::InboxOverflow => "too many messages wait: the oldest is ignored".to_owned(),
    }
}

fn step(path: &StepPath, script: &Prepared) -> String {
    match script.step_text(path) {
        Some(text) => format!("{path}: {text}"),
        None => path.to_string(),
    }
}
