//! The events of a recording, in the order in which they happened.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use fake_peer_core::wire::{RawEnvelope, Rules};

use super::Side;
use crate::decode::{Magic, Piece, ResyncDecoder};
use crate::machine::End;

/// A recording in progress, which turns bytes and their times into entries.
///
/// It holds no more bytes than its limit. Everything after that is dropped, and
/// [`Recorded::stopped_at`] gives the time.
#[derive(Debug)]
pub struct Recording {
    magic: Option<Magic>,
    limit: usize,
    held: usize,
    stopped_at: Option<Duration>,
    connections: u32,
    /// Counts the inputs, so that a message can take the place of its last byte, even if it is
    /// recognised only later.
    count: u64,
    streams: BTreeMap<(u32, Side), Stream>,
    ended: BTreeSet<(u32, Side)>,
    entries: Vec<(u64, Entry)>,
}

/// A recording that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The events, in order.
    pub entries: Vec<Entry>,
    /// The time since the start at which the limit was reached. Later events are not recorded.
    pub stopped_at: Option<Duration>,
}

/// An event on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The time since the start. For a message, the time of its last byte.
    pub at: Duration,
    /// The number of the connection, from 0.
    pub connection: u32,
    /// The end that caused the event.
    pub from: Side,
    /// The event.
    pub event: Event,
}

/// The kinds of events on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The connection was opened.
    Opened,
    /// A message was sent. Its envelope may be invalid.
    Message(RawEnvelope),
    /// Bytes were sent in which no envelope starts, or an incomplete envelope, split as they
    /// arrived.
    Other(Vec<u8>),
    /// The end closed or reset its direction.
    Ended(End),
}

/// One direction of a connection.
#[derive(Debug)]
struct Stream {
    decoder: ResyncDecoder,
    /// The number of bytes so far.
    length: u64,
    /// The chunks in which the bytes arrived, from the first that is still needed on.
    arrivals: VecDeque<Arrival>,
}

/// A chunk of a stream.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    /// The offset of the first byte after it.
    end: u64,
    /// The [`Recording::count`] when it arrived.
    count: u64,
    at: Duration,
}

