//! One direction of a TCP connection, put together from segments in any order.
//!
//! Source: RFC 9293, section 3.4 (sequence numbers).

use std::collections::BTreeMap;

/// The most bytes that wait for missing ones before them; above that, the missing ones count as
/// lost.
const MAX_WAITING: usize = 16 * 1024 * 1024;
/// The most segments that wait for missing bytes before them.
const MAX_SEGMENTS: usize = 16 * 1024;

/// The position of the first byte seen; it leaves room for positions before it.
const START: u64 = 1 << 32;

/// The next part of the direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chunk {
    Bytes {
        bytes: Vec<u8>,
        /// When the segment was captured, in microseconds since 1970.
        time: u64,
    },
    /// This many bytes are not in the capture, or come too late.
    Missing(u64),
}

/// A segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'a> {
    pub(super) sequence: u32,
    pub(super) syn: bool,
    pub(super) payload: &'a [u8],
    pub(super) time: u64,
}

#[derive(Debug)]
pub(super) struct Reassembly {
    /// The sequence number of the first byte.
    first: u32,
    /// `START`, plus the number of bytes that have been returned or given up.
    position: u64,
    /// Segments after a hole, by the position of their first byte.
    waiting: BTreeMap<u64, (Vec<u8>, u64)>,
    waiting_bytes: usize,
    /// The number of segments with bytes from before the first one seen.
    early: u64,
}

impl Reassembly {
    /// Starts with the first segment seen, which may not be the connection's first.
    pub(super) fn new(segment: &Segment<'_>) -> Self {
        Self {
            first: segment.sequence.wrapping_add(u32::from(segment.syn)),
            position: START,
            waiting: BTreeMap::new(),
            waiting_bytes: 0,
            early: 0,
        }
    }

    /// Whether the segment opens another connection between the same ports.
    pub(super) fn is_another(&self, segment: &Segment<'_>) -> bool {
        segment.syn && segment.sequence.wrapping_add(1) != self.first
    }

    /// Adds a segment, and returns the parts that can be read now.
    pub(super) fn take(&mut self, segment: &Segment<'_>) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        self.place(segment);
        self.deliver(&mut chunks);
        while self.waiting_bytes > MAX_WAITING || self.waiting.len() > MAX_SEGMENTS {
            self.give_up(&mut chunks);
        }
        chunks
    }

