//! Framing: between the bytes of a connection and the envelopes that pass over it.
//!
//! A [`Transport`] is one end of one connection. It decides nothing about messages, opens no socket
//! and reads no clock: whoever owns the connection hands it the bytes that came, takes frames out,
//! and has it turn envelopes into bytes. Everything above (the player of scripts, the model peer,
//! the async peer) sees [`RawEnvelope`]s and places in the stream, and knows neither how long a
//! header is nor whether there is one.
//!
//! | module | holds |
//! |---|---|
//! | `mod` | the trait, and what passes over it |
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
//! // What a transport sends on its own account goes out first: when the connection opens, and
//! // whenever bytes came.
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
//! The order of calls that the owner of a connection keeps to:
//!
//! 1. When the connection opens: [`take_pending`](Transport::take_pending), and write what it gives.
//! 2. When bytes come: [`push`](Transport::push); then [`next_frame`](Transport::next_frame) until
//!    it gives `None` or an error; then `take_pending`, and write what it gives before any message.
//! 3. To send: [`encode`](Transport::encode). While it gives `None`, because the transport is not
//!    [ready](Transport::is_ready), keep the envelope, and try again after the next bytes came.
//! 4. When the other end has closed its direction: [`unread`](Transport::unread) says what was cut
//!    off.
//!
//! # How to add one (BIP324 v2)
//!
//! A second transport is a type that implements [`Transport`] and one that implements
//! [`MakeTransport`]. The player, the model peer and the async peer take the latter as the field
//! `transport` of their configurations, so nothing else above has to change. `Toy` in the fixtures
//! is a small example with a handshake, a mask and decoys, and their tests play over it whatever
//! does not depend on v1; the laws in `tests.rs` hold for every transport.
//!
//! What v2 needs, and where it goes:
//!
//! - *A handshake before the first message.* Until it is done, `is_ready` is false. Our key and
//!   garbage are pending from the start (an initiator), or from the moment when the first bytes
//!   turn out not to be v1 (a responder); the garbage terminator and the version packet are pending
//!   once the other key has come. That is Bitcoin Core's `m_send_buffer` before its `SendState` is
//!   `READY`.
//! - *Bytes that are no message.* Their key, garbage and terminator, the version packet and decoys
//!   are frames with [`FrameContent::Control`]. So the frames lie end to end in the stream, and a
//!   transcript can show each byte.
//! - *Randomness.* The private key and the garbage are derived from [`Setup::entropy`], which
//!   differs from connection to connection and is the same when a play is repeated.
//! - *v1 by its first bytes.* A responder starts undecided: [`DetectV1`] is the half of
//!   `V2Transport::ProcessReceivedMaybeV1Bytes` (`src/net.cpp`) that exists. Where it fails with
//!   [`TransportError::UnknownProtocol`], v2 goes on with the key.
//! - *No header.* An envelope that came by v2 has no magic, length or checksum. The first byte of
//!   the contents is a short id or announces a name of 12 bytes: the table of ids belongs in the v2
//!   module. An id that is not in it does not end the connection (`GetReceivedMessage` rejects the
//!   message): it is a frame whose `command` is an [`EnvelopeError`], of a kind that is yet to be
//!   added. To send one, or the long form of a known name, [`RawEnvelope`] needs a field for it, as
//!   it has for the magic, the length and the checksum of v1.
//! - *Errors that end the connection.* A wrong tag, a missing terminator and a length over the limit
//!   are [`TransportError`]s; [`TransportError::fault`] says what kind each is, and by that the
//!   model peer chooses its reaction.
//! - *Falling back to v1.* A connection that the other end closes at once is opened again with
//!   another transport (`ShouldReconnectV1`). That is for whoever dials, not for a transport.
//! - *Hostile scripts.* A script breaks a step of a transport through a method of the trait that
//!   each of them can refuse. Raw bytes of the stream can always be sent: they bypass the
//!   transport.
//! - *Recordings.* Whoever only listens cannot read v2. A recorder that stands between two nodes has
//!   two transports, one to each, and records the envelopes that pass from one to the other.
//!
//! Source of the shape: Bitcoin Core `Transport` (`src/net.h`): `ReceivedBytes`,
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

