use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command as Program, Stdio};
use std::sync::Arc;
use std::time::Duration;

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use fake_peer_core::message::{DecodeError, Ping, Verack, Version};
use fake_peer_core::wire::{Command, EnvelopeError, RawEnvelope, Rules};
use fake_peer_core::{Message, Network};

use super::*;
use crate::decode::text::Colour;
use crate::decode::{Options, Piece, Record, Records};
use crate::script::model::Role;
use crate::script::player::{
    ConnectionEnd, Decoded, Entry, EntryKind, Kept, Label, Note, Prepared, Recorded, Transcript,
};

const START: u64 = 1_700_000_000;

/// A conversation on two connections, which the target ends in different ways, and a third that
/// could not be opened.
fn conversation() -> Transcript {
    let mut talk = Talk::default();
    talk.on(0, EntryKind::Opened);
    talk.sent(
        0,
        &bytes_of(Version {
            nonce: 1,
            ..Version::default()
        }),
        "version",
    );
    talk.received(
        0,
        &bytes_of(Version {
            nonce: 2,
            ..Version::default()
        }),
        "version",
    );
    talk.received(0, &bytes_of(Verack {}), "verack");
    talk.on(1, EntryKind::Opened);
    talk.sent(1, &vec![0xab; 40_000], "");
    talk.sent(1, &large(), "dummy");
    talk.received(0, &bytes_of(Ping { nonce: 7 }), "ping");
    let mut lie = bytes_of(Ping { nonce: 8 });
    lie[20] ^= 1;
    talk.sent(0, &lie, "ping");
    talk.on(0, EntryKind::Ended(ConnectionEnd::Closed));
    talk.on(0, EntryKind::Ended(ConnectionEnd::EndedByUs));
    talk.on(1, EntryKind::Ended(ConnectionEnd::Reset));
    talk.on(2, EntryKind::Ended(ConnectionEnd::Refused));
    talk.transcript
}

#[derive(Default)]
struct Talk {
    transcript: Transcript,
    offsets: [[u64; 2]; 3],
}

impl Talk {
    fn on(&mut self, number: u32, kind: EntryKind) {
        let at = Duration::from_micros(1_500 * self.transcript.entries.len() as u64);
        let name: Arc<str> = ["main", "other", "late"][number as usize].into();
        let connection = Label {
            number,
            name,
            member: None,
        };
        self.transcript.entries.push(Entry {
            at,
            connection,
            kind,
        });
    }

    fn sent(&mut self, number: u32, bytes: &[u8], command: &str) {
        let (offset, command, bytes) = self.said(number, 0, bytes, command);
        self.on(
            number,
            EntryKind::Sent {
                offset,
                command,
                bytes,
            },
        );
    }

    fn received(&mut self, number: u32, bytes: &[u8], command: &str) {
        let (offset, command, bytes) = self.said(number, 1, bytes, command);
        self.on(
            number,
            EntryKind::Received {
                offset,
                command,
                bytes,
            },
        );
    }

    fn said(
        &mut self,
        number: u32,
        side: usize,
        bytes: &[u8],
        command: &str,
    ) -> (u64, Option<Command>, Recorded) {
        let offset = &mut self.offsets[number as usize][side];
        let start = *offset;
        *offset += bytes.len() as u64;
        let command = (!command.is_empty()).then(|| command.parse().unwrap());
        let kept = match command {
            Some(command) => kept(command, bytes),
            None => Kept::Bytes(bytes.to_vec()),
        };
        let recorded = Recorded {
            size: bytes.len() as u64,
            kept,
        };
        (start, command, recorded)
    }
}

/// A v1 envelope as it is kept in a transcript.
fn kept(command: Command, bytes: &[u8]) -> Kept {
    let (header, payload) = bytes.split_first_chunk().unwrap();
    let (mut envelope, _) = RawEnvelope::from_v1_header(header);
    envelope.payload = payload.to_vec();
    let decoded = match Message::decode(command, payload) {
        Ok(message)
            if envelope
                .verify(Network::REGTEST.magic, &Rules::STRICT)
                .is_ok() =>
        {
            Decoded::Message(Arc::new(message))
        }
        _ => Decoded::Unread,
    };
    Kept::Envelope {
        envelope,
        missing: 0,
        decoded,
    }
}

fn bytes_of(message: impl Into<Message>) -> Vec<u8> {
    message
        .into()
        .to_envelope()
        .to_bytes(Network::REGTEST.magic)
}

fn large() -> Vec<u8> {
    let command = "dummy".parse().unwrap();
    RawEnvelope::new(command, vec![7; 50_000]).to_bytes(Network::REGTEST.magic)
}

fn prepared() -> Prepared {
    let script =
        crate::script::load("a.kdl", "script a network=regtest {\n    close\n}\n").unwrap();
    Prepared::new(script, START, &|_| None).unwrap()
}

fn plain(transcript: &Transcript, bytes: bool) -> String {
    let style = Style {
        colour: Colour::Never,
        bytes,
    };
    text(transcript, &prepared(), style)
}

