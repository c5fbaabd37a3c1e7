//! Network captures: the files of tcpdump and Wireshark.

use std::io::Read;

use fake_peer_core::wire::Rules;
use pcap_parser::traits::{PcapNGPacketBlock, PcapReaderIterator};
use pcap_parser::{Block, InterfaceDescriptionBlock, PcapBlockOwned};

use super::connections::{Connections, Mark, MarkKind};
use super::error::InputError;
use super::magic::Magic;
use super::packet::Link;
use super::record::Record;
use super::tcp::Segment;
use super::{READ_SIZE, Source};

/// The largest block of a file. Packets are smaller; only a damaged file needs more.
const MAX_BLOCK: usize = 16 * 1024 * 1024;
/// The most interfaces of one section of a file.
const MAX_INTERFACES: usize = 4096;

/// A network capture cannot be read, or not to the end. Everything before the error has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PcapError {
    /// The file is neither pcap nor pcapng.
    #[error("not a network capture: neither pcap nor pcapng")]
    NotPcap,
    /// The file ends inside a block.
    #[error("the network capture is truncated in the block at byte {offset}")]
    CutOff {
        /// The offset of the block in the file.
        offset: u64,
    },
    /// A block that does not parse, or that is too large.
    #[error("the network capture is damaged at byte {offset}")]
    Damaged {
        /// The offset of the block in the file.
        offset: u64,
    },
    /// Reading failed.
    #[error("the network capture cannot be read beyond byte {offset}")]
    Read {
        /// The offset in the file of the block that was being read.
        offset: u64,
    },
}

/// Counts of the contents of a network capture that are not messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ignored {
    /// Packets without a TCP segment or with an unknown link type, and fragments.
    pub packets: u64,
    /// Directions of TCP connections in which no envelope was found.
    pub directions: u64,
    /// The bytes that were sent in these directions.
    pub bytes: u64,
    /// Segments of the other directions with bytes from before the first segment seen: sent
    /// earlier and captured later, or from an older connection between the same ports.
    pub early: u64,
}

/// The number of bytes before the first packet or interface of a file, according to its first
/// bytes. The reader needs all of them at once.
///
/// Source: draft-ietf-opsawg-pcap, section 4; draft-ietf-opsawg-pcapng, section 4.1.
pub(super) fn header_size(start: &[u8]) -> usize {
    const PCAP: usize = 24;
    let field = |at: usize| start.get(at..)?.first_chunk::<4>().copied();
    let length = match (field(0), field(4), field(8)) {
        (Some([0x0a, 0x0d, 0x0d, 0x0a]), Some(length), Some([0x4d, 0x3c, 0x2b, 0x1a])) => {
            u32::from_le_bytes(length)
        }
        (Some([0x0a, 0x0d, 0x0d, 0x0a]), Some(length), _) => u32::from_be_bytes(length),
        _ => return PCAP,
    };
    (length as usize).clamp(PCAP, READ_SIZE)
}

/// A file, its packets, and the connections that they belong to.
pub(super) struct Pcap<'r> {
    reader: Box<dyn PcapReaderIterator + Send + 'r>,
    /// The largest block that the reader can hold, in bytes.
    capacity: usize,
    offset: u64,
    interfaces: Interfaces,
    connections: Connections,
    other_packets: u64,
    /// Whether the file has been read, to its end or to an error.
    ended: Option<Result<(), PcapError>>,
}

impl<'r> Pcap<'r> {
    pub(super) fn open(
        input: impl Read + Send + 'r,
        magic: Option<Magic>,
        rules: &Rules,
    ) -> Result<Self, PcapError> {
        let capacity = READ_SIZE;
        let reader = pcap_parser::create_reader(capacity, input).map_err(|error| match error {
            pcap_parser::PcapError::Incomplete(_) => PcapError::CutOff { offset: 0 },
            pcap_parser::PcapError::ReadError => PcapError::Read { offset: 0 },
            _ => PcapError::NotPcap,
        })?;
        Ok(Self {
            reader,
            capacity,
            offset: 0,
            interfaces: Interfaces::default(),
            connections: Connections::new(magic, rules),
            other_packets: 0,
            ended: None,
        })
    }

    /// Reads one block, or as much of one as is available.
    fn step(&mut self) -> Result<Progress, PcapError> {
        let offset = self.offset;
        match self.reader.next() {
            Ok((size, block)) => {
                if let Some(packet) = self.interfaces.take(&block) {
                    let connections = &mut self.connections;
                    let is_tcp = packet.give_to(connections);
                    self.other_packets += u64::from(!is_tcp);
                }
                self.reader.consume(size);
                self.offset += size as u64;
                Ok(Progress::More)
            }
            Err(pcap_parser::PcapError::Eof) => Ok(Progress::End),
            Err(pcap_parser::PcapError::UnexpectedEof) => Err(PcapError::CutOff { offset }),
            Err(pcap_parser::PcapError::Incomplete(_)) => self.refill(),
            Err(pcap_parser::PcapError::BufferTooSmall) => self.grow(),
            Err(pcap_parser::PcapError::ReadError) => Err(PcapError::Read { offset }),
            Err(_) => Err(PcapError::Damaged { offset }),
        }
    }

