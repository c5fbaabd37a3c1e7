use proptest::prelude::*;

use super::*;
use crate::message::{Message, Ping};
use crate::network::Network;
use crate::wire::StreamError;

const MAGIC: [u8; 4] = Network::REGTEST.magic;

/// Returns each transport of this module, as the end that accepts.
fn transports() -> [Box<dyn Transport>; 2] {
    let v1 = V1::new(MAGIC, &Rules::STRICT);
    let detecting = DetectV1::new(MAGIC, &Rules::STRICT);
    [Box::new(v1), Box::new(detecting)]
}

fn envelope(command: &str, payload: &[u8]) -> RawEnvelope {
    RawEnvelope::new(command.parse().unwrap(), payload.to_vec()).with_header(MAGIC)
}

/// The results of decoding a stream that arrives in pieces.
#[derive(Debug, PartialEq)]
struct Outcome {
    frames: Vec<Frame>,
    error: Option<TransportError>,
    pending: Vec<u8>,
    /// The bytes in no frame and their offset, or `None` after an error.
    unread: Option<(u64, Vec<u8>)>,
}

fn read<'a>(transport: &mut dyn Transport, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let (mut frames, mut error, mut pending) = (Vec::new(), None, transport.take_pending());
    for piece in pieces {
        transport.push(piece);
        loop {
            match transport.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(found) => {
                    error = Some(found);
                    break;
                }
            }
        }
        pending.extend(transport.take_pending());
    }
    let Unread { offset, bytes, .. } = transport.unread();
    Outcome {
        frames,
        error,
        pending,
        unread: error.is_none().then(|| (offset, bytes.to_vec())),
    }
}

fn read_whole(transport: &mut dyn Transport, stream: &[u8]) -> Outcome {
    read(transport, [stream])
}

#[test]
fn an_envelope_comes_with_its_place_and_its_command() {
    for mut transport in transports() {
        let (ping, verack) = (envelope("ping", &[7; 8]), envelope("verack", &[]));
        let stream = [ping.to_bytes(MAGIC), verack.to_bytes(MAGIC)].concat();
        let frame = |offset, size, envelope: RawEnvelope| Frame {
            offset,
            size,
            content: FrameContent::Envelope {
                command: Command::from_bytes(envelope.command).map_err(Into::into),
                envelope,
            },
        };
        let outcome = read_whole(transport.as_mut(), &stream);
        assert_eq!(outcome.frames, [frame(0, 32, ping), frame(32, 24, verack)]);
        assert_eq!((outcome.error, outcome.pending), (None, vec![]));
        assert_eq!(outcome.unread, Some((56, vec![])));
    }
}

#[test]
fn the_stream_goes_on_after_an_envelope_that_is_wrong() {
    for mut transport in transports() {
        let mut wrong = envelope("ping", &[7; 8]);
        wrong.checksum = Some([0; 4]);
        let stream = [
            wrong.to_bytes(MAGIC),
            envelope("verack", &[]).to_bytes(MAGIC),
        ]
        .concat();
        let outcome = read_whole(transport.as_mut(), &stream);
        let command = |frame: &Frame| match &frame.content {
            FrameContent::Envelope { command, .. } => *command,
            FrameContent::Control(_) => panic!("v1 has no control bytes"),
        };
        let commands: Vec<_> = outcome.frames.iter().map(command).collect();
        assert!(matches!(
            commands[..],
            [Err(EnvelopeError::Checksum { .. }), Ok(_)]
        ));
        assert_eq!(outcome.error, None);
    }
}

#[test]
fn what_is_wrong_depends_on_the_rules() {
    let lax = Rules {
        wrong_checksum: crate::wire::Tolerance::Ignore,
        ..Rules::STRICT
    };
    let mut transport = MakeV1.make(&Setup {
        role: Role::Outbound,
        magic: MAGIC,
        rules: &lax,
        seed: 0,
    });
    let mut wrong = envelope("ping", &[7; 8]);
    wrong.checksum = Some([0; 4]);
    transport.push(&wrong.to_bytes(MAGIC));
    let frame = transport.next_frame().unwrap().unwrap();
    let FrameContent::Envelope { command, .. } = frame.content else {
        panic!("v1 has no control bytes");
    };
    assert_eq!(command.unwrap().as_str(), "ping");
}

