//! The bytes that a script sends.
//!
//! [`outbound`] makes envelopes of a [`Send`] and of the values of a run ([`Resolve`]): the clock,
//! the random numbers, the captured values, the chains. [`encode`] returns their bytes over v1.

mod lie;
mod resolved;

use fake_peer_core::message::{Block, Headers, Services};
use fake_peer_core::wire::{Command, RawEnvelope};
use fake_peer_core::{Header, Message, Network};
use resolved::Memory;
pub use resolved::Resolved;
use serde_path_to_error::{Deserializer, Segment, Track};

use super::model::{
    At, ChainPoint, ChainRange, Content, Field, Lie, Name, RawPart, Send, Value, Variable,
};

/// The values that are only known during a run.
pub trait Resolve {
    /// The magic of the network that the script is played on, in the order of the wire.
    fn magic(&mut self) -> [u8; 4];
    /// The time in seconds since 1970.
    fn now(&mut self) -> i64;
    /// `count` random bytes.
    fn random(&mut self, count: usize) -> Vec<u8>;
    /// The value that was captured under a name.
    fn captured(&mut self, name: &Name) -> Option<Resolved>;
    /// A header of a chain.
    fn header(&mut self, point: &ChainPoint) -> Option<Header>;
    /// A block of a chain.
    fn block(&mut self, point: &ChainPoint) -> Option<Block>;
    /// The bytes of a file beside the script.
    fn file(&mut self, name: &str) -> Option<Vec<u8>>;
    /// The services that we offer in a `version` that does not name them.
    fn services(&mut self) -> Services;
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
    /// The header does not exist.
    #[error("there is no header `{0}`")]
    NoHeader(ChainPoint),
    /// The header exists, but the transactions of its block are not available.
    #[error("the block of `{0}` is not known")]
    NoBlock(ChainPoint),
    /// The file does not exist.
    #[error("there is no file `{0}`")]
    NoFile(String),
    /// It is too long to be sent.
    #[error("more than {limit} bytes")]
    TooLong {
        /// The most bytes that there may be: [`MAX_BYTES`].
        limit: usize,
    },
    /// The values of its fields are too large to be held in memory.
    #[error("its values take more than {limit} bytes of memory")]
    TooMuchMemory {
        /// The most bytes that they may take: [`MAX_MEMORY`].
        limit: usize,
    },
    /// A payload is too long for a lie about one of its CompactSizes.
    #[error("a lie about a CompactSize is possible in payloads of up to {limit} bytes")]
    TooLongToSearch {
        /// The most bytes that the payload may have: [`MAX_SEARCHED`].
        limit: usize,
    },
    /// The message has no CompactSize there.
    #[error("the payload has no CompactSize `{path}`")]
    NoCompactSize {
        /// The path that was given.
        path: String,
        /// The paths of those that the payload has.
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
    /// A lie is about bytes after the end of the payload.
    #[error("the payload has {length} bytes, the lie is about byte {at}")]
    Outside {
        /// The number of bytes of the payload.
        length: usize,
        /// The last byte that the lie is about.
        at: usize,
    },
}

/// The most bytes of one send: twice the longest that may be announced by any implementation.
pub const MAX_BYTES: usize = 64 << 20;

/// The most bytes of memory that the values of one message take before they are encoded, however
/// often `times` and captured lists repeat them.
pub const MAX_MEMORY: usize = 256 << 20;

/// The longest payload, in bytes, whose CompactSizes are looked for: the longest message that
/// Bitcoin Core accepts (`MAX_PROTOCOL_MESSAGE_LENGTH`).
pub const MAX_SEARCHED: usize = 4_000_000;

/// The default values of fields that depend on the run: the command, the field and the value.
pub const DEFAULTS: [(&str, &str, RunDefault); 4] = [
    ("version", "services", RunDefault::Services),
    (
        "version",
        "timestamp",
        RunDefault::Variable(Variable::Now(0)),
    ),
    ("version", "nonce", RunDefault::Variable(Variable::Random)),
    ("ping", "nonce", RunDefault::Variable(Variable::Random)),
];

/// The default value of a field that depends on the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunDefault {
    /// The value of a variable.
    Variable(Variable),
    /// The services that we offer: [`Resolve::services`].
    Services,
}

/// A message, or raw bytes, before they are split, truncated or copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outbound {
    /// A message.
    Envelope {
        /// The message in its envelope, with its lies.
        envelope: RawEnvelope,
        /// The message, unless there are lies in the envelope.
        honest: Option<Message>,
    },
    /// Bytes of the stream, without an envelope.
    Raw(Vec<u8>),
}

impl Outbound {
    /// The bytes over v1, on the network with this magic.
    pub fn to_bytes(&self, magic: [u8; 4]) -> Vec<u8> {
        match self {
            Self::Envelope { envelope, .. } => envelope.to_bytes(magic),
            Self::Raw(bytes) => bytes.clone(),
        }
    }

