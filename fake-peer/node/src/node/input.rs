//! From bytes to envelopes.

use fake_peer_core::session::Role;
use fake_peer_core::wire::{
    Command, Frame, RawEnvelope, Rules, StreamDecoder, StreamEnd, StreamError,
};

use super::connection::Connection;
use super::turn::{Stop, Verdict, react};
use crate::behaviour::{Behaviour, Memory, PartialHeader, Reserve};

/// The first bytes of a `version` after its magic. A BIP324 node knows old peers by them
/// (`V2Transport::ProcessReceivedMaybeV1Bytes`).
const VERSION: &[u8; Command::SIZE] = b"version\0\0\0\0\0";

/// How far the stream of one connection has been read.
#[derive(Debug, Clone)]
pub(super) struct InputState {
    magic: [u8; 4],
    fresh: StreamDecoder,
    decoder: StreamDecoder,
    /// The first bytes of who dialled us, until they tell what is spoken.
    first: Option<Vec<u8>>,
    /// Nothing that comes any more makes sense to us.
    deaf: bool,
}

impl InputState {
    pub(super) fn new(role: Role, magic: [u8; 4], rules: &Rules) -> Self {
        let decoder = StreamDecoder::new(magic, rules);
        Self {
            magic,
            fresh: decoder.clone(),
            decoder,
            first: (role == Role::Inbound).then(Vec::new),
            deaf: false,
        }
    }

    /// The bytes that wait, or that are reserved for.
    pub(super) fn held(&self, memory: &Memory) -> u64 {
        let first = self.first.as_ref().map_or(0, Vec::len) as u64;
        let waiting = match self.decoder.finish() {
            StreamEnd::Truncated { need, .. } if memory.payloads == Reserve::Announced => need,
            StreamEnd::Truncated { have, .. } => have,
            StreamEnd::Clean | StreamEnd::Skipped { .. } => 0,
        };
        first + waiting as u64
    }
}

impl Connection {
    /// Takes the next bytes of the stream.
    pub(super) fn push(&mut self, bytes: &[u8], behaviour: &Behaviour) -> Verdict {
        let input = &mut self.input;
        if input.deaf {
            return Ok(());
        }
        let Some(first) = &mut input.first else {
            input.decoder.push(bytes);
            return Ok(());
        };
        first.extend_from_slice(bytes);
        if first.starts_with(&input.magic) {
            input.decoder.push(first);
            input.first = None;
            return Ok(());
        }
        let spoken_with = input.magic.len()..input.magic.len() + VERSION.len();
        let Some(command) = first.get(spoken_with) else {
            return Ok(()); // it may still be either
        };
        let reaction = if command == VERSION {
            behaviour.reactions.wrong_magic
        } else {
            behaviour.reactions.unknown_protocol
        };
        input.give_up();
        react(reaction)
    }

    /// The next envelope, if it is there.
    pub(super) fn next_envelope(
        &mut self,
        behaviour: &Behaviour,
    ) -> Result<Option<RawEnvelope>, Stop> {
        let input = &mut self.input;
        if input.deaf {
            return Ok(None);
        }
        let reaction = match input.decoder.next_frame() {
            Ok(Some(Frame::Envelope { envelope, .. })) => return Ok(Some(envelope)),
            Ok(Some(Frame::Skipped { .. }) | None) => return Ok(None),
            Err(StreamError::Magic { .. }) => behaviour.reactions.wrong_magic,
            Err(StreamError::OverLimit { .. }) => behaviour.reactions.oversized_payload,
        };
        input.give_up();
        react(reaction).map(|()| None)
    }

    /// What came at once has been read.
    pub(super) fn end_of_read(&mut self, behaviour: &Behaviour) {
        let input = &mut self.input;
        let lost = behaviour.stream.partial_header == PartialHeader::Lost;
        if lost
            && let StreamEnd::Truncated { have, .. } = input.decoder.finish()
            && have < RawEnvelope::HEADER_SIZE
        {
            input.decoder = input.fresh.clone();
        }
    }
}

impl InputState {
    fn give_up(&mut self) {
        self.deaf = true;
        self.first = None;
        self.decoder = self.fresh.clone();
    }
}