/// One end of one connection, between bytes and envelopes.
///
/// Any split of the bytes that are pushed gives the same frames, the same error and the same
/// pending bytes. No more memory is held than the bytes that came and were not handed out, and
/// those that are pending: an announced length reserves nothing. No bytes make it panic.
pub trait Transport: Debug + Send {
    /// Takes the next bytes of the other end's stream: any number of them, cut anywhere. After an
    /// error of [`next_frame`](Self::next_frame) it drops them.
    fn push(&mut self, bytes: &[u8]);

    /// The next frame, or `None` until more bytes come.
    ///
    /// # Errors
    /// [`TransportError`]: nothing more can be read from this connection. Every later call gives
    /// the same error. An envelope that is wrong in itself is no such error, but a frame whose
    /// `command` is one.
    fn next_frame(&mut self) -> Result<Option<Frame>, TransportError>;

    /// The bytes that came and are in no frame yet; after an error, those that nothing can be read
    /// from, up to the last ones that were pushed before the error was found.
    fn unread(&self) -> Unread<'_>;

    /// Whether messages can be sent: not before a handshake of the transport is done.
    fn is_ready(&self) -> bool;

    /// The bytes of an envelope in our stream, whatever is wrong with the envelope; `None` as long
    /// as the transport is not ready.
    ///
    /// What the transport writes besides the command and the payload is filled in where the
    /// envelope left it open.
    ///
    /// Each call takes the next place in the stream: what it gives must be written, in the order of
    /// the calls, or be the last bytes of the stream.
    fn encode(&mut self, envelope: &mut RawEnvelope) -> Option<Vec<u8>>;

    /// The bytes that the transport itself wants to send, once: they go out before anything that
    /// is encoded later. Empty if there are none.
    fn take_pending(&mut self) -> Vec<u8>;
}

/// A piece of the other end's stream. The frames of a stream lie end to end, from byte 0 on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Where in the stream its first byte stands.
    pub offset: u64,
    /// The bytes it takes in the stream, framing included.
    pub size: usize,
    /// What is in it.
    pub content: FrameContent,
}

/// What is in a [`Frame`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameContent {
    /// A message.
    Envelope {
        /// What the payload is said to be, or what is wrong with the envelope by the rules of
        /// [`Setup::rules`]. The connection can go on either way.
        command: Result<Command, EnvelopeError>,
        /// The envelope, as it came.
        envelope: RawEnvelope,
    },
    /// Bytes that the other end's transport sent on its own account: a greeting, a key, a decoy.
    /// They are given as they stand in the stream.
    Control(Vec<u8>),
}

/// The end of the stream, as far as it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread<'a> {
    /// Where in the stream the first of the bytes stands: after the last frame.
    pub offset: u64,
    /// The bytes.
    pub bytes: &'a [u8],
    /// The bytes that the frame takes which starts here, as far as that is known yet; at least one.
    pub need: usize,
}

/// What a transport has to know about its connection.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    /// Which end opened the connection.
    pub role: Role,
    /// The network's four bytes.
    pub magic: [u8; 4],
    /// How strictly envelopes are read, and how long a payload may be.
    pub rules: &'a Rules,
    /// Another number for each connection: what keys and garbage are derived from. It is no secret.
    pub seed: u64,
}

impl Setup<'_> {
    /// Random bytes for a key: the same for the same seed, and different at the two ends.
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

/// Makes the transport of each new connection: the choice between v1 and others, as a value.
pub trait MakeTransport: Debug + Send + Sync {
    /// The transport of a connection that has just been opened.
    fn make(&self, setup: &Setup<'_>) -> Box<dyn Transport>;
}

#[cfg(test)]
mod tests;