#[test]
fn each_end_of_each_connection_has_its_own_entropy() {
    let setup = |role, seed| Setup {
        role,
        magic: MAGIC,
        rules: &Rules::STRICT,
        seed,
    };
    let entropy = |role, seed| setup(role, seed).entropy();
    assert_eq!(entropy(Role::Inbound, 1), entropy(Role::Inbound, 1));
    assert_ne!(entropy(Role::Inbound, 1), entropy(Role::Outbound, 1));
    assert_ne!(entropy(Role::Inbound, 1), entropy(Role::Inbound, 2));
}

#[test]
fn unread_bytes_say_what_was_cut_off() {
    let stream = envelope("ping", &[7; 8]).to_bytes(MAGIC);
    for mut transport in transports() {
        for (have, need) in [(0, 24), (1, 24), (23, 24), (24, 32), (31, 32)] {
            let past = usize::try_from(transport.unread().offset).unwrap();
            let seen = past + transport.unread().bytes.len();
            transport.push(&stream[seen..have]);
            assert_eq!(transport.next_frame(), Ok(None));
            let unread = transport.unread();
            assert_eq!((unread.offset, unread.need), (0, need), "{have} bytes");
            assert_eq!(unread.bytes, &stream[..have]);
        }
    }
}

#[test]
fn after_an_error_the_unread_bytes_are_those_without_a_frame() {
    for mut transport in transports() {
        transport.push(&envelope("verack", &[]).to_bytes(MAGIC));
        transport.push(b"noise and more");
        assert!(transport.next_frame().unwrap().is_some());
        let error = transport.next_frame().unwrap_err();
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"byte 24: found magic 6e6f6973, expected fabfb5da");
        }
        assert_eq!(error.fault(), Fault::OtherNetwork);
        assert_eq!(transport.unread().offset, 24);
        assert_eq!(transport.unread().bytes, b"noise and more");
        transport.push(&envelope("verack", &[]).to_bytes(MAGIC));
        assert_eq!(transport.next_frame(), Err(error));
    }
}

#[test]
fn a_length_over_the_limit_is_an_error_before_the_payload() {
    for mut transport in transports() {
        let mut header = envelope("tx", &[]);
        header.length = Some(4_000_001);
        transport.push(&header.to_bytes(MAGIC));
        let error = transport.next_frame().unwrap_err();
        assert_eq!(error.fault(), Fault::OverLimit);
    }
}

#[test]
fn the_first_bytes_show_v1_another_network_or_another_transport() {
    let first = |bytes: &[u8]| {
        let mut transport = DetectV1::new(MAGIC, &Rules::STRICT);
        let outcome = read(&mut transport, bytes.chunks(3));
        match outcome.error {
            None => format!("{} frames", outcome.frames.len()),
            Some(error) => format!("{:?}: {error}", error.fault()),
        }
    };
    let version = |network: Network| {
        RawEnvelope::new("version".parse().unwrap(), vec![]).to_bytes(network.magic)
    };
    insta::assert_snapshot!(first(&version(Network::REGTEST)), @"1 frames");
    insta::assert_snapshot!(first(&version(Network::MAINNET)), @"OtherNetwork: byte 0: found magic f9beb4d9, expected fabfb5da");
    insta::assert_snapshot!(first(&version(Network::MAINNET)[..15]), @"0 frames");
    insta::assert_snapshot!(first(b"GET / HTTP/1.1\r\n"), @"UnknownProtocol: byte 0: expected the first bytes of a known transport, found 474554202f20485454502f312e310d0a");
    insta::assert_snapshot!(first(b"GET / HTTP/1.1\r"), @"0 frames");
}

#[test]
fn nothing_can_be_sent_before_the_first_bytes_show_v1() {
    let mut verack = envelope("verack", &[]);
    let mut transport = DetectV1::new(MAGIC, &Rules::STRICT);
    assert_eq!(transport.encode(&mut verack), None);
    transport.push(&MAGIC[..3]);
    assert_eq!(transport.encode(&mut verack), None);
    assert!(!transport.is_ready());
    transport.push(&MAGIC[3..]);
    assert!(transport.is_ready());
    assert_eq!(transport.encode(&mut verack), Some(verack.to_bytes(MAGIC)));
}

#[test]
fn a_message_takes_the_bytes_of_its_envelope() {
    let mut ping = Message::from(Ping { nonce: 7 }).to_envelope();
    let bytes = V1::new(MAGIC, &Rules::STRICT).encode(&mut ping).unwrap();
    assert_eq!(
        const_hex::encode(bytes),
        "fabfb5da70696e670000000000000000080000008c820c800700000000000000"
    );
    assert_eq!(ping, envelope("ping", &[7, 0, 0, 0, 0, 0, 0, 0]));
}

