//! Transcripts as a network capture, for Wireshark: a classic pcap file of IPv4 packets.
//!
//! The bytes and the times are those of the play. What is around them is made up: addresses,
//! sequence numbers and acknowledgements are those of two systems that lose nothing. Bytes that a
//! transcript does not hold are missing in the capture too.
//!
//! Messages that passed over another transport than v1 are written as v1 would have them, since
//! that is what Wireshark reads, and what such a transport sent on its own account is left out.
//!
//! Source of the form: draft-ietf-opsawg-pcap.

use std::collections::BTreeMap;
use std::time::Duration;

use etherparse::PacketBuilder;

use crate::script::model::Role;
use crate::script::player::{ConnectionEnd, Entry, EntryKind, Kept, Recorded, Transcript};

/// What a transcript does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlayedAt {
    /// Which end the target is.
    pub target: Role,
    /// The port of the end that listens. Wireshark may know the protocol by it.
    pub port: u16,
    /// When the play started, since 1970.
    pub start: Duration,
    /// The magic of its network.
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
/// The longest piece of a message in one packet.
const SEGMENT: usize = 16 * 1024;
/// Ours, and the target's.
const ADDRESSES: [[u8; 4]; 2] = [[10, 0, 0, 1], [10, 0, 0, 2]];
/// Where the ports of those who dial begin.
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

    /// The file.
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

/// Which end: ours, or the target's.
type Side = usize;
const OURS: Side = 0;
const TARGETS: Side = 1;

const fn other(side: Side) -> Side {
    1 - side
}

/// A connection as it is made up.
struct Wire {
    dialler: Side,
    ports: [u16; 2],
    opened: bool,
    magic: [u8; 4],
    /// The number of the next byte of each side; the SYN has 0.
    next: [u32; 2],
    /// By how much the offsets of each side change because it is written as v1.
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

    /// The packets that an entry makes.
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
        // All but the first packet of a connection acknowledge.
        if self.next[to] > 0 {
            packet = packet.ack(self.next[to]);
        }
        let mut bytes = Vec::with_capacity(packet.size(payload.len()));
        // A segment fits into a packet, and nothing else can go wrong with a vector.
        if packet.write(&mut bytes, payload).is_ok() {
            self.packets.push(bytes);
        }
    }
}

/// How many bytes a piece of a stream has over v1, and those of them that are kept.
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

/// The sequence number of a byte of a stream. It is of 32 bits and starts anew.
fn sequence(offset: u64) -> u32 {
    let [b0, b1, b2, b3, ..] = offset.wrapping_add(1).to_le_bytes();
    u32::from_le_bytes([b0, b1, b2, b3])
}
