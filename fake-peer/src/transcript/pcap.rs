//! Transcripts as a network capture, for Wireshark: a classic pcap file of IPv4 packets.
//!
//! The bytes and the times are those of the play. Everything else is invented: the addresses,
//! sequence numbers and acknowledgements are those of two systems that lose no packets. Bytes that
//! the transcript does not contain are missing in the capture too.
//!
//! Messages that were sent over another transport than v1 are written as v1 envelopes, since that
//! is what Wireshark reads. The other bytes of such a transport are left out.
//!
//! Source of the format: draft-ietf-opsawg-pcap.

use std::collections::BTreeMap;
use std::time::Duration;

use etherparse::PacketBuilder;

use crate::script::model::Role;
use crate::script::player::{ConnectionEnd, Entry, EntryKind, Kept, Recorded, Transcript};

/// What a capture needs to know in addition to the transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlayedAt {
    /// Whether the target listens or dials.
    pub target: Role,
    /// The port of the end that listens, by which Wireshark may recognise the protocol.
    pub port: u16,
    /// The time of the start, as a duration since 1970.
    pub start: Duration,
    /// The magic of the network.
    pub magic: [u8; 4],
}

/// A capture of any number of plays.
#[derive(Debug, Clone, Default)]
pub struct Capture {
    /// The packets, and when they were sent, in microseconds since 1970.
    packets: Vec<(u64, Vec<u8>)>,
    connections: u32,
}

/// `LINKTYPE_RAW`: a packet starts with its IP header.
const LINK_TYPE: u32 = 101;
const SNAPSHOT: u32 = 65_535;
/// The most bytes of a message in one packet.
const SEGMENT: usize = 16 * 1024;
/// The addresses of our end and of the target.
const ADDRESSES: [[u8; 4]; 2] = [[10, 0, 0, 1], [10, 0, 0, 2]];
/// The first port of the ends that dial.
const DYNAMIC: u32 = 49_152;

impl Capture {
    /// Adds a play.
    pub fn add(&mut self, transcript: &Transcript, played: PlayedAt) {
        let mut wires = BTreeMap::new();
        for entry in &transcript.entries {
            let number = entry.connection.number;
            let wire = wires.entry(number).or_insert_with(|| {
                let dialler = DYNAMIC + (self.connections + number) % (65_536 - DYNAMIC);
                let dialler = u16::try_from(dialler).unwrap_or(u16::MAX);
                Wire::new(played, dialler)
            });
            let time = played.start.saturating_add(entry.at).as_micros();
            let time = u64::try_from(time).unwrap_or(u64::MAX);
            let packets = wire.take(entry).into_iter().map(|packet| (time, packet));
            self.packets.extend(packets);
        }
        let count = wires.keys().last().map_or(0, |last| last + 1);
        self.connections = self.connections.wrapping_add(count);
    }

    /// Returns the contents of the file.
    pub fn into_file(mut self) -> Vec<u8> {
        self.packets.sort_by_key(|(time, _)| *time);
        let mut file = Vec::new();
        file.extend(0xa1b2_c3d4_u32.to_le_bytes()); // times are in microseconds
        file.extend(2_u16.to_le_bytes());
        file.extend(4_u16.to_le_bytes());
        file.extend([0; 8]);
        file.extend(SNAPSHOT.to_le_bytes());
        file.extend(LINK_TYPE.to_le_bytes());
        for (time, packet) in &self.packets {
            let size = u32::try_from(packet.len()).unwrap_or(u32::MAX);
            let seconds = u32::try_from(time / 1_000_000).unwrap_or(u32::MAX);
            let micros = u32::try_from(time % 1_000_000).unwrap_or(0);
            for field in [seconds, micros, size, size] {
                file.extend(field.to_le_bytes());
            }
            file.extend(packet);
        }
        file
    }
}

/// An end of a connection, as an index: ours or the target's.
type Side = usize;
const OURS: Side = 0;
const TARGETS: Side = 1;

const fn other(side: Side) -> Side {
    1 - side
}

/// The invented packets of a connection.
struct Wire {
    dialler: Side,
    ports: [u16; 2],
    opened: bool,
    magic: [u8; 4],
    /// The number of the next byte of each side. The SYN has the number 0.
    next: [u32; 2],
    /// How many bytes the offsets of each side change by because the stream is written as v1.
    shift: [u64; 2],
    packets: Vec<Vec<u8>>,
}

#[derive(Default, Clone, Copy)]
struct Flags {
    syn: bool,
    fin: bool,
    rst: bool,
}

impl Wire {
    fn new(played: PlayedAt, dialler: u16) -> Self {
        let (side, ports) = match played.target {
            Role::Listens => (OURS, [dialler, played.port]),
            Role::Dials => (TARGETS, [played.port, dialler]),
        };
        Self {
            dialler: side,
            ports,
            opened: false,
            magic: played.magic,
            next: [0; 2],
            shift: [0; 2],
            packets: Vec::new(),
        }
    }

