//! Framing, which turns the bytes of a connection into envelopes, and envelopes into bytes.
//!
//! A [`Transport`] is one end of one connection. It decides nothing about messages, opens no socket
//! and reads no clock. The owner of the connection passes it the received bytes, takes frames from
//! it, and has it turn envelopes into bytes. Everything above (the player of scripts, the model
//! peer, the async peer) sees [`RawEnvelope`]s and offsets in the stream, and does not depend on
//! the size of a header, or on whether there is one.
//!
//! | module | holds |
//! |---|---|
//! | `mod` | the trait, and the types in its methods |
//! | `v1` | [`V1`]: the unencrypted transport, 24 bytes before each payload |
//! | `detect` | [`DetectV1`]: what a node that also speaks BIP324 does with the first bytes |
//! | `error` | [`TransportError`]: why nothing more can be read |
//!
//! # How to drive one
//!
//! ```
//! use fake_peer_core::message::{Message, Ping};
//! use fake_peer_core::session::Role;
//! use fake_peer_core::transport::{FrameContent, MakeTransport, MakeV1, Setup};
//! use fake_peer_core::wire::Rules;
//! use fake_peer_core::Network;
//!
//! let setup = |role| Setup {
//!     role,
//!     magic: Network::REGTEST.magic,
//!     rules: &Rules::STRICT,
//!     seed: 0,
//! };
//! let mut ours = MakeV1.make(&setup(Role::Outbound));
//! let mut theirs = MakeV1.make(&setup(Role::Inbound));
//!
//! // What a transport itself wants to send is written first: when the connection opens, and
//! // whenever bytes have arrived.
//! theirs.push(&ours.take_pending());
//! let ping = Message::from(Ping { nonce: 7 });
//! if let Some(bytes) = ours.encode(&mut ping.to_envelope()) {
//!     theirs.push(&bytes);
//! }
//! while let Some(frame) = theirs.next_frame()? {
//!     if let FrameContent::Envelope { command, envelope } = frame.content {
//!         assert_eq!(Message::decode(command?, &envelope.payload)?, ping);
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The owner of a connection calls the methods in this order:
//!
//! 1. When the connection opens: [`take_pending`](Transport::take_pending), and write what it
//!    returns.
//! 2. When bytes arrive: [`push`](Transport::push); then [`next_frame`](Transport::next_frame) until
//!    it returns `None` or an error; then `take_pending`, and write what it returns before any
//!    message.
//! 3. To send: [`encode`](Transport::encode). While it returns `None`, because the transport is not
//!    [ready](Transport::is_ready), keep the envelope, and try again after more bytes have arrived.
//! 4. When the other end has closed its direction: [`unread`](Transport::unread) returns what was
//!    cut off.
//!
//! # How to add one (BIP324 v2)
//!
//! A second transport consists of a type that implements [`Transport`] and one that implements
//! [`MakeTransport`]. The player, the model peer and the async peer take the latter as the field
//! `transport` of their configurations, so nothing else above has to change. `Toy` in the fixtures
//! is a small example with a handshake, a mask and decoys. Everything that does not depend on v1 is
//! also tested over it, and the laws in `tests.rs` hold for every transport.
//!
//! What v2 needs, and where it goes:
//!
//! - *A handshake before the first message.* Until it is done, `is_ready` is false. Our key and
//!   garbage are pending from the start (an initiator), or from the moment when the first bytes
//!   turn out not to be v1 (a responder); the garbage terminator and the version packet are pending
//!   once the other key has come. That is Bitcoin Core's `m_send_buffer` before its `SendState` is
//!   `READY`.
//! - *Bytes that are not a message.* Their key, garbage and terminator, the version packet and
//!   decoys are frames with [`FrameContent::Control`]. So the frames have no gaps between them, and
//!   a transcript can show each byte.
//! - *Randomness.* The private key and the garbage are derived from [`Setup::entropy`], which
//!   differs between connections, and is the same when a play is repeated.
//! - *v1 by its first bytes.* A responder starts undecided: [`DetectV1`] is the half of
//!   `V2Transport::ProcessReceivedMaybeV1Bytes` (`src/net.cpp`) that exists. Where it fails with
//!   [`TransportError::UnknownProtocol`], v2 goes on with the key.
//! - *No header.* An envelope that came over v2 has no magic, length or checksum. The first byte of
//!   the contents is a short id, or announces a name of 12 bytes. The table of ids belongs in the v2
//!   module. An id that is not in it does not end the connection (`GetReceivedMessage` rejects the
//!   message): it is a frame whose `command` is an [`EnvelopeError`], of a kind that is yet to be
//!   added. To send one, or the long form of a known name, [`RawEnvelope`] needs a field for it, as
//!   it has for the magic, the length and the checksum of v1.
//! - *Errors that end the connection.* A wrong tag, a missing terminator and a length over the limit
//!   are [`TransportError`]s. [`TransportError::fault`] returns the kind of each, which determines
//!   the reaction of the model peer.
//! - *Falling back to v1.* A connection that the other end closes at once is opened again with
//!   another transport (`ShouldReconnectV1`). That is up to the code that dials, not to a transport.
//! - *Hostile scripts.* A script breaks a step of a transport through a method of the trait, which a
//!   transport need not support. Raw bytes of the stream can always be sent: they bypass the
//!   transport.
//! - *Recordings.* A passive recorder cannot read v2. A recorder between two nodes has two
//!   transports, one to each, and records the envelopes that it forwards.
//!
//! Source of the interface: Bitcoin Core `Transport` (`src/net.h`): `ReceivedBytes`,
//! `GetReceivedMessage`, `SetMessageToSend`, `GetBytesToSend`.

