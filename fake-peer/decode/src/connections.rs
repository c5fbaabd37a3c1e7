//! The TCP connections of a network capture, and the messages in them.

use std::collections::{HashMap, VecDeque};

use fake_peer_core::wire::Rules;

use super::magic::Magic;
use super::pcap::Ignored;
use super::record::{Flow, Piece, Record};
use super::resync::ResyncDecoder;
use super::tcp::{Chunk, Reassembly, Segment};

/// The most directions that are followed at a time, and the most bytes that wait in all of them
/// together. Above either limit, those that have been silent longest are ended.
const MAX_DIRECTIONS: usize = 4096;
const MAX_WAITING: usize = 256 * 1024 * 1024;
/// The most records of a direction that wait for its first envelope, and the most bytes in them.
const MAX_BEFORE: usize = 64;
const MAX_BEFORE_BYTES: usize = 64 * 1024;

/// The most openings and ends that are reported.
const MAX_MARKS: usize = 64 * 1024;

/// A segment that opens or ends one direction of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// When it was captured, in microseconds since 1970.
    pub time: u64,
    /// Its sender and receiver.
    pub flow: Flow,
    /// Whether it opens or ends the direction, and how.
    pub kind: MarkKind,
}

/// How a segment opens or ends its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// Its sender opens the connection (SYN without ACK).
    Opened,
    /// Its sender sends nothing more (FIN).
    Closed,
    /// Its sender resets the connection (RST).
    Reset,
}

/// Turns segments into records.
pub(super) struct Connections {
    magic: Option<Magic>,
    rules: Rules,
    directions: HashMap<Flow, Direction>,
    /// Counts the segments: the clock of `Direction::last`.
    segments: u64,
    waiting: usize,
    records: VecDeque<Record>,
    ignored: Ignored,
    marks: Vec<Mark>,
}

/// One direction of a connection.
struct Direction {
    tcp: Reassembly,
    decoder: ResyncDecoder,
    /// The number of its last segment.
    last: u64,
    time: u64,
    bytes: u64,
    /// Whether an envelope has been found, so that the direction is known to speak our protocol.
    known: bool,
    /// The records to report once one is found.
    before: VecDeque<Record>,
}

impl Connections {
    pub(super) fn new(magic: Option<Magic>, rules: &Rules) -> Self {
        Self {
            magic,
            rules: rules.clone(),
            directions: HashMap::new(),
            segments: 0,
            waiting: 0,
            records: VecDeque::new(),
            ignored: Ignored::default(),
            marks: Vec::new(),
        }
    }

    pub(super) fn next_record(&mut self) -> Option<Record> {
        self.records.pop_front()
    }

    pub(super) fn ignored(&self) -> Ignored {
        self.ignored
    }

    /// The openings and ends, in the order of the capture: a segment sent twice may appear twice.
    pub(super) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    pub(super) fn mark(&mut self, mark: Mark) {
        if self.marks.len() < MAX_MARKS {
            self.marks.push(mark);
        }
    }

    pub(super) fn take(&mut self, flow: Flow, segment: &Segment<'_>) {
        self.segments += 1;
        let another = |direction: &Direction| direction.tcp.is_another(segment);
        if self.directions.get(&flow).is_some_and(another) {
            self.end_one(flow);
        }
        let direction = self.directions.entry(flow).or_insert_with(|| Direction {
            tcp: Reassembly::new(segment),
            decoder: ResyncDecoder::new(self.magic, &self.rules),
            last: 0,
            time: 0,
            bytes: 0,
            known: false,
            before: VecDeque::new(),
        });
        direction.last = self.segments;
        self.waiting -= direction.waiting();
        let chunks = direction.tcp.take(segment);
        direction.read(flow, chunks, &mut self.records);
        self.waiting += direction.waiting();
        if self.directions.len() > MAX_DIRECTIONS || self.waiting > MAX_WAITING {
            self.end_silent();
        }
    }

    /// Ends every direction, in the order in which they had their last segments.
    pub(super) fn end(&mut self) {
        for flow in self.by_silence() {
            self.end_one(flow);
        }
    }

    /// Ends the quarter of the directions that have been silent longest.
    fn end_silent(&mut self) {
        let flows = self.by_silence();
        let count = flows.len().div_ceil(4);
        for flow in flows.into_iter().take(count) {
            self.end_one(flow);
        }
    }

    fn by_silence(&self) -> Vec<Flow> {
        let mut flows: Vec<_> = self
            .directions
            .iter()
            .map(|(flow, direction)| (direction.last, *flow))
            .collect();
        flows.sort_unstable_by_key(|(last, _)| *last);
        flows.into_iter().map(|(_, flow)| flow).collect()
    }

    fn end_one(&mut self, flow: Flow) {
        let Some(mut direction) = self.directions.remove(&flow) else {
            return;
        };
        self.waiting -= direction.waiting();
        let chunks = direction.tcp.end();
        direction.read(flow, chunks, &mut self.records);
        direction.decoder.end();
        direction.cut(flow, &mut self.records);
        if !direction.known && direction.bytes > 0 {
            self.ignored.directions += 1;
            self.ignored.bytes += direction.bytes;
        }
        if direction.known {
            self.ignored.early += direction.tcp.early();
        }
    }
}

impl Direction {
    fn waiting(&self) -> usize {
        self.tcp.waiting() + self.decoder.waiting() + self.before_bytes()
    }

    fn before_bytes(&self) -> usize {
        let skipped = |record: &Record| match &record.piece {
            Piece::Skipped { bytes, .. } => bytes.len(),
            _ => 0,
        };
        self.before.iter().map(skipped).sum()
    }

    fn read(&mut self, flow: Flow, chunks: Vec<Chunk>, records: &mut VecDeque<Record>) {
        for chunk in chunks {
            match chunk {
                Chunk::Bytes { bytes, time } => {
                    // Segments that came early can be read once the missing ones have come.
                    self.time = self.time.max(time);
                    self.bytes += bytes.len() as u64;
                    self.decoder.push(&bytes);
                    self.cut(flow, records);
                }
                Chunk::Missing(length) => {
                    self.decoder.end();
                    self.cut(flow, records);
                    let offset = self.decoder.jump(length);
                    let hole = self.record(flow, offset, Piece::Missing { length });
                    self.report(hole, records);
                }
            }
        }
    }

    /// Takes the pieces from the bytes that have come.
    fn cut(&mut self, flow: Flow, records: &mut VecDeque<Record>) {
        while let Some((offset, piece)) = self.decoder.next_piece() {
            self.known |= matches!(piece, Piece::Message { .. });
            self.report(self.record(flow, offset, piece), records);
        }
        while self.before.len() > MAX_BEFORE || self.before_bytes() > MAX_BEFORE_BYTES {
            self.before.pop_front();
        }
    }

    /// Reports a record. In a direction without an envelope, which may be of another protocol,
    /// records wait until the first envelope is found.
    fn report(&mut self, record: Record, records: &mut VecDeque<Record>) {
        if self.known {
            records.extend(self.before.drain(..));
            records.push_back(record);
        } else {
            self.before.push_back(record);
        }
    }

    fn record(&self, flow: Flow, offset: u64, piece: Piece) -> Record {
        Record {
            time: Some(self.time),
            flow: Some(flow),
            ..Record::new(offset, piece)
        }
    }
}