    /// Returns the packets for an entry.
    fn take(&mut self, entry: &Entry) -> Vec<Vec<u8>> {
        match &entry.kind {
            EntryKind::Opened => self.open(),
            EntryKind::Sent { offset, bytes, .. } => {
                self.say(OURS, *offset, bytes);
            }
            EntryKind::Received { offset, bytes, .. } => {
                self.say(TARGETS, *offset, bytes);
            }
            EntryKind::Ended(end) => self.end(*end),
            EntryKind::Note(_) => {}
        }
        std::mem::take(&mut self.packets)
    }

    fn open(&mut self) {
        if std::mem::replace(&mut self.opened, true) {
            return;
        }
        let syn = Flags {
            syn: true,
            ..Flags::default()
        };
        self.send(self.dialler, 0, syn, &[]);
        self.next[self.dialler] = 1;
        self.send(other(self.dialler), 0, syn, &[]);
        self.next[other(self.dialler)] = 1;
        self.acknowledge(self.dialler);
    }

    fn say(&mut self, side: Side, offset: u64, recorded: &Recorded) {
        let (length, kept) = over_v1(recorded, self.magic);
        let start = offset.wrapping_add(self.shift[side]);
        self.shift[side] = self.shift[side]
            .wrapping_add(length)
            .wrapping_sub(recorded.size);
        self.open();
        if length == 0 && recorded.size > 0 {
            return;
        }
        let mut at = start;
        for segment in kept.chunks(SEGMENT) {
            self.send(side, sequence(at), Flags::default(), segment);
            at = at.wrapping_add(segment.len() as u64);
        }
        self.next[side] = sequence(start.wrapping_add(length));
        self.acknowledge(other(side));
    }

    fn end(&mut self, end: ConnectionEnd) {
        let side = match end {
            ConnectionEnd::Closed | ConnectionEnd::Reset => TARGETS,
            ConnectionEnd::EndedByUs => OURS,
            ConnectionEnd::Refused => return self.refuse(),
            ConnectionEnd::Open | ConnectionEnd::Unresponsive => return,
        };
        self.open();
        let rst = end == ConnectionEnd::Reset;
        let flags = Flags {
            fin: !rst,
            rst,
            ..Flags::default()
        };
        self.send(side, self.next[side], flags, &[]);
        if !rst {
            self.next[side] = self.next[side].wrapping_add(1);
            self.acknowledge(other(side));
        }
    }

    fn refuse(&mut self) {
        let syn = Flags {
            syn: true,
            ..Flags::default()
        };
        self.send(self.dialler, 0, syn, &[]);
        self.next[self.dialler] = 1;
        let rst = Flags {
            rst: true,
            ..Flags::default()
        };
        self.send(other(self.dialler), 0, rst, &[]);
    }

    fn acknowledge(&mut self, side: Side) {
        self.send(side, self.next[side], Flags::default(), &[]);
    }

    fn send(&mut self, from: Side, number: u32, flags: Flags, payload: &[u8]) {
        let to = other(from);
        let mut packet = PacketBuilder::ipv4(ADDRESSES[from], ADDRESSES[to], 64).tcp(
            self.ports[from],
            self.ports[to],
            number,
            u16::MAX,
        );
        if flags.syn {
            packet = packet.syn();
        }
        if flags.fin {
            packet = packet.fin();
        }
        if flags.rst {
            packet = packet.rst();
        }
        if !payload.is_empty() {
            packet = packet.psh();
        }
        // Every packet except the first one of a connection acknowledges.
        if self.next[to] > 0 {
            packet = packet.ack(self.next[to]);
        }
        let mut bytes = Vec::with_capacity(packet.size(payload.len()));
        // The payload fits into a packet, and writing to a vector does not fail otherwise.
        if packet.write(&mut bytes, payload).is_ok() {
            self.packets.push(bytes);
        }
    }
}

/// Returns the size of a piece of a stream over v1, and those of its bytes that were kept.
fn over_v1(recorded: &Recorded, magic: [u8; 4]) -> (u64, Vec<u8>) {
    match &recorded.kept {
        Kept::Envelope {
            envelope, missing, ..
        } => {
            let bytes = envelope.to_bytes(magic);
            ((bytes.len() + missing) as u64, bytes)
        }
        Kept::Part { bytes, .. } | Kept::Bytes(bytes) => (recorded.size, bytes.clone()),
        Kept::Control(_) => (0, Vec::new()),
    }
}

/// Returns the sequence number of a byte of a stream. It has 32 bits and wraps around.
fn sequence(offset: u64) -> u32 {
    let [b0, b1, b2, b3, ..] = offset.wrapping_add(1).to_le_bytes();
    u32::from_le_bytes([b0, b1, b2, b3])
}
