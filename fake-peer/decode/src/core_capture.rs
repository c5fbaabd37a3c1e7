//! The files that Bitcoin Core writes with `-capturemessages`.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0..8 | time | microseconds since 1970, u64 little-endian |
//! | 8..20 | command | a name in ASCII, padded with NUL |
//! | 20..24 | length | of the payload, u32 little-endian |
//! | 24.. | payload | |
//!
//! Source: Bitcoin Core `CaptureMessageToFile` (`src/net.cpp`).

use std::io::Read;

use fake_peer_core::wire::{Command, RawEnvelope, Rules};

use super::Source;
use super::error::InputError;
use super::magic::Magic;
use super::record::{Piece, Record, SkipReason};
use super::resync::MAX_SKIP;

const HEADER_SIZE: usize = 24;

pub(super) struct CoreCapture<R> {
    input: R,
    magic: Option<Magic>,
    max_payload: u32,
    offset: u64,
    /// Without a valid record here, the start of the next one is unknown.
    lost: Option<SkipReason>,
}

impl<R: Read> CoreCapture<R> {
    pub(super) fn new(input: R, magic: Option<Magic>, rules: &Rules) -> Self {
        Self {
            input,
            magic,
            max_payload: rules.max_payload,
            offset: 0,
            lost: None,
        }
    }

    fn read(&mut self, count: usize) -> Result<Vec<u8>, InputError> {
        let mut bytes = Vec::new();
        self.input
            .by_ref()
            .take(count as u64)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn record(&mut self, header: &[u8; HEADER_SIZE]) -> Result<Record, InputError> {
        let [time @ .., l0, l1, l2, l3] = *header;
        let (length, limit) = (u32::from_le_bytes([l0, l1, l2, l3]), self.max_payload);
        if length > limit {
            let reason = SkipReason::OverLimit { length, limit };
            self.lost = Some(reason);
            return Ok(self.skipped(header.to_vec(), reason));
        }
        let payload = self.read(length as usize)?;
        let need = HEADER_SIZE + length as usize;
        if payload.len() < length as usize {
            let bytes = [header.as_slice(), &payload].concat();
            return Ok(self.cut_off(bytes, need));
        }
        let (time, command) = split(&time);
        let envelope = RawEnvelope::named(command, payload);
        let (magic, on_wire) = (self.magic, false);
        let record = Record::new(
            self.offset,
            Piece::Message {
                magic,
                envelope,
                on_wire,
            },
        );
        self.offset += need as u64;
        Ok(Record {
            time: Some(time),
            ..record
        })
    }

    fn cut_off(&mut self, bytes: Vec<u8>, need: usize) -> Record {
        let have = bytes.len();
        self.skipped(bytes, SkipReason::CutOff { need, have })
    }

    fn skipped(&mut self, bytes: Vec<u8>, reason: SkipReason) -> Record {
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        Record::new(offset, Piece::Skipped { bytes, reason })
    }
}

impl<R: Read> Source for CoreCapture<R> {
    fn next_record(&mut self) -> Result<Option<Record>, InputError> {
        if let Some(reason) = self.lost {
            let bytes = self.read(MAX_SKIP)?;
            return Ok((!bytes.is_empty()).then(|| self.skipped(bytes, reason)));
        }
        let header = self.read(HEADER_SIZE)?;
        match <&[u8; HEADER_SIZE]>::try_from(header.as_slice()) {
            Ok(header) => self.record(header).map(Some),
            Err(_) if header.is_empty() => Ok(None),
            Err(_) => Ok(Some(self.cut_off(header, HEADER_SIZE))),
        }
    }
}

fn split(bytes: &[u8; 20]) -> (u64, [u8; Command::SIZE]) {
    let [t0, t1, t2, t3, t4, t5, t6, t7, command @ ..] = *bytes;
    (
        u64::from_le_bytes([t0, t1, t2, t3, t4, t5, t6, t7]),
        command,
    )
}