fn file(target: Role) -> Vec<u8> {
    let mut capture = Capture::default();
    let played = PlayedAt {
        target,
        port: Network::REGTEST.port,
        start: Duration::from_secs(START),
        magic: Network::REGTEST.magic,
    };
    capture.add(&conversation(), played);
    capture.into_file()
}

#[test]
fn lines() {
    insta::assert_snapshot!(plain(&conversation(), false), @r#"
    0.0000 main  * connected
    0.0015 main  > version (127 bytes at 0) version=70016 services="" timestamp=0 receiver={services="" ip=:: port=0} sender={services="" ip=:: port=0} nonce=1 user_agent=/fake-peer:0.1.0/ start_height=0 relay=false last_field=relay
    0.0030 main  < version (127 bytes at 0) version=70016 services="" timestamp=0 receiver={services="" ip=:: port=0} sender={services="" ip=:: port=0} nonce=2 user_agent=/fake-peer:0.1.0/ start_height=0 relay=false last_field=relay
    0.0045 main  < verack (24 bytes at 127)
    0.0060 other * connected
    0.0075 other > bytes (40000 bytes at 0) abababababababababababababababab…
    0.0090 other > dummy (50024 bytes at 40000) payload=07070707…07070707
    0.0105 main  < ping (32 bytes at 151) nonce=7
    0.0120 main  > ping (32 bytes at 127) nonce=8 ! checksum at byte 20: found 46049a3a, expected 47049a3a
    0.0135 main  * closed by the target (FIN)
    0.0150 main  * closed by us
    0.0165 other * reset by the target (RST)
    0.0180 late  * refused
    "#);
}

#[test]
fn bytes_are_shown_if_wanted() {
    let mut talk = Talk::default();
    talk.sent(0, &bytes_of(Ping { nonce: 7 }), "ping");
    let cut = Recorded {
        size: 100,
        kept: Kept::Bytes(vec![0xee; 40]),
    };
    talk.on(
        0,
        EntryKind::Received {
            offset: 0,
            command: None,
            bytes: cut,
        },
    );
    let malformed: Result<Message, DecodeError> =
        Message::decode("ping".parse().unwrap(), &[1, 2, 3]);
    talk.on(0, EntryKind::Note(Note::Malformed(malformed.unwrap_err())));
    let lie = EnvelopeError::Length {
        announced: 8,
        found: 3,
    };
    talk.on(0, EntryKind::Note(Note::Envelope(lie)));
    talk.on(0, EntryKind::Note(Note::CutOff { have: 3, need: 24 }));
    talk.transcript.left_out = 5;
    insta::assert_snapshot!(plain(&talk.transcript, true), @"
       0.0000 > ping (32 bytes at 0) nonce=7
                     0  fabfb5da70696e670000000000000000080000008c820c800700000000000000
       0.0015 < bytes (100 bytes at 0)
                     0  eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
                    32  eeeeeeeeeeeeeeee
                     …  and 60 bytes that were not kept
       0.0030 * invalid payload: ping: nonce at byte 0: truncated: found 3 bytes, expected 8
       0.0045 * invalid envelope: length at byte 16: 8 announced, the payload has 3 bytes
       0.0060 * the connection ended inside an envelope: 3 of 24 bytes came
    … and 5 more entries
    ");
}

fn records(file: &[u8]) -> Vec<Record> {
    let records = Records::open(file, &Options::default()).unwrap();
    records.map(Result::unwrap).collect()
}

/// The capture contains what the transcript contains: each message, its time, its direction, and
/// its place in the stream.
#[test]
fn a_capture_holds_what_the_transcript_holds() {
    for target in [Role::Listens, Role::Dials] {
        let records = records(&file(target));
        let mut told = 0;
        for entry in &conversation().entries {
            let (ours, offset, bytes) = match &entry.kind {
                EntryKind::Sent {
                    offset,
                    command: Some(_),
                    bytes,
                } => (true, offset, bytes),
                EntryKind::Received { offset, bytes, .. } => (false, offset, bytes),
                _ => continue,
            };
            let is_this = |record: &&Record| match &record.piece {
                Piece::Message { envelope, .. } => {
                    record.offset == *offset
                        && envelope.v1_header() == bytes.kept().first_chunk().copied()
                        && envelope.payload == bytes.kept()[24..]
                        && record.flow.unwrap().from.ip() == address(ours)
                }
                _ => false,
            };
            let record = records.iter().find(is_this).unwrap();
            let micros = START * 1_000_000 + u64::try_from(entry.at.as_micros()).unwrap();
            assert_eq!(record.time, Some(micros));
            let flow = record.flow.unwrap();
            let listens: SocketAddr = if ours == (target == Role::Dials) {
                flow.from
            } else {
                flow.to
            };
            assert_eq!(listens.port(), 18_444);
            told += 1;
        }
        let messages = records
            .iter()
            .filter(|record| matches!(record.piece, Piece::Message { .. }));
        assert_eq!(messages.count(), told);
        assert!(
            !records
                .iter()
                .any(|record| matches!(record.piece, Piece::Missing { .. }))
        );
    }
}

fn address(ours: bool) -> std::net::IpAddr {
    Ipv4Addr::new(10, 0, 0, if ours { 1 } else { 2 }).into()
}

/// Bytes that a transcript has left out are a gap of the same size in the capture.
#[test]
fn bytes_that_were_not_kept_are_missing() {
    let mut talk = Talk::default();
    talk.received(0, &bytes_of(Verack {}), "verack");
    talk.received(0, &large(), "dummy");
    talk.received(0, &bytes_of(Ping { nonce: 7 }), "ping");
    if let EntryKind::Received { bytes, .. } = &mut talk.transcript.entries[1].kind
        && let Kept::Envelope {
            envelope, missing, ..
        } = &mut bytes.kept
    {
        *missing = envelope.payload.len() - 1_000;
        envelope.payload.truncate(1_000);
    }
    let mut capture = Capture::default();
    let played = PlayedAt {
        target: Role::Listens,
        port: 18_444,
        start: Duration::from_secs(START),
        magic: Network::REGTEST.magic,
    };
    capture.add(&talk.transcript, played);
    let records = records(&capture.into_file());
    let missing = records.iter().find_map(|record| match record.piece {
        Piece::Missing { length } => Some(length),
        _ => None,
    });
    assert_eq!(missing, Some(large().len() as u64 - 24 - 1_000));
    let last = records.last().unwrap();
    assert!(matches!(last.piece, Piece::Message { .. }));
    assert_eq!(last.offset, 24 + large().len() as u64);
}

/// Messages over another transport are in the capture as v1 envelopes.
#[test]
fn a_capture_is_in_the_form_of_v1_over_any_transport() {
    let mut talk = Talk::default();
    let control = |size| Recorded {
        size,
        kept: Kept::Control(vec![1; 5]),
    };
    let message = |message: Message, size| Recorded {
        size,
        kept: Kept::Envelope {
            envelope: message.to_envelope(),
            missing: 0,
            decoded: Decoded::Unread,
        },
    };
    let passed = [
        (0, control(5)),
        (5, message(Ping { nonce: 7 }.into(), 17)),
        (22, control(10)),
        (32, message(Verack {}.into(), 11)),
    ];
    for (offset, bytes) in passed {
        let command = None;
        talk.on(
            0,
            EntryKind::Received {
                offset,
                command,
                bytes,
            },
        );
    }
    let mut capture = Capture::default();
    let played = PlayedAt {
        target: Role::Listens,
        port: 18_444,
        start: Duration::from_secs(START),
        magic: Network::REGTEST.magic,
    };
    capture.add(&talk.transcript, played);
    let found = records(&capture.into_file());
    let found = found.iter().map(|record| match &record.piece {
        Piece::Message { envelope, .. } => {
            let verified = envelope.verify(Network::REGTEST.magic, &Rules::STRICT);
            (record.offset, verified.unwrap().to_string())
        }
        other => panic!("{other:?}"),
    });
    let expected = [(0, "ping".to_owned()), (32, "verack".to_owned())];
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[test]
fn every_packet_is_a_sound_one() {
    let file = file(Role::Listens);
    let mut rest = &file[24..];
    let mut count = 0;
    while !rest.is_empty() {
        let size = u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize;
        let packet = SlicedPacket::from_ip(&rest[16..16 + size]).unwrap();
        let (Some(NetSlice::Ipv4(ip)), Some(TransportSlice::Tcp(tcp))) =
            (&packet.net, &packet.transport)
        else {
            panic!("{packet:?}");
        };
        let header = ip.header().to_header();
        assert_eq!(header.header_checksum, header.calc_header_checksum());
        assert_eq!(
            tcp.checksum(),
            tcp.calc_checksum_ipv4(header.source, header.destination)
                .unwrap()
        );
        assert!(tcp.payload().len() <= 16 * 1024);
        rest = &rest[16 + size..];
        count += 1;
    }
    assert!(count > 30);
}

/// The oracle is tshark, if it is installed.
#[test]
fn wireshark_reads_the_capture() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pcap");
    std::fs::write(&path, file(Role::Listens)).unwrap();
    let run = |arguments: &[&str]| {
        let mut program = Program::new("tshark");
        program.arg("-r").arg(&path).args(arguments);
        program.stderr(Stdio::null()).output()
    };
    let fields = ["-T", "fields", "-e", "tcp.dstport", "-e", "bitcoin.command"];
    let output = match run(&[&["-Y", "bitcoin"][..], &fields].concat()) {
        Ok(output) => output,
        Err(error) => {
            eprintln!("SKIPPED: tshark does not run: {error}");
            return;
        }
    };
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap(), @"
    18444	version
    49152	version
    49152	verack
    18444	dummy
    49152	ping
    18444	ping
    ");
    // No bad checksums, and nothing that looks like loss.
    let bad = "ip.checksum.status==0 || tcp.checksum.status==0 || tcp.analysis.flags";
    let checks = ["ip", "tcp"].map(|of| format!("{of}.check_checksum:TRUE"));
    let output = run(&["-o", &checks[0], "-o", &checks[1], "-Y", bad]).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
}
