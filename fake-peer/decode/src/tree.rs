//! A message field by field: offset, bytes, name and value.

use fake_peer_core::Message;
use fake_peer_core::wire::{
    Command, EnvelopeError, FieldValue, Malformed, RawEnvelope, Reader, Rules, Span, Step,
};

use super::magic::Magic;
use super::record::{Piece, Problem, Reading, Record};
use super::text::{self, Colour, put};

/// The most bytes of a field, and the most characters of its value, that are shown.
const MAX_BYTES: usize = 16;
const MAX_VALUE: usize = 128;

/// The lines of a record. Offsets count from the first byte of the envelope or the payload, as in
/// errors.
pub fn tree(record: &Record, reading: Option<&Reading>, rules: &Rules, colour: Colour) -> String {
    let mut lines = text::line(record, reading, colour);
    let (
        Piece::Message {
            envelope, on_wire, ..
        },
        Some(reading),
    ) = (&record.piece, reading)
    else {
        return lines;
    };
    let mut tree = Tree {
        lines: &mut lines,
        colour,
    };
    if *on_wire {
        tree.envelope(record.offset, envelope, reading);
    }
    if let Ok(command) = reading.command {
        tree.payload(command, envelope, rules);
    }
    lines
}

struct Tree<'t> {
    lines: &'t mut String,
    colour: Colour,
}

impl Tree<'_> {
    fn envelope(&mut self, offset: u64, envelope: &RawEnvelope, reading: &Reading) {
        let (Some(magic), Some(length), Some(checksum)) =
            (envelope.magic, envelope.length, envelope.checksum)
        else {
            return; // it came over a transport without them
        };
        put(self.lines, format_args!("\n  envelope, from byte {offset}"));
        let lie = match &reading.problem {
            Some(Problem::Envelope(lie)) => Some(lie),
            _ => None,
        };
        let fields = [
            (0, magic.as_slice(), "magic", Magic(magic).to_string()),
            (4, &envelope.command, "command", text::command(envelope)),
            (16, &length.to_le_bytes(), "length", length.to_string()),
            (20, &checksum, "checksum", const_hex::encode(checksum)),
        ];
        for (at, bytes, name, value) in fields {
            self.row(at, bytes, 0, &format!("{name}: {value}"));
            if let Some(lie) = lie.filter(|lie| byte_of(lie) == at) {
                self.fault(0, &lie.to_string());
            }
        }
    }

    fn payload(&mut self, command: Command, envelope: &RawEnvelope, rules: &Rules) {
        let payload = &envelope.payload;
        let (result, spans) = Message::explain(command, payload, rules);
        if !payload.is_empty() || result.is_err() {
            put(self.lines, format_args!("\n  payload"));
        }
        for span in &spans {
            let bytes = payload.get(span.start..span.end).unwrap_or_default();
            let name = name(&span.step);
            match &span.value {
                _ if bytes.is_empty() => {
                    self.row(span.start, &[], span.depth, &format!("{name}: empty"));
                }
                FieldValue::Composite => self.row(span.start, &[], span.depth, &name),
                value => {
                    let text = format!("{name}: {}", shortened(&value.to_string()));
                    self.row(span.start, bytes, span.depth, &text);
                }
            }
        }
        let end = match &result {
            Ok(_) => payload.len(),
            Err(error) => error.malformed.offset,
        };
        self.more(&spans, end);
        if let Err(error) = result {
            self.malformed(&error.malformed, payload, spans.last());
        }
    }

    /// Mentions the fields up to `end` that are not in the trace, if there are any.
    fn more(&mut self, spans: &[Span], end: usize) {
        let Some(last) = spans.get(Reader::MAX_SPANS - 1) else {
            return;
        };
        // Some fields of a composite field may be missing from the trace.
        let shown = match last.value {
            FieldValue::Composite => last.start,
            _ => last.end,
        };
        if shown < end {
            self.row(shown, &[], 0, &format!("… more fields, up to byte {end}"));
        }
    }

    /// The field that is wrong, unless it could be read and has a row, and what is wrong with it.
    fn malformed(&mut self, malformed: &Malformed, payload: &[u8], last: Option<&Span>) {
        let steps = malformed.field.steps();
        let depth = steps.len().saturating_sub(1);
        let step = steps.last();
        let has_row = last.is_some_and(|span| {
            let is_leaf = span.value != FieldValue::Composite;
            span.start == malformed.offset && Some(&span.step) == step && is_leaf
        });
        if !has_row {
            let bytes = payload.get(malformed.offset..).unwrap_or_default();
            let name = step.map(name).unwrap_or_default();
            self.row(malformed.offset, bytes, depth, &name);
        }
        self.fault(depth, &malformed.to_string());
    }

    fn row(&mut self, offset: usize, bytes: &[u8], depth: usize, text: &str) {
        let shown = bytes.get(..MAX_BYTES).unwrap_or(bytes);
        let mut hex = const_hex::encode(shown);
        if shown.len() < bytes.len() {
            hex.push('…');
        }
        let indent = 2 * depth;
        put(
            self.lines,
            format_args!("\n{offset:>10}  {hex:<33}  {:indent$}{text}", ""),
        );
    }

    fn fault(&mut self, depth: usize, text: &str) {
        let indent = 47 + 2 * depth;
        let text = self.colour.red(&format!("^ {text}"));
        put(self.lines, format_args!("\n{:indent$}{text}", ""));
    }
}

/// Returns the offset in the envelope of the field that an error is about.
fn byte_of(lie: &EnvelopeError) -> usize {
    match lie {
        EnvelopeError::Magic { .. } => 0,
        EnvelopeError::Command(_) => 4,
        EnvelopeError::OverLimit { .. } | EnvelopeError::Length { .. } => 16,
        EnvelopeError::Checksum { .. } => 20,
    }
}

fn name(step: &Step) -> String {
    match step {
        Step::Field(name) => (*name).to_owned(),
        Step::Index(index) => format!("[{index}]"),
    }
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}