    /// How many bytes it has over v1.
    pub fn size(&self) -> usize {
        match self {
            Self::Envelope { envelope, .. } => RawEnvelope::V1_HEADER_SIZE + envelope.payload.len(),
            Self::Raw(bytes) => bytes.len(),
        }
    }
}

/// The bytes that are sent over v1, before they are split, truncated or copied: one element for
/// each element of [`outbound`].
///
/// # Errors
/// Returns a [`WireError`] if a value is unknown, does not fit its field, or is too long.
pub fn encode(
    send: &Send,
    network: Network,
    run: &mut dyn Resolve,
) -> Result<Vec<Vec<u8>>, WireError> {
    let outbound = outbound(send, run)?;
    let magic = network.magic;
    Ok(outbound.iter().map(|it| it.to_bytes(magic)).collect())
}

/// What is sent: one message, or raw bytes. For `send block from=`, there is one message for each
/// block.
///
/// # Errors
/// Returns a [`WireError`] if a value is unknown, does not fit its field, or is too long.
pub fn outbound(send: &Send, run: &mut dyn Resolve) -> Result<Vec<Outbound>, WireError> {
    let mut left = MAX_BYTES;
    let mut fit = |outbound: Outbound| {
        take(outbound.size(), &mut left)?;
        Ok(outbound)
    };
    match &send.content {
        Content::Raw(parts) => Ok(vec![fit(Outbound::Raw(raw(parts, run)?))?]),
        Content::Message { command, fields } => {
            let message = message(*command, fields, run)?;
            Ok(vec![fit(envelope(message, &send.lies, run)?)?])
        }
        Content::Headers(range) => {
            let message = headers(range, run)?.into();
            Ok(vec![fit(envelope(message, &send.lies, run)?)?])
        }
        Content::Blocks(range) => points(range)
            .map(|point| {
                let message = block(&point, run)?.into();
                fit(envelope(message, &send.lies, run)?)
            })
            .collect(),
    }
}

fn envelope(message: Message, lies: &[Lie], run: &mut dyn Resolve) -> Result<Outbound, WireError> {
    let envelope = lie::envelope(&message, lies, run)?;
    let honest = lies.is_empty().then_some(message);
    Ok(Outbound::Envelope { envelope, honest })
}

fn headers(range: &ChainRange, run: &mut dyn Resolve) -> Result<Headers, WireError> {
    let mut left = MAX_BYTES;
    let header = |point| {
        take(Header::SIZE, &mut left)?;
        header(&point, run)
    };
    let headers = points(range).map(header).collect::<Result<_, _>>()?;
    Ok(Headers { headers })
}

fn points(range: &ChainRange) -> impl Iterator<Item = ChainPoint> {
    let heights = range.from..range.from.saturating_add(range.count);
    heights.map(|height| ChainPoint {
        chain: range.chain.clone(),
        at: At::Height(height),
    })
}

fn header(point: &ChainPoint, run: &mut dyn Resolve) -> Result<Header, WireError> {
    let header = run.header(point);
    header.ok_or_else(|| WireError::NoHeader(point.clone()))
}

fn block(point: &ChainPoint, run: &mut dyn Resolve) -> Result<Block, WireError> {
    header(point, run)?;
    let block = run.block(point);
    block.ok_or_else(|| WireError::NoBlock(point.clone()))
}

/// A message with these fields, and its defaults for the rest.
///
/// # Errors
/// Returns a [`WireError`] if a value is unknown, does not fit its field, or is too long.
pub fn message(
    command: Command,
    fields: &[Field],
    run: &mut dyn Resolve,
) -> Result<Message, WireError> {
    let mut memory = Memory::new();
    let mut resolved = resolved::record(fields, run, &mut memory)?;
    for (of, name, default) in DEFAULTS {
        if command.as_str() == of && !resolved.iter().any(|(field, _)| field == name) {
            let value = match default {
                RunDefault::Variable(variable) => Value::Variable(variable),
                RunDefault::Services => Value::Int(run.services().bits().into()),
            };
            let value = resolved::resolve(&value, run, &mut memory)?;
            resolved.push((name.to_owned(), value));
        }
    }
    let mut track = Track::new();
    let fields = Resolved::Record(resolved);
    Message::deserialize_as(command, Deserializer::new(fields, &mut track)).map_err(|error| {
        let path = track.path();
        WireError::Field {
            path: dotted(path.iter()),
            reason: error.to_string(),
        }
    })
}

/// Resolves a value.
///
/// # Errors
/// Returns a [`WireError`] if a value is unknown, does not fit its field, or is too long.
pub(crate) fn resolve(value: &Value, run: &mut dyn Resolve) -> Result<Resolved, WireError> {
    resolved::resolve(value, run, &mut Memory::new())
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
            RawPart::Magic => run.magic().to_vec(),
        });
        bytes = within_limit(bytes)?;
    }
    Ok(bytes)
}

/// Takes `count` bytes of those that may still be sent.
fn take(count: usize, left: &mut usize) -> Result<(), WireError> {
    let rest = left.checked_sub(count);
    *left = rest.ok_or(WireError::TooLong { limit: MAX_BYTES })?;
    Ok(())
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
