//! Bytes on the wire: bounded reading, writing, the envelope and the stream of envelopes.
//!
//! Decoding never panics, and never allocates more than a small multiple of the bytes that are
//! really there, whatever counts and lengths a peer announces.
//!
//! A [`StreamDecoder`] splits a stream into [`RawEnvelope`]s, which may be invalid.
//! [`RawEnvelope::check`] turns a valid one into an [`Envelope`], and
//! [`Message::decode`](crate::message::Message::decode) reads its payload with a [`Reader`].

mod bytes;
mod codec;
mod command;
mod compact_size;
mod envelope;
mod error;
mod list;
mod path;
mod primitives;
mod reader;
mod rules;
mod stream;
mod text;
mod trace;
mod writer;

pub use bytes::Bytes;
pub use codec::Wire;
pub use command::{Command, CommandError};
pub use compact_size::{compact_size_len, wide_compact_size};
pub use envelope::{Envelope, EnvelopeError, RawEnvelope};
pub use error::{Malformed, MalformedKind};
pub use path::{FieldPath, Step};
pub use reader::Reader;
pub use rules::{Rules, Tolerance};
pub use stream::{OnBadMagic, StreamDecoder, StreamEnd, StreamError, StreamItem};
pub use text::{ParseVarStrError, VarStr};
pub use trace::{FieldValue, Span};
pub use writer::Writer;
