//! The bytes that a script sends.
//!
//! [`encode`] makes them of a [`Send`] and of what a run knows ([`Resolve`]): the clock, the random
//! numbers, what was captured, the chains.

mod lie;
mod plain;

use fake_peer_core::wire::Command;
use fake_peer_core::{Header, Message, Network};
pub use plain::Plain;
use serde_path_to_error::{Deserializer, Segment, Track};

use super::model::{ChainPoint, Content, Field, Name, RawPart, Send, Value, Variable};

/// What only a run knows.
pub trait Resolve {
    /// Seconds since 1970.
    fn now(&mut self) -> i64;
    /// So many random bytes.
    fn random(&mut self, count: usize) -> Vec<u8>;
    /// What was captured under a name.
    fn captured(&mut self, name: &Name) -> Option<Plain>;
    /// A header of a chain.
    fn header(&mut self, point: &ChainPoint) -> Option<Header>;
    /// The bytes of a file beside the script.
    fn file(&mut self, name: &str) -> Option<Vec<u8>>;
}

/// Why something cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A value does not fit its field.
    #[error("{reason}")]
    Field {
        /// The field, such as `inventory.0.kind`.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing was captured under this name.
    #[error("nothing is captured as `{0}`")]
    NotCaptured(Name),
    /// There is no such header.
    #[error("there is no header `{0}`")]
    NoHeader(ChainPoint),
    /// There is no such file.
    #[error("there is no file `{0}`")]
    NoFile(String),
    /// It is too long to be sent, or to be held in memory.
    #[error("more than {limit} bytes")]
    TooLong {
        /// The most there may be.
        limit: usize,
    },
    /// The message has no CompactSize there.
    #[error("as it stands here, it has no CompactSize `{path}`")]
    NoCompactSize {
        /// The path that was given.
        path: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// The value of a CompactSize does not fit its width.
    #[error("{value} does not fit in {width} bytes")]
    CompactSizeWidth {
        /// The value.
        value: u64,
        /// The width of the whole CompactSize in bytes.
        width: usize,
    },
    /// A lie is about bytes that are not there.
    #[error("the payload has {length} bytes, the lie is about byte {at}")]
    Outside {
        /// How many bytes there are.
        length: usize,
        /// The last byte that the lie is about.
        at: usize,
    },
}

/// The most bytes of one send: twice the longest that may be announced by any implementation.
pub const MAX_BYTES: usize = 64 << 20;

/// What a field is unless told otherwise: what a pure function cannot know.
pub const DEFAULTS: [(&str, &str, Variable); 3] = [
    ("version", "timestamp", Variable::Now(0)),
    ("version", "nonce", Variable::Random),
    ("ping", "nonce", Variable::Random),
];

/// The bytes that go out, before they are split, truncated or copied.
///
/// # Errors
/// [`WireError`].
pub fn encode(send: &Send, network: Network, run: &mut dyn Resolve) -> Result<Vec<u8>, WireError> {
    let bytes = match &send.content {
        Content::Raw(parts) => raw(parts, run)?,
        Content::Message { command, fields } => {
            let message = message(*command, fields, run)?;
            lie::envelope(&message, &send.lies, network, run)?.to_bytes()
        }
        Content::Headers(range) => {
            let from = range.from..range.from.saturating_add(range.count);
            let chain = &range.chain;
            let point = |height| ChainPoint {
                chain: chain.clone(),
                at: super::model::At::Height(height),
            };
            let header = |height| {
                run.header(&point(height))
                    .ok_or_else(|| WireError::NoHeader(point(height)))
            };
            let headers = from.map(header).collect::<Result<_, _>>()?;
            let message = fake_peer_core::message::Headers { headers }.into();
            lie::envelope(&message, &send.lies, network, run)?.to_bytes()
        }
    };
    within_limit(bytes)
}

/// A message with these fields, and its defaults for the rest.
///
/// # Errors
/// [`WireError`].
pub fn message(
    command: Command,
    fields: &[Field],
    run: &mut dyn Resolve,
) -> Result<Message, WireError> {
    let mut left = MAX_BYTES;
    let mut plain = plain::record(fields, run, &mut left)?;
    for (of, name, variable) in DEFAULTS {
        if command.as_str() == of && !plain.iter().any(|(field, _)| field == name) {
            let value = plain::resolve(&Value::Variable(variable), run, &mut left)?;
            plain.push((name.to_owned(), value));
        }
    }
    let mut track = Track::new();
    let fields = Plain::Record(plain);
    Message::deserialize_as(command, Deserializer::new(fields, &mut track)).map_err(|error| {
        let path = track.path();
        WireError::Field {
            path: dotted(path.iter()),
            reason: error.to_string(),
        }
    })
}

/// The bytes of parts, one after the other.
pub(crate) fn raw(parts: &[RawPart], run: &mut dyn Resolve) -> Result<Vec<u8>, WireError> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend(match part {
            RawPart::Hex(bytes) => bytes.to_vec(),
            RawPart::File(name) => run
                .file(name)
                .ok_or_else(|| WireError::NoFile(name.clone()))?,
            RawPart::Random(count) => run.random(bounded(*count)?),
            RawPart::Zeros(count) => vec![0; bounded(*count)?],
        });
        bytes = within_limit(bytes)?;
    }
    Ok(bytes)
}

fn bounded(count: u32) -> Result<usize, WireError> {
    match usize::try_from(count) {
        Ok(count) if count <= MAX_BYTES => Ok(count),
        _ => Err(WireError::TooLong { limit: MAX_BYTES }),
    }
}

fn within_limit(bytes: Vec<u8>) -> Result<Vec<u8>, WireError> {
    match bytes.len() {
        0..=MAX_BYTES => Ok(bytes),
        _ => Err(WireError::TooLong { limit: MAX_BYTES }),
    }
}

fn dotted<'a>(segments: impl Iterator<Item = &'a Segment>) -> String {
    let step = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        _ => None,
    };
    segments.filter_map(step).collect::<Vec<_>>().join(".")
}