/// Envelopes with a valid magic and length, whatever else is wrong with them.
fn framed() -> impl Strategy<Value = RawEnvelope> {
    let payload = proptest::collection::vec(any::<u8>(), 0..100);
    (payload, any::<Option<[u8; 4]>>(), any::<Option<[u8; 12]>>()).prop_map(
        |(payload, checksum, command)| {
            let honest = envelope("headers", &payload);
            RawEnvelope {
                checksum: checksum.or(honest.checksum),
                command: command.unwrap_or(honest.command),
                ..honest
            }
        },
    )
}

/// Pieces of a stream: envelopes, wrong lengths, noise, and pieces of the magic.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let lying = any::<u32>().prop_map(|length| {
        RawEnvelope {
            length: Some(length),
            ..envelope("inv", &[])
        }
        .to_bytes(MAGIC)
    });
    let noise = proptest::collection::vec(any::<u8>(), 0..30);
    let magic = (0..=4_usize).prop_map(|length| MAGIC[..length].to_vec());
    let framed = framed().prop_map(|envelope| envelope.to_bytes(MAGIC));
    prop_oneof![4 => framed, 1 => lying, 1 => noise, 1 => magic]
}

proptest! {
    #[test]
    fn any_split_gives_the_same_frames(
        pieces in proptest::collection::vec(piece(), 0..8),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let stream = pieces.concat();
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        at.extend([0, stream.len()]);
        at.sort_unstable();
        let split = || at.windows(2).map(|ends| &stream[ends[0]..ends[1]]);
        for ((mut whole, mut parts), mut slow) in transports().into_iter().zip(transports()).zip(transports()) {
            let outcome = read_whole(whole.as_mut(), &stream);
            prop_assert_eq!(&outcome, &read(parts.as_mut(), split()));
            prop_assert_eq!(&outcome, &read(slow.as_mut(), stream.chunks(1)));
        }
    }

    #[test]
    fn frames_lie_end_to_end_and_the_rest_is_unread(
        pieces in proptest::collection::vec(piece(), 0..8),
    ) {
        let stream = pieces.concat();
        for mut transport in transports() {
            let outcome = read_whole(transport.as_mut(), &stream);
            let mut end = 0;
            for frame in &outcome.frames {
                prop_assert_eq!(frame.offset, end);
                end += frame.size as u64;
            }
            let unread = transport.unread();
            prop_assert_eq!(unread.offset, end);
            prop_assert_eq!(unread.bytes, &stream[usize::try_from(end).unwrap()..]);
            if outcome.error.is_none() {
                prop_assert!(unread.need > unread.bytes.len());
            }
        }
    }

    #[test]
    fn what_one_end_encodes_the_other_reads(
        sent in proptest::collection::vec(framed(), 0..8),
    ) {
        let mut ours = V1::new(MAGIC, &Rules::STRICT);
        let mut encode = |it: &RawEnvelope| ours.encode(&mut it.clone()).unwrap();
        let stream: Vec<u8> = sent.iter().flat_map(&mut encode).collect();
        for mut theirs in transports() {
            let outcome = read_whole(theirs.as_mut(), &stream);
            let envelope = |frame: Frame| match frame.content {
                FrameContent::Envelope { command, envelope } => {
                    assert_eq!(command, envelope.verify(MAGIC, &Rules::STRICT));
                    envelope
                }
                FrameContent::Control(_) => panic!("v1 has no control bytes"),
            };
            let came: Vec<_> = outcome.frames.into_iter().map(envelope).collect();
            prop_assert_eq!(&came, &sent);
            prop_assert_eq!(outcome.error, None);
        }
    }

    #[test]
    fn an_error_is_where_no_envelope_starts(noise in proptest::collection::vec(any::<u8>(), 4..40)) {
        prop_assume!(noise[..4] != MAGIC);
        let ping = envelope("ping", &[7; 8]).to_bytes(MAGIC);
        for mut transport in transports() {
            let outcome = read_whole(transport.as_mut(), &[&ping[..], &noise].concat());
            let at = match outcome.error {
                Some(TransportError::V1(StreamError::Magic { offset, .. })) => offset,
                other => panic!("{other:?}"),
            };
            prop_assert_eq!(at, 32);
        }
    }
}