    /// Returns everything that waits, with the holes in it.
    pub(super) fn end(&mut self) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        while !self.waiting.is_empty() {
            self.give_up(&mut chunks);
        }
        chunks
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting_bytes
    }

    /// The number of segments that came after the first one seen but belong before it, so that
    /// their bytes are lost.
    pub(super) fn early(&self) -> u64 {
        self.early
    }

    /// Inserts a segment, without the bytes that have been returned already.
    fn place(&mut self, segment: &Segment<'_>) {
        let start = segment.sequence.wrapping_add(u32::from(segment.syn));
        let position = self.position_of(start);
        // A single byte right before the next one may be a probe (RFC 9293, section 3.8.4).
        let is_probe = position + 1 == START && segment.payload.len() == 1;
        self.early += u64::from(position < START && !segment.payload.is_empty() && !is_probe);
        let (position, payload) = match self.position.checked_sub(position) {
            Some(old) => {
                let old = usize::try_from(old).unwrap_or(usize::MAX);
                (
                    self.position,
                    segment.payload.get(old..).unwrap_or_default(),
                )
            }
            None => (position, segment.payload),
        };
        let known = self
            .waiting
            .get(&position)
            .map_or(0, |(bytes, _)| bytes.len());
        if payload.len() > known {
            self.waiting_bytes += payload.len() - known;
            self.waiting
                .insert(position, (payload.to_vec(), segment.time));
        }
    }

    /// The position of a sequence number: the one nearest to the current position.
    fn position_of(&self, sequence: u32) -> u64 {
        let [.., p0, p1, p2, p3] = self.position.to_be_bytes();
        let next = self
            .first
            .wrapping_add(u32::from_be_bytes([p0, p1, p2, p3]));
        let distance = sequence.wrapping_sub(next).cast_signed();
        self.position.saturating_add_signed(distance.into())
    }

    fn deliver(&mut self, chunks: &mut Vec<Chunk>) {
        while let Some(entry) = self.waiting.first_entry() {
            let Some(old) = self.position.checked_sub(*entry.key()) else {
                return;
            };
            let (mut bytes, time) = entry.remove();
            self.waiting_bytes -= bytes.len();
            let old = usize::try_from(old).unwrap_or(usize::MAX);
            bytes.drain(..old.min(bytes.len()));
            if !bytes.is_empty() {
                self.position += bytes.len() as u64;
                chunks.push(Chunk::Bytes { bytes, time });
            }
        }
    }

    /// Skips the first hole.
    fn give_up(&mut self, chunks: &mut Vec<Chunk>) {
        if let Some((&start, _)) = self.waiting.first_key_value() {
            chunks.push(Chunk::Missing(start.saturating_sub(self.position)));
            self.position = start;
            self.deliver(chunks);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIRST: u32 = u32::MAX - 5;

    fn segment(at: u32, payload: &[u8]) -> Segment<'_> {
        Segment {
            sequence: FIRST.wrapping_add(at),
            syn: false,
            payload,
            time: 0,
        }
    }

    /// What came out, with the bytes missing as dots.
    fn shown(chunks: &[Chunk]) -> String {
        let show = |chunk: &Chunk| match chunk {
            Chunk::Bytes { bytes, .. } => String::from_utf8_lossy(bytes).into_owned(),
            Chunk::Missing(count) => format!("({count})"),
        };
        chunks.iter().map(show).collect()
    }

    fn run(segments: &[(u32, &str)]) -> String {
        let mut tcp = Reassembly::new(&segment(0, b""));
        let mut chunks = Vec::new();
        for (at, payload) in segments {
            chunks.extend(tcp.take(&segment(*at, payload.as_bytes())));
        }
        chunks.extend(tcp.end());
        shown(&chunks)
    }

    #[test]
    fn segments_in_any_order_give_the_stream() {
        assert_eq!(run(&[(0, "abc"), (3, "def"), (6, "ghi")]), "abcdefghi");
        assert_eq!(run(&[(3, "def"), (6, "ghi"), (0, "abc")]), "abcdefghi");
        assert_eq!(
            run(&[(0, "abc"), (0, "abc"), (1, "bcd"), (4, "e")]),
            "abcde"
        );
        assert_eq!(
            run(&[(2, "cd"), (2, "cdef"), (4, "ef"), (0, "ab")]),
            "abcdef"
        );
        assert_eq!(run(&[(0, "ab"), (4, "ef"), (9, "j")]), "ab(2)ef(3)j");
    }

    #[test]
    fn what_belongs_before_the_first_segment_is_counted() {
        let mut tcp = Reassembly::new(&segment(4, b"ef"));
        let mut chunks = tcp.take(&segment(4, b"ef"));
        chunks.extend(tcp.take(&segment(0, b"ab")));
        chunks.extend(tcp.take(&segment(2, b"")));
        chunks.extend(tcp.take(&segment(3, b".")));
        chunks.extend(tcp.take(&segment(2, b"cdefgh")));
        assert_eq!(shown(&chunks), "efgh");
        assert_eq!(tcp.early(), 2);
    }

    #[test]
    fn a_segment_may_come_again_after_a_whole_message() {
        let mut tcp = Reassembly::new(&segment(0, b""));
        let payload = vec![0; 60_000];
        for at in (1..).step_by(payload.len()).take(100) {
            assert_eq!(tcp.take(&segment(at, &payload)), []);
        }
        let chunks = tcp.take(&segment(0, b"."));
        assert_eq!(chunks.len(), 101);
        assert!(!chunks.contains(&Chunk::Missing(1)));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut tcp = Reassembly::new(&segment(0, b""));
        let payload = vec![0; 64 * 1024];
        let mut missing = 0;
        for at in (1..).step_by(payload.len()).take(512) {
            let chunks = tcp.take(&segment(at, &payload));
            missing += chunks
                .iter()
                .filter(|chunk| **chunk == Chunk::Missing(1))
                .count();
            assert!(tcp.waiting() <= MAX_WAITING);
        }
        assert_eq!(missing, 1);
    }

    proptest! {
        /// Any segments of one text, in any order, that cover it.
        #[test]
        fn any_cover_of_a_text_gives_the_text(
            text in "[a-z]{1,60}",
            cuts in prop::collection::vec((0_usize..60, 1_usize..20), 0..20),
        ) {
            let mut segments: Vec<(u32, &str)> = cuts
                .iter()
                .filter_map(|&(at, size)| {
                    let piece = text.get(at..(at + size).min(text.len()))?;
                    Some((u32::try_from(at).unwrap(), piece))
                })
                .collect();
            segments.push((0, &text));
            prop_assert_eq!(run(&segments), text);
        }

        #[test]
        fn any_segments_do(
            segments in prop::collection::vec((any::<u32>(), any::<bool>(), 0_usize..100), 0..50)
        ) {
            let mut tcp = Reassembly::new(&segment(0, b""));
            for (sequence, syn, size) in segments {
                let payload = vec![0; size];
                tcp.take(&Segment { sequence, syn, payload: &payload, time: 0 });
            }
            tcp.end();
            prop_assert_eq!(tcp.waiting(), 0);
        }
    }
}