    fn refill(&mut self) -> Result<Progress, PcapError> {
        let before = self.reader.data().len();
        let offset = self.offset;
        self.reader
            .refill()
            .map_err(|_| PcapError::Read { offset })?;
        if self.reader.data().len() == before && !self.reader.reader_exhausted() {
            return self.grow();
        }
        Ok(Progress::More)
    }

    fn grow(&mut self) -> Result<Progress, PcapError> {
        let offset = self.offset;
        self.capacity *= 2;
        if self.capacity > MAX_BLOCK || !self.reader.grow(self.capacity) {
            return Err(PcapError::Damaged { offset });
        }
        self.reader
            .refill()
            .map_err(|_| PcapError::Read { offset })?;
        Ok(Progress::More)
    }
}

enum Progress {
    More,
    End,
}

impl Source for Pcap<'_> {
    fn next_record(&mut self) -> Result<Option<Record>, InputError> {
        loop {
            if let Some(record) = self.connections.next_record() {
                return Ok(Some(record));
            }
            if let Some(ended) = self.ended {
                return ended.map(|()| None).map_err(InputError::from);
            }
            match self.step() {
                Ok(Progress::More) => continue,
                Ok(Progress::End) => self.ended = Some(Ok(())),
                Err(error) => self.ended = Some(Err(error)),
            }
            self.connections.end();
        }
    }

    fn ignored(&self) -> Ignored {
        Ignored {
            packets: self.other_packets,
            ..self.connections.ignored()
        }
    }

    fn marks(&self) -> &[Mark] {
        self.connections.marks()
    }
}

/// A packet, its link layer, and when it was captured in microseconds since 1970.
struct Packet<'a> {
    link: Link,
    bytes: &'a [u8],
    time: u64,
}

impl Packet<'_> {
    /// Returns whether it is TCP.
    fn give_to(&self, connections: &mut Connections) -> bool {
        let Some((flow, tcp)) = self.link.segment(self.bytes) else {
            return false;
        };
        let segment = Segment {
            sequence: tcp.sequence_number(),
            syn: tcp.syn(),
            payload: tcp.payload(),
            time: self.time,
        };
        connections.take(flow, &segment);
        let kind = match (tcp.rst(), tcp.fin(), tcp.syn() && !tcp.ack()) {
            (true, ..) => Some(MarkKind::Reset),
            (_, true, _) => Some(MarkKind::Closed),
            (.., true) => Some(MarkKind::Opened),
            _ => None,
        };
        let time = self.time;
        if let Some(kind) = kind {
            connections.mark(Mark { time, flow, kind });
        }
        true
    }
}

/// The interfaces that the packets of a file were captured on. A pcap file has one interface, a
/// section of a pcapng file any number.
#[derive(Default)]
struct Interfaces(Vec<Interface>);

#[derive(Clone, Copy)]
struct Interface {
    link: Link,
    /// The ticks of its clock in a second.
    resolution: u64,
    /// The seconds to add to its clock.
    offset: i64,
}

impl Interfaces {
    /// Reads a block, and returns the packet in it if there is one.
    fn take<'b>(&mut self, block: &'b PcapBlockOwned<'b>) -> Option<Packet<'b>> {
        match block {
            PcapBlockOwned::LegacyHeader(header) => {
                self.0 = vec![Interface {
                    link: Link::from_number(header.network.0),
                    resolution: if header.is_nanosecond_precision() {
                        1_000_000_000
                    } else {
                        1_000_000
                    },
                    offset: 0,
                }];
                None
            }
            PcapBlockOwned::Legacy(packet) => {
                let interface = self.0.first()?;
                let ticks = u64::from(packet.ts_sec) * interface.resolution;
                let time = interface.time(ticks.saturating_add(packet.ts_usec.into()));
                let (link, bytes) = (interface.link, packet.data);
                Some(Packet { link, bytes, time })
            }
            PcapBlockOwned::NG(block) => self.take_ng(block),
        }
    }

    fn take_ng<'b>(&mut self, block: &'b Block<'b>) -> Option<Packet<'b>> {
        match block {
            Block::SectionHeader(_) => self.0.clear(),
            Block::InterfaceDescription(description) if self.0.len() < MAX_INTERFACES => {
                self.0.push(Interface::of(description));
            }
            Block::EnhancedPacket(packet) => {
                let interface = self.0.get(packet.if_id as usize)?;
                let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                let (link, time) = (interface.link, interface.time(ticks));
                let bytes = packet.packet_data();
                return Some(Packet { link, bytes, time });
            }
            Block::SimplePacket(packet) => {
                let link = self.0.first()?.link;
                let bytes = packet.packet_data();
                return Some(Packet {
                    link,
                    bytes,
                    time: 0,
                });
            }
            _ => {}
        }
        None
    }
}

impl Interface {
    fn of(description: &InterfaceDescriptionBlock<'_>) -> Self {
        Self {
            link: Link::from_number(description.linktype.0),
            resolution: description.ts_resolution().unwrap_or(1_000_000),
            offset: description.ts_offset(),
        }
    }

    /// The time of a tick in microseconds since 1970; 0 if it is out of range.
    fn time(&self, ticks: u64) -> u64 {
        let since = u128::from(ticks) * 1_000_000 / u128::from(self.resolution.max(1));
        let micros = i128::try_from(since).unwrap_or(0) + i128::from(self.offset) * 1_000_000;
        u64::try_from(micros).unwrap_or(0)
    }
}