mod detect;
mod error;
mod v1;

use std::fmt::Debug;

pub use detect::DetectV1;
pub use error::{Fault, TransportError};
pub use v1::{MakeV1, V1};

use crate::hash::hash256;
use crate::session::Role;
use crate::wire::{Command, EnvelopeError, RawEnvelope, Rules};

/// One end of one connection, which converts between bytes and envelopes.
///
/// The frames, the error and the pending bytes do not depend on how the pushed bytes are split. A
/// transport holds no more memory than the bytes that arrived and were not returned, and those that
/// are pending: an announced length reserves nothing. It does not panic on any input.
pub trait Transport: Debug + Send {
    /// Takes the next bytes of the other end's stream: any number of them, split anywhere. After an
    /// error of [`next_frame`](Self::next_frame), they are dropped.
    fn push(&mut self, bytes: &[u8]);

    /// Returns the next frame, or `None` until more bytes are pushed.
    ///
    /// # Errors
    /// [`TransportError`] if nothing more can be read from this connection. Every later call
    /// returns the same error. An invalid envelope is not such an error: its frame has an error as
    /// its `command`.
    fn next_frame(&mut self) -> Result<Option<Frame>, TransportError>;

    /// Returns the received bytes that are in no frame yet. After an error, these are the bytes
    /// that nothing can be read from, up to the last ones that were pushed before the error was
    /// found.
    fn unread(&self) -> Unread<'_>;

    /// Returns whether messages can be sent, which may require a handshake of the transport first.
    fn is_ready(&self) -> bool;

    /// Returns the bytes of an envelope in our stream, even if it is invalid, or `None` if the
    /// transport is not ready.
    ///
    /// Parts of the envelope that this transport sends and that are `None` are filled in with their
    /// valid values.
    ///
    /// Each call uses the next place in the stream. The returned bytes must be written in the order
    /// of the calls. If some of them are not written, nothing may be written after them.
    fn encode(&mut self, envelope: &mut RawEnvelope) -> Option<Vec<u8>>;

    /// Returns the bytes that the transport itself wants to send, and removes them. They have to be
    /// written before anything that is encoded later. Empty if there are none.
    fn take_pending(&mut self) -> Vec<u8>;
}

/// A piece of the other end's stream. The frames of a stream follow each other without gaps from
/// byte 0 on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The offset of its first byte in the stream.
    pub offset: u64,
    /// Its size in the stream in bytes, including the framing.
    pub size: usize,
    /// The contents.
    pub content: FrameContent,
}

/// The contents of a [`Frame`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameContent {
    /// A message.
    Envelope {
        /// The command, or what is wrong with the envelope according to [`Setup::rules`]. The
        /// connection can go on in both cases.
        command: Result<Command, EnvelopeError>,
        /// The envelope as it was received.
        envelope: RawEnvelope,
    },
    /// Bytes that the other end's transport sent by itself, such as a greeting, a key or a decoy,
    /// as they are in the stream.
    Control(Vec<u8>),
}

/// The received bytes after the last frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread<'a> {
    /// The offset of the first of these bytes in the stream, right after the last frame.
    pub offset: u64,
    /// The bytes.
    pub bytes: &'a [u8],
    /// The size in bytes of the frame that starts here, as far as it is known; at least one.
    pub need: usize,
}

/// What a transport needs to know about its connection.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    /// Which end opened the connection.
    pub role: Role,
    /// The magic of the network.
    pub magic: [u8; 4],
    /// How strictly envelopes are read, and the longest payload.
    pub rules: &'a Rules,
    /// A number that differs between connections, and from which keys and garbage are derived. It
    /// is not a secret.
    pub seed: u64,
}

impl Setup<'_> {
    /// Returns random bytes for a key, which are the same for the same seed, and different at the
    /// two ends.
    pub fn entropy(&self) -> [u8; 32] {
        let role = match self.role {
            Role::Outbound => 0,
            Role::Inbound => 1,
        };
        let mut seed = b"fake-peer transport ".to_vec();
        seed.push(role);
        seed.extend(self.seed.to_le_bytes());
        hash256(&seed).0
    }
}

/// Creates the transport of each new connection. It represents the choice between v1 and others.
pub trait MakeTransport: Debug + Send + Sync {
    /// Creates the transport of a connection that has just been opened.
    fn make(&self, setup: &Setup<'_>) -> Box<dyn Transport>;
}

#[cfg(test)]
mod tests;