impl Recording {
    /// Creates an empty recording that holds at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            magic: None,
            limit,
            held: 0,
            stopped_at: None,
            connections: 0,
            count: 0,
            streams: BTreeMap::new(),
            ended: BTreeSet::new(),
            entries: Vec::new(),
        }
    }

    /// Sets the magic of the messages of connections to come. By default, it is that of any built-in
    /// network.
    pub fn set_magic(&mut self, magic: Magic) {
        self.magic = Some(magic);
    }

    /// Records that a connection was opened, and returns its number.
    pub fn opened(&mut self, at: Duration) -> u32 {
        let number = self.connections;
        self.connections += 1;
        self.add(at, number, Side::Dialler, Event::Opened);
        number
    }

    /// Records bytes, which may be split anywhere.
    pub fn bytes(&mut self, at: Duration, connection: u32, from: Side, bytes: &[u8]) {
        if bytes.is_empty() || !self.has_room(at, bytes.len()) {
            return;
        }
        self.count += 1;
        let stream = self.streams.entry((connection, from));
        let stream = stream.or_insert_with(|| Stream::new(self.magic));
        let ready = stream.take(bytes, self.count, at);
        self.add_ready(connection, from, ready);
    }

    /// Records an event that was decoded before.
    pub fn event(&mut self, at: Duration, connection: u32, from: Side, event: Event) {
        let size = match &event {
            Event::Message(envelope) => RawEnvelope::V1_HEADER_SIZE + envelope.payload.len(),
            Event::Other(bytes) => bytes.len(),
            Event::Opened => 0,
            Event::Ended(end) => return self.ended(at, connection, from, *end),
        };
        if self.has_room(at, size) {
            self.add(at, connection, from, event);
        }
    }

    /// Records that one end ended its direction of a connection. Later ends are ignored.
    pub fn ended(&mut self, at: Duration, connection: u32, from: Side, end: End) {
        self.flush(connection, from);
        if self.ended.insert((connection, from)) {
            self.add(at, connection, from, Event::Ended(end));
        }
    }

    /// Returns whether the limit is reached, so that nothing more is recorded.
    pub fn is_full(&self) -> bool {
        self.stopped_at.is_some()
    }

    /// Ends the recording.
    pub fn finish(mut self) -> Recorded {
        let open: Vec<_> = self.streams.keys().copied().collect();
        for (connection, from) in open {
            self.flush(connection, from);
        }
        // Only the end shows that an envelope is incomplete.
        self.entries.sort_by_key(|(count, _)| *count);
        Recorded {
            entries: self.entries.into_iter().map(|(_, entry)| entry).collect(),
            stopped_at: self.stopped_at,
        }
    }

    fn flush(&mut self, connection: u32, from: Side) {
        if let Some(mut stream) = self.streams.remove(&(connection, from)) {
            let ready = stream.end();
            self.add_ready(connection, from, ready);
        }
    }

    /// Reserves room for `size` bytes, and returns whether there was any. Once the limit is
    /// reached, nothing fits any more, however small.
    fn has_room(&mut self, at: Duration, size: usize) -> bool {
        /// The bytes that an entry takes in addition to its contents, so that empty messages
        /// count.
        const OVERHEAD: usize = size_of::<(u64, Entry)>();
        self.held = self.held.saturating_add(size).saturating_add(OVERHEAD);
        if self.held > self.limit {
            self.stopped_at.get_or_insert(at);
        }
        self.stopped_at.is_none()
    }

    fn add(&mut self, at: Duration, connection: u32, from: Side, event: Event) {
        if self.is_full() {
            return;
        }
        self.count += 1;
        let entry = Entry {
            at,
            connection,
            from,
            event,
        };
        self.entries.push((self.count, entry));
    }

    fn add_ready(&mut self, connection: u32, from: Side, ready: Vec<(Arrival, Event)>) {
        let entries = ready.into_iter().map(|(arrival, event)| {
            let at = arrival.at;
            let entry = Entry {
                at,
                connection,
                from,
                event,
            };
            (arrival.count, entry)
        });
        self.entries.extend(entries);
    }
}

impl Stream {
    fn new(magic: Option<Magic>) -> Self {
        Self {
            decoder: ResyncDecoder::new(magic, &Rules::default()),
            length: 0,
            arrivals: VecDeque::new(),
        }
    }

    fn take(&mut self, bytes: &[u8], count: u64, at: Duration) -> Vec<(Arrival, Event)> {
        self.length += bytes.len() as u64;
        let end = self.length;
        self.arrivals.push_back(Arrival { end, count, at });
        self.decoder.push(bytes);
        self.ready()
    }

    fn end(&mut self) -> Vec<(Arrival, Event)> {
        self.decoder.end();
        self.ready()
    }

    fn ready(&mut self) -> Vec<(Arrival, Event)> {
        let mut ready = Vec::new();
        while let Some((offset, piece)) = self.decoder.next_piece() {
            match event_of(piece) {
                Some((_, Event::Other(bytes))) => self.split(offset, &bytes, &mut ready),
                Some((size, event)) => {
                    let arrival = self.arrival_of(offset + size as u64);
                    ready.extend(arrival.map(|arrival| (arrival, event)));
                }
                None => {}
            }
        }
        ready
    }

    /// Splits bytes that are not a message into the chunks in which they arrived.
    fn split(&mut self, mut offset: u64, mut bytes: &[u8], ready: &mut Vec<(Arrival, Event)>) {
        while !bytes.is_empty()
            && let Some(arrival) = self.arrival_of(offset + 1)
        {
            let size = usize::try_from(arrival.end - offset).unwrap_or(usize::MAX);
            let (first, rest) = bytes.split_at(size.min(bytes.len()));
            ready.push((arrival, Event::Other(first.to_vec())));
            offset += first.len() as u64;
            bytes = rest;
        }
    }

