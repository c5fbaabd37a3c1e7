use proptest::prelude::*;

use super::*;
use crate::network::Network;

const MAGIC: [u8; 4] = Network::REGTEST.magic;

fn decoder(policy: OnBadMagic) -> StreamDecoder {
    StreamDecoder::new(MAGIC, &Rules::STRICT).on_bad_magic(policy)
}

fn envelope(command: &str, payload: &[u8]) -> RawEnvelope {
    RawEnvelope::new(command.parse().unwrap(), payload.to_vec()).with_header(MAGIC)
}

/// Returns all pieces of a stream that arrives in `pieces`, its error, and its end.
fn decode<'a>(
    policy: OnBadMagic,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<StreamItem>, Option<StreamError>, StreamEnd) {
    let mut decoder = decoder(policy);
    let (mut frames, mut error) = (Vec::new(), None);
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(found) => {
                    error = Some(found);
                    break;
                }
            }
        }
    }
    (frames, error, decoder.finish())
}

#[test]
fn envelopes_come_with_their_offsets() {
    let (ping, verack) = (envelope("ping", &[7; 8]), envelope("verack", &[]));
    let stream = [ping.to_bytes(MAGIC), verack.to_bytes(MAGIC)].concat();
    let (frames, error, end) = decode(OnBadMagic::Stop, [&stream[..]]);
    assert_eq!(
        frames,
        [
            StreamItem::Envelope {
                offset: 0,
                envelope: ping
            },
            StreamItem::Envelope {
                offset: 32,
                envelope: verack
            }
        ]
    );
    assert_eq!((error, end), (None, StreamEnd::Clean));
}

#[test]
fn a_stream_may_end_anywhere() {
    let stream = envelope("ping", &[7; 8]).to_bytes(MAGIC);
    let end = |have| decode(OnBadMagic::Stop, [&stream[..have]]).2;
    assert_eq!(
        end(1),
        StreamEnd::Truncated {
            offset: 0,
            have: 1,
            need: 24
        }
    );
    assert_eq!(
        end(24),
        StreamEnd::Truncated {
            offset: 0,
            have: 24,
            need: 32
        }
    );
    assert_eq!(
        end(31),
        StreamEnd::Truncated {
            offset: 0,
            have: 31,
            need: 32
        }
    );
}

#[test]
fn a_peer_stops_at_the_first_bad_magic_and_stays_stopped() {
    let mut decoder = decoder(OnBadMagic::Stop);
    decoder.push(&[envelope("verack", &[]).to_bytes(MAGIC), vec![0; 24]].concat());
    assert!(matches!(
        decoder.next_frame(),
        Ok(Some(StreamItem::Envelope { .. }))
    ));
    let error = decoder.next_frame().unwrap_err();
    insta::assert_snapshot!(error, @"byte 24: found magic 00000000, expected fabfb5da");
    decoder.push(&envelope("verack", &[]).to_bytes(MAGIC));
    assert_eq!(decoder.next_frame(), Err(error));
}

#[test]
fn an_announced_length_over_the_limit_is_refused_before_the_payload() {
    let mut header = envelope("tx", &[]);
    header.length = Some(4_000_001);
    let (_, error, _) = decode(OnBadMagic::Stop, [&header.to_bytes(MAGIC)[..]]);
    insta::assert_snapshot!(error.unwrap(), @"byte 16: a length of 4000001 bytes is over the limit of 4000000");
    header.length = Some(4_000_000);
    let (_, error, end) = decode(OnBadMagic::Stop, [&header.to_bytes(MAGIC)[..]]);
    assert_eq!(error, None);
    assert_eq!(
        end,
        StreamEnd::Truncated {
            offset: 0,
            have: 24,
            need: 4_000_024
        }
    );
}

#[test]
fn an_announced_length_reserves_nothing() {
    let mut header = envelope("tx", &[]);
    header.length = Some(4_000_000);
    let mut decoder = decoder(OnBadMagic::Stop);
    decoder.push(&header.to_bytes(MAGIC));
    assert_eq!(decoder.next_frame(), Ok(None));
    assert!(decoder.buffer.capacity() < 1024);
}

