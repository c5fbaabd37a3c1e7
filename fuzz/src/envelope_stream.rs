//! Any split of a stream gives the same frames, and a naive reader finds the same ones.

use fake_peer_core::network::Network;
use fake_peer_core::wire::{
    OnBadMagic, RawEnvelope, Rules, StreamDecoder, StreamEnd, StreamError, StreamItem,
};

const MAGIC: [u8; 4] = Network::REGTEST.magic;

/// A small limit, so that a mutation easily exceeds it.
const MAX_PAYLOAD: u32 = 300;

/// Bytes 0..4: where the stream is cut, as fractions of its length. The rest is the stream.
///
/// # Panics
/// If a law is broken.
pub fn envelope_stream(data: &[u8]) {
    let Some((cuts, stream)) = data.split_first_chunk::<4>() else {
        return;
    };
    for policy in [OnBadMagic::Stop, OnBadMagic::Seek] {
        let whole = decode(policy, &[stream]);
        assert_eq!(
            whole,
            decode(policy, &split(stream, *cuts)),
            "a split changed the frames"
        );
        assert_eq!(
            whole,
            decode(policy, &stream.chunks(1).collect::<Vec<_>>()),
            "a split changed the unread bytes"
        );
        for frame in &whole.frames {
            stands_in_the_stream(frame, stream);
        }
        assert_eq!(
            whole.envelopes(),
            naive(policy, stream),
            "a naive reader finds other frames"
        );
    }
}

/// The complete output of a decoder.
#[derive(Debug, PartialEq)]
struct Outcome {
    frames: Vec<StreamItem>,
    error: Option<StreamError>,
    end: Option<StreamEnd>,
}

impl Outcome {
    fn envelopes(&self) -> Vec<usize> {
        let offset = |frame: &StreamItem| match frame {
            StreamItem::Envelope { offset, .. } => usize::try_from(*offset).ok(),
            StreamItem::Skipped { .. } => None,
        };
        self.frames.iter().filter_map(offset).collect()
    }
}

fn decode(policy: OnBadMagic, pieces: &[&[u8]]) -> Outcome {
    let rules = Rules {
        max_payload: MAX_PAYLOAD,
        ..Rules::STRICT
    };
    let mut decoder = StreamDecoder::new(MAGIC, &rules).on_bad_magic(policy);
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => {
                    return Outcome {
                        frames,
                        error: Some(error),
                        end: None,
                    };
                }
            }
        }
    }
    Outcome {
        frames,
        error: None,
        end: Some(decoder.finish()),
    }
}

fn split(stream: &[u8], cuts: [u8; 4]) -> Vec<&[u8]> {
    let mut ends = cuts.map(|cut| stream.len() * usize::from(cut) / 255);
    ends.sort_unstable();
    let (mut pieces, mut start) = (Vec::new(), 0);
    for end in ends.into_iter().chain([stream.len()]) {
        pieces.push(&stream[start..end]);
        start = end;
    }
    pieces
}

fn stands_in_the_stream(frame: &StreamItem, stream: &[u8]) {
    if let StreamItem::Envelope { offset, envelope } = frame {
        let bytes = envelope.to_bytes(MAGIC);
        let start = usize::try_from(*offset).unwrap_or(usize::MAX);
        assert_eq!(stream.get(start..start + bytes.len()), Some(&bytes[..]));
    }
}

/// The offsets at which envelopes start, by a naive search.
fn naive(policy: OnBadMagic, stream: &[u8]) -> Vec<usize> {
    let (mut at, mut found) = (0, Vec::new());
    while let Some(header) = stream.get(at..at + RawEnvelope::V1_HEADER_SIZE) {
        let length = u32::from_le_bytes([header[16], header[17], header[18], header[19]]);
        if header[..4] == MAGIC && length <= MAX_PAYLOAD {
            let end = at + RawEnvelope::V1_HEADER_SIZE + length as usize;
            if end > stream.len() {
                break;
            }
            found.push(at);
            at = end;
        } else if policy == OnBadMagic::Seek {
            at += 1;
        } else {
            break;
        }
    }
    found
}