    /// Returns the chunk with the byte before the offset `end`, and forgets the chunks before it.
    fn arrival_of(&mut self, end: u64) -> Option<Arrival> {
        while self.arrivals.front().is_some_and(|first| first.end < end) {
            self.arrivals.pop_front();
        }
        self.arrivals.front().copied()
    }
}

/// Converts a piece of a stream into an event and its size in bytes.
pub(super) fn event_of(piece: Piece) -> Option<(usize, Event)> {
    match piece {
        Piece::Message { envelope, .. } => {
            let size = RawEnvelope::V1_HEADER_SIZE + envelope.payload.len();
            Some((size, Event::Message(envelope)))
        }
        Piece::Skipped { bytes, .. } => Some((bytes.len(), Event::Other(bytes))),
        Piece::Missing { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use fake_peer_core::Network;
    use fake_peer_core::message::{Ping, Verack};

    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn events(recorded: &Recorded) -> Vec<String> {
        let show = |entry: &Entry| {
            let event = match &entry.event {
                Event::Opened => "opened".to_owned(),
                Event::Message(envelope) => envelope.command[..4].escape_ascii().to_string(),
                Event::Other(bytes) => bytes.escape_ascii().to_string(),
                Event::Ended(end) => format!("{end:?}"),
            };
            format!("{} {:?} {event}", entry.at.as_millis(), entry.from)
        };
        recorded.entries.iter().map(show).collect()
    }

    fn ping() -> Vec<u8> {
        let ping = fake_peer_core::Message::from(Ping { nonce: 7 });
        ping.to_envelope().to_bytes(Network::REGTEST.magic)
    }

    #[test]
    fn bytes_without_a_message_take_the_place_of_their_last_byte() {
        let mut recording = Recording::new(1 << 20);
        let connection = recording.opened(at(0));
        let ping = ping();
        recording.bytes(at(1), connection, Side::Dialler, b"GET /");
        recording.bytes(at(2), connection, Side::Listener, &ping[..10]);
        recording.bytes(at(3), connection, Side::Listener, &ping[10..]);
        recording.bytes(at(4), connection, Side::Dialler, &ping[..30]);
        recording.ended(at(5), connection, Side::Listener, End::Closed);
        recording.ended(at(6), connection, Side::Dialler, End::Reset);
        let recorded = recording.finish();
        let start = ping[..30].escape_ascii().to_string();
        assert_eq!(
            events(&recorded),
            [
                "0 Dialler opened",
                "1 Dialler GET /",
                "3 Listener ping",
                &format!("4 Dialler {start}"),
                "5 Listener Closed",
                "6 Dialler Reset"
            ]
        );
    }

    #[test]
    fn any_split_of_the_bytes_gives_the_same_messages() {
        let verack = fake_peer_core::Message::from(Verack {});
        let verack = verack.to_envelope().to_bytes(Network::REGTEST.magic);
        let bytes = [ping(), verack, ping()].concat();
        let record = |size: usize| {
            let mut recording = Recording::new(1 << 20);
            let connection = recording.opened(at(0));
            for chunk in bytes.chunks(size) {
                recording.bytes(at(1), connection, Side::Dialler, chunk);
            }
            recording.finish()
        };
        let whole = record(bytes.len());
        assert_eq!(whole.entries.len(), 4);
        for size in 1..40 {
            assert_eq!(record(size), whole, "in pieces of {size}");
        }
    }

    #[test]
    fn over_the_limit_it_stops_for_good() {
        let mut recording = Recording::new(1000);
        let connection = recording.opened(at(0));
        recording.bytes(at(1), connection, Side::Dialler, &ping());
        assert!(!recording.is_full());
        recording.bytes(at(2), connection, Side::Dialler, &[0; 2000]);
        recording.bytes(at(3), connection, Side::Dialler, &ping());
        assert!(recording.is_full());
        let recorded = recording.finish();
        assert_eq!(recorded.stopped_at, Some(at(2)));
        assert_eq!(events(&recorded), ["0 Dialler opened", "1 Dialler ping"]);
    }
}