#[test]
fn seeking_reports_one_gap_up_to_the_next_envelope() {
    let mut oversized = envelope("block", &[]);
    oversized.length = Some(u32::MAX);
    let verack = envelope("verack", &[]);
    let gap = [&b"noise"[..], &oversized.to_bytes(MAGIC), &MAGIC[..3]].concat();
    let stream = [&gap[..], &verack.to_bytes(MAGIC), b"xyz"].concat();
    let (frames, error, end) = decode(OnBadMagic::Seek, [&stream[..]]);
    let reason = StreamError::Magic {
        offset: 0,
        found: *b"nois",
        expected: MAGIC,
    };
    let length = gap.len() as u64;
    assert_eq!(
        frames,
        [
            StreamItem::Skipped {
                offset: 0,
                length,
                reason
            },
            StreamItem::Envelope {
                offset: length,
                envelope: verack
            }
        ]
    );
    assert_eq!(error, None);
    assert_eq!(
        end,
        StreamEnd::Truncated {
            offset: length + 24,
            have: 3,
            need: 24
        }
    );
}

#[test]
fn the_room_of_a_large_message_is_given_back() {
    let mut decoder = decoder(OnBadMagic::Stop);
    decoder.push(&envelope("block", &vec![0; 1_000_000]).to_bytes(MAGIC));
    assert!(decoder.next_frame().unwrap().is_some());
    decoder.push(&[]);
    assert!(decoder.buffer.capacity() <= 64 * 1024);
}

/// Pieces of a stream: valid and invalid envelopes, noise, and pieces of the magic.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let honest = proptest::collection::vec(any::<u8>(), 0..100)
        .prop_map(|payload| envelope("headers", &payload).to_bytes(MAGIC));
    let lying = (any::<u32>(), any::<[u8; 4]>()).prop_map(|(length, checksum)| {
        RawEnvelope {
            length: Some(length),
            checksum: Some(checksum),
            ..envelope("inv", &[])
        }
        .to_bytes(MAGIC)
    });
    let small_lie = (0..50_u32).prop_map(|length| {
        RawEnvelope {
            length: Some(length),
            ..envelope("inv", &[])
        }
        .to_bytes(MAGIC)
    });
    let noise = proptest::collection::vec(any::<u8>(), 0..30);
    let magic = (0..=4_usize).prop_map(|length| MAGIC[..length].to_vec());
    prop_oneof![4 => honest, 1 => lying, 1 => small_lie, 1 => noise, 2 => magic]
}

proptest! {
    #[test]
    fn any_split_gives_the_same_frames(
        pieces in proptest::collection::vec(piece(), 0..8),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
        seek: bool,
    ) {
        let policy = if seek { OnBadMagic::Seek } else { OnBadMagic::Stop };
        let stream = pieces.concat();
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        at.extend([0, stream.len()]);
        at.sort_unstable();
        let split: Vec<&[u8]> = at.windows(2).map(|ends| &stream[ends[0]..ends[1]]).collect();
        let (frames, error, end) = decode(policy, [&stream[..]]);
        let (split_frames, split_error, split_end) = decode(policy, split);
        prop_assert_eq!((&frames, error), (&split_frames, split_error));
        if policy == OnBadMagic::Seek {
            prop_assert_eq!(end, split_end);
            prop_assert_eq!(covered(&frames, end), stream.len() as u64, "every byte is accounted for");
        }
    }

    #[test]
    fn one_byte_at_a_time_is_no_different(pieces in proptest::collection::vec(piece(), 0..6)) {
        let stream = pieces.concat();
        let (frames, _, end) = decode(OnBadMagic::Seek, [&stream[..]]);
        let (slow, _, slow_end) = decode(OnBadMagic::Seek, stream.chunks(1));
        prop_assert_eq!((frames, end), (slow, slow_end));
    }
}

fn covered(frames: &[StreamItem], end: StreamEnd) -> u64 {
    let frames: u64 = frames
        .iter()
        .map(|frame| match frame {
            StreamItem::Envelope { envelope, .. } => 24 + envelope.payload.len() as u64,
            StreamItem::Skipped { length, .. } => *length,
        })
        .sum();
    frames
        + match end {
            StreamEnd::Clean => 0,
            StreamEnd::Truncated { have, .. } => have as u64,
            StreamEnd::Skipped { length, .. } => length,
        }
}
