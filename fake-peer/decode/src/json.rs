//! Records as JSON, one object a line, and back.
//!
//! The form is described in `docs/json.md`. [`read()`] makes the same bytes of a line that
//! [`write()`] made it from, whether they are a message, an invalid envelope or noise.

use fake_peer_core::Message;
use fake_peer_core::hash::checksum;
use fake_peer_core::wire::{Bytes, Command, RawEnvelope};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::magic::Magic;
use super::record::{Flow, Piece, Reading, Record};
use super::text;

/// The fields of one line when it is written.
#[derive(Debug, Default, Serialize)]
struct Line<'a> {
    offset: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(flatten)]
    flow: Option<Ends>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    length: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<Lies>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<&'a Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Hex<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<Hex<'a>>,
    #[serde(skip_serializing_if = "is_false")]
    missing: bool,
}

#[derive(Debug, Serialize)]
struct Ends {
    from: String,
    to: String,
}

/// The parts of an envelope that do not match its command and payload.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Lies {
    #[serde(skip_serializing_if = "Option::is_none")]
    command_bytes: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<Bytes>,
}

#[derive(Debug)]
struct Hex<'a>(&'a [u8]);

impl Serialize for Hex<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&const_hex::encode(self.0))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Returns the line of a record, without a line end.
///
/// # Errors
/// None that are known, although `serde_json` can return one.
pub fn write(record: &Record, reading: Option<&Reading>) -> Result<String, serde_json::Error> {
    let place = Line {
        offset: record.offset,
        time: record.time.map(text::time),
        flow: record.flow.map(ends),
        ..Line::default()
    };
    let line = match (&record.piece, reading) {
        (
            Piece::Message {
                magic, envelope, ..
            },
            reading,
        ) => {
            let same = |message: &&Message| message.payload() == envelope.payload;
            let fields = reading
                .and_then(|reading| reading.message.as_ref())
                .filter(same);
            let problem = reading.and_then(|reading| reading.problem.as_ref());
            Line {
                network: magic.map(|magic| magic.to_string()),
                command: Some(text::command(envelope)),
                length: envelope.payload.len() as u64,
                envelope: lies(envelope),
                error: problem.map(ToString::to_string),
                fields,
                payload: fields.is_none().then_some(Hex(&envelope.payload)),
                ..place
            }
        }
        (Piece::Skipped { bytes, reason }, _) => Line {
            length: bytes.len() as u64,
            error: Some(reason.to_string()),
            skipped: Some(Hex(bytes)),
            ..place
        },
        (Piece::Missing { length }, _) => Line {
            length: *length,
            missing: true,
            ..place
        },
    };
    serde_json::to_string(&line)
}

fn ends(flow: Flow) -> Ends {
    Ends {
        from: flow.from.to_string(),
        to: flow.to.to_string(),
    }
}

fn lies(envelope: &RawEnvelope) -> Option<Lies> {
    let is_command = Command::from_bytes(envelope.command).is_ok();
    let size = envelope.payload.len();
    let lies = Lies {
        command_bytes: (!is_command).then(|| Bytes::from(envelope.command)),
        length: envelope.length.filter(|length| *length as usize != size),
        checksum: envelope
            .checksum
            .filter(|found| *found != checksum(&envelope.payload))
            .map(Bytes::from),
    };
    (lies != Lies::default()).then_some(lies)
}

/// The fields of one line when it is read. Those that only inform people are ignored.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    #[serde(rename = "offset")]
    _offset: Option<IgnoredAny>,
    #[serde(rename = "time")]
    _time: Option<IgnoredAny>,
    #[serde(rename = "from")]
    _from: Option<IgnoredAny>,
    #[serde(rename = "to")]
    _to: Option<IgnoredAny>,
    #[serde(rename = "length")]
    _length: Option<IgnoredAny>,
    #[serde(rename = "error")]
    _error: Option<IgnoredAny>,
    network: Option<String>,
    command: Option<String>,
    envelope: Option<Lies>,
    fields: Option<Box<RawValue>>,
    payload: Option<Bytes>,
    skipped: Option<Bytes>,
    missing: Option<bool>,
}

/// The error for a line that no bytes can be made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The line is not JSON.
    #[error("column {column}: not JSON: {found}")]
    NotJson {
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        found: String,
    },
    /// The value of a field is invalid.
    #[error("{}{found}", place(path))]
    Field {
        /// The path to the field, such as `fields.headers[0].bits`; empty for the whole line.
        path: String,
        /// What is wrong with it, and what was expected.
        found: String,
    },
    /// Two fields that give the same information, or that exclude each other.
    #[error("`{0}` and `{1}` cannot be used together")]
    Both(&'static str, &'static str),
    /// The fields describe no bytes.
    #[error("expected `command`, with `fields` or `payload`, or `skipped`")]
    Nothing,
}

