//! Converting received bytes into frames.

use fake_peer_core::session::Role;
use fake_peer_core::transport::{
    DetectV1, Fault, Frame, Setup, Transport, TransportError, Unread, V1,
};
use fake_peer_core::wire::RawEnvelope;

use super::connection::Connection;
use super::turn::{Stop, Verdict, react};
use crate::behaviour::{Memory, PartialHeader, Reactions, Reserve};

/// The state of the input on one connection.
#[derive(Debug)]
pub(super) struct InputState {
    /// The transport of the connection, for both directions.
    pub(super) transport: Box<dyn Transport>,
    /// Whether nothing more can be read, although the connection stays open.
    is_deaf: bool,
}

impl InputState {
    pub(super) fn new(transport: Box<dyn Transport>) -> Self {
        Self {
            transport,
            is_deaf: false,
        }
    }

    /// Returns the number of bytes held: those that wait for the rest of a frame, or those reserved
    /// for it.
    pub(super) fn held(&self, memory: &Memory) -> u64 {
        let Unread { bytes, need, .. } = self.transport.unread();
        if self.is_deaf || bytes.is_empty() {
            return 0;
        }
        (match memory.payloads {
            Reserve::Announced => need,
            Reserve::Arrived => bytes.len(),
        }) as u64
    }
}

impl Connection {
    /// Takes the next bytes of the stream.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if !self.input.is_deaf {
            self.input.transport.push(bytes);
        }
    }

    /// Returns the next frame, or `None` until more bytes arrive.
    pub(super) fn next_frame(&mut self, reactions: &Reactions) -> Result<Option<Frame>, Stop> {
        if self.input.is_deaf {
            return Ok(None);
        }
        match self.input.transport.next_frame() {
            Ok(frame) => Ok(frame),
            Err(error) => self.lose(error, reactions).map(|()| None),
        }
    }

    fn lose(&mut self, error: TransportError, reactions: &Reactions) -> Verdict {
        self.input.is_deaf = true;
        react(match error.fault() {
            Fault::OtherNetwork => reactions.wrong_magic,
            Fault::OverLimit => reactions.oversized_payload,
            Fault::UnknownProtocol => reactions.unknown_protocol,
            Fault::Broken => reactions.broken_transport,
        })
    }
}

/// Creates the v1 transport of a node that recognises only the first bytes of BIP324.
pub(super) fn v1(setup: &Setup<'_>, partial_header: PartialHeader) -> Box<dyn Transport> {
    let (magic, v1) = (setup.magic, V1::new(setup.magic, setup.rules));
    match (setup.role, partial_header) {
        (Role::Outbound, PartialHeader::Kept) => Box::new(v1),
        (Role::Inbound, PartialHeader::Kept) => Box::new(DetectV1::before(magic, v1)),
        (Role::Outbound, PartialHeader::Lost) => Box::new(Forgetful::new(v1)),
        (Role::Inbound, PartialHeader::Lost) => {
            Box::new(DetectV1::before(magic, Forgetful::new(v1)))
        }
    }
}

/// A v1 transport that loses the start of a header when a read ends inside it
/// ([`PartialHeader::Lost`]).
#[derive(Debug)]
struct Forgetful {
    fresh: V1,
    v1: V1,
}

impl Forgetful {
    fn new(v1: V1) -> Self {
        let fresh = v1.clone();
        Self { fresh, v1 }
    }
}

impl Transport for Forgetful {
    fn push(&mut self, bytes: &[u8]) {
        let left = self.v1.unread().bytes.len();
        if (1..RawEnvelope::V1_HEADER_SIZE).contains(&left) {
            self.v1 = self.fresh.clone();
        }
        self.v1.push(bytes);
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, TransportError> {
        self.v1.next_frame()
    }

    fn unread(&self) -> Unread<'_> {
        self.v1.unread()
    }

    fn is_ready(&self) -> bool {
        self.v1.is_ready()
    }

    fn encode(&mut self, envelope: &mut RawEnvelope) -> Option<Vec<u8>> {
        self.v1.encode(envelope)
    }

    fn take_pending(&mut self) -> Vec<u8> {
        self.v1.take_pending()
    }
}
