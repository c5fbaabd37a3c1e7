//! A stream of envelopes, and a payload without one.

use std::io::Read;

use fake_peer_core::wire::{Command, RawEnvelope, Rules};

use super::error::InputError;
use super::magic::Magic;
use super::record::{Piece, Record};
use super::resync::ResyncDecoder;
use super::{READ_SIZE, Source};

/// Envelopes, one after the other.
pub(super) struct Stream<R> {
    input: R,
    decoder: ResyncDecoder,
    buffer: Vec<u8>,
    ended: bool,
}

impl<R: Read> Stream<R> {
    pub(super) fn new(input: R, magic: Option<Magic>, rules: &Rules) -> Self {
        Self {
            input,
            decoder: ResyncDecoder::new(magic, rules),
            buffer: vec![0; READ_SIZE],
            ended: false,
        }
    }
}

impl<R: Read> Source for Stream<R> {
    fn next_record(&mut self) -> Result<Option<Record>, InputError> {
        loop {
            if let Some((offset, piece)) = self.decoder.next_piece() {
                return Ok(Some(Record::new(offset, piece)));
            }
            if self.ended {
                return Ok(None);
            }
            let count = super::read_some(&mut self.input, &mut self.buffer)?;
            self.decoder
                .push(self.buffer.get(..count).unwrap_or_default());
            if count == 0 {
                self.ended = true;
                self.decoder.end();
            }
        }
    }
}

/// One payload, whose command the input does not contain.
pub(super) struct Payload<R> {
    input: Option<R>,
    command: Command,
    magic: Option<Magic>,
    limit: u32,
}

impl<R: Read> Payload<R> {
    pub(super) fn new(input: R, command: Command, magic: Option<Magic>, rules: &Rules) -> Self {
        Self {
            input: Some(input),
            command,
            magic,
            limit: rules.max_payload,
        }
    }
}

impl<R: Read> Source for Payload<R> {
    fn next_record(&mut self) -> Result<Option<Record>, InputError> {
        let Some(input) = self.input.take() else {
            return Ok(None);
        };
        let (mut payload, limit) = (Vec::new(), self.limit);
        input.take(u64::from(limit) + 1).read_to_end(&mut payload)?;
        if payload.len() > limit as usize {
            return Err(InputError::PayloadOverLimit { limit });
        }
        let magic = self.magic;
        let envelope = RawEnvelope::new(self.command, payload);
        let on_wire = false;
        Ok(Some(Record::new(
            0,
            Piece::Message {
                magic,
                envelope,
                on_wire,
            },
        )))
    }
}