fn place(path: &str) -> String {
    match path {
        "" | "." => String::new(),
        _ => format!("{path}: "),
    }
}

/// Returns the bytes that one line describes. `default` is the network of a line that names none.
///
/// # Errors
/// [`JsonError`], with the field that is wrong.
pub fn read(line: &str, default: Magic) -> Result<Vec<u8>, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_str(line);
    let object: Object =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| field_error(&error))?;
    deserializer.end().map_err(|error| not_json(&error))?;
    match object.content()? {
        Some("skipped") => Ok(object.skipped.unwrap_or_default().into_vec()),
        Some("missing") => Ok(Vec::new()),
        _ if object.command.is_some() => message(object, default),
        _ => Err(JsonError::Nothing),
    }
}

impl Object {
    /// Returns a key that shows the kind of the object. Only the keys of a message can be combined,
    /// but not `fields` and `payload`.
    fn content(&self) -> Result<Option<&'static str>, JsonError> {
        let keys = [
            ("command", self.command.is_some()),
            ("envelope", self.envelope.is_some()),
            ("fields", self.fields.is_some()),
            ("payload", self.payload.is_some()),
            ("skipped", self.skipped.is_some()),
            ("missing", self.missing == Some(true)),
        ];
        let mut content = None;
        for (key, _) in keys.into_iter().filter(|(_, is_there)| *is_there) {
            match (content, key) {
                (Some(other), "skipped" | "missing") | (Some(other @ "fields"), "payload") => {
                    return Err(JsonError::Both(other, key));
                }
                _ => content = Some(key),
            }
        }
        Ok(content)
    }
}

fn message(object: Object, default: Magic) -> Result<Vec<u8>, JsonError> {
    let magic = match &object.network {
        Some(name) => name.parse().map_err(|error| field("network", &error))?,
        None => default,
    };
    let lies = object.envelope.unwrap_or_default();
    let (command, command_bytes) = if let Some(bytes) = &lies.command_bytes {
        (None, exactly("envelope.command_bytes", bytes)?)
    } else {
        let name = object.command.unwrap_or_default();
        let command: Command = name.parse().map_err(|error| field("command", &error))?;
        (Some(command), command.to_bytes())
    };
    let payload = match object.payload {
        Some(bytes) => bytes.into_vec(),
        None => from_fields(command, object.fields.as_deref())?,
    };
    let mut envelope = RawEnvelope::named(command_bytes, payload);
    if let Some(bytes) = &lies.checksum {
        envelope.checksum = Some(exactly("envelope.checksum", bytes)?);
    }
    envelope.length = lies.length;
    Ok(envelope.to_bytes(magic.0))
}

fn from_fields(command: Option<Command>, fields: Option<&RawValue>) -> Result<Vec<u8>, JsonError> {
    let Some(command) = command else {
        return match fields {
            Some(_) => Err(JsonError::Both("envelope.command_bytes", "fields")),
            None => Ok(Vec::new()),
        };
    };
    let text = fields.map_or("{}", RawValue::get);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
    let message = Message::deserialize_as(command, tracked).map_err(|error| {
        let path = match track.path().to_string().as_str() {
            "." => "fields".to_owned(),
            path => format!("fields.{path}"),
        };
        let found = without_place(&error);
        JsonError::Field { path, found }
    })?;
    Ok(message.payload())
}

fn exactly<const N: usize>(path: &str, bytes: &Bytes) -> Result<[u8; N], JsonError> {
    <[u8; N]>::try_from(&**bytes).map_err(|_| JsonError::Field {
        path: path.to_owned(),
        found: format!("{} bytes, expected {N}", bytes.len()),
    })
}

fn field(path: &str, error: &impl ToString) -> JsonError {
    JsonError::Field {
        path: path.to_owned(),
        found: error.to_string(),
    }
}

fn field_error(error: &serde_path_to_error::Error<serde_json::Error>) -> JsonError {
    let (path, inner) = (error.path().to_string(), error.inner());
    if matches!(inner.classify(), Category::Syntax | Category::Eof) {
        return not_json(inner);
    }
    let found = without_place(inner);
    JsonError::Field { path, found }
}

fn not_json(error: &serde_json::Error) -> JsonError {
    JsonError::NotJson {
        column: error.column(),
        found: without_place(error),
    }
}

/// Returns the message of an error without the line and column, since the path is more precise.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}
