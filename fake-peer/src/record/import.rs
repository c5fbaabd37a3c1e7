//! Importing recordings from captures.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use super::Side;
use super::log::{Event, Recorded, Recording, event_of};
use crate::decode::{InputError, MarkKind, Record, Records};
use crate::machine::End;

/// An end of a pair. 0 is the end with the lower address, or the node that made the captures.
type PairEnd = usize;

/// A captured event, before it is known which end dialled.
struct Captured {
    /// Microseconds since 1970.
    time: u64,
    pair: usize,
    from: PairEnd,
    event: CapturedEvent,
}

enum CapturedEvent {
    /// `from` opened the connection.
    Opened,
    Event(Event),
}

/// Reads the connections of a network capture. Keeps at most `limit` bytes.
///
/// The dialler is the end that opened the connection, or, if the capture does not show that, the
/// end that sent `version` first.
///
/// # Errors
/// [`InputError`] if the capture cannot be read.
pub fn network(mut records: Records<'_>, limit: usize) -> Result<Recorded, InputError> {
    let mut pairs = Pairs::default();
    let mut captured = Vec::new();
    let mut left = limit;
    while left > 0
        && let Some(record) = records.next()
    {
        let Record {
            time, flow, piece, ..
        } = record?;
        let (Some(flow), Some((size, event))) = (flow, event_of(piece)) else {
            continue;
        };
        // The event that exceeds the limit is kept, so that the recording reports it.
        left = left.saturating_sub(size);
        let (pair, from) = pairs.place(flow.from, flow.to);
        captured.push(Captured {
            time: time.unwrap_or_default(),
            pair,
            from,
            event: CapturedEvent::Event(event),
        });
    }
    for mark in records.marks() {
        // The capture may hold connections of other protocols, which have no messages.
        let Some((pair, from)) = pairs.find(mark.flow.from, mark.flow.to) else {
            continue;
        };
        let event = match mark.kind {
            MarkKind::Opened => CapturedEvent::Opened,
            MarkKind::Closed => CapturedEvent::Event(Event::Ended(End::Closed)),
            MarkKind::Reset => CapturedEvent::Event(Event::Ended(End::Reset)),
        };
        captured.push(Captured {
            time: mark.time,
            pair,
            from,
            event,
        });
    }
    Ok(recorded(captured, limit))
}

/// Reads the one connection in two message captures of Bitcoin Core: the messages that the node
/// sent and those that it received. Either capture may be missing. Keeps at most `limit` bytes.
///
/// The dialler is the end that sent `version` first.
///
/// # Errors
/// [`InputError`] if a capture cannot be read.
pub fn messages(
    sent: Option<Records<'_>>,
    received: Option<Records<'_>>,
    limit: usize,
) -> Result<Recorded, InputError> {
    let mut captured = Vec::new();
    for (from, records) in [sent, received].into_iter().enumerate() {
        // Each may fill the recording alone, depending on the times of the messages.
        let mut left = limit;
        let mut records = records.into_iter().flatten();
        while left > 0
            && let Some(record) = records.next()
        {
            let Record { time, piece, .. } = record?;
            let Some((size, event)) = event_of(piece) else {
                continue;
            };
            left = left.saturating_sub(size);
            captured.push(Captured {
                time: time.unwrap_or_default(),
                pair: 0,
                from,
                event: CapturedEvent::Event(event),
            });
        }
    }
    Ok(recorded(captured, limit))
}

/// The pairs of addresses, in the order in which they are first seen.
#[derive(Default)]
struct Pairs(BTreeMap<[SocketAddr; 2], usize>);

impl Pairs {
    fn place(&mut self, from: SocketAddr, to: SocketAddr) -> (usize, PairEnd) {
        let next = self.0.len();
        let pair = *self.0.entry([from.min(to), from.max(to)]).or_insert(next);
        (pair, usize::from(from > to))
    }

    fn find(&self, from: SocketAddr, to: SocketAddr) -> Option<(usize, PairEnd)> {
        let pair = *self.0.get(&[from.min(to), from.max(to)])?;
        Some((pair, usize::from(from > to)))
    }
}

/// Records the events in the order of their times.
fn recorded(mut captured: Vec<Captured>, limit: usize) -> Recorded {
    captured.sort_by_key(|captured| captured.time);
    let start = captured.first().map_or(0, |captured| captured.time);
    let diallers = diallers(&captured);
    let mut open: BTreeMap<usize, u32> = BTreeMap::new();
    // Pairs that have sent nothing since their SYN, which the capture may show twice.
    let mut silent = BTreeSet::new();
    let mut recording = Recording::new(limit);
    for Captured {
        time,
        pair,
        from,
        event,
    } in captured
    {
        let at = Duration::from_micros(time - start);
        let is_dialler = diallers.get(&pair) == Some(&from);
        let side = if is_dialler {
            Side::Dialler
        } else {
            Side::Listener
        };
        match event {
            CapturedEvent::Opened => {
                if silent.insert(pair) {
                    open.insert(pair, recording.opened(at));
                }
            }
            CapturedEvent::Event(event) => {
                silent.remove(&pair);
                let number = open.entry(pair).or_insert_with(|| recording.opened(at));
                recording.event(at, *number, side, event);
            }
        }
    }
    recording.finish()
}

/// Returns the end of each pair that dialled.
fn diallers(captured: &[Captured]) -> BTreeMap<usize, PairEnd> {
    let sends_version = |captured: &Captured| match &captured.event {
        CapturedEvent::Event(Event::Message(envelope)) => {
            envelope.command.starts_with(b"version\0")
        }
        CapturedEvent::Event(Event::Opened | Event::Other(_) | Event::Ended(_))
        | CapturedEvent::Opened => false,
    };
    let opens = |captured: &Captured| matches!(captured.event, CapturedEvent::Opened);
    let mut diallers = BTreeMap::new();
    let rules: [&dyn Fn(&Captured) -> bool; 3] = [&opens, &sends_version, &|_| true];
    for rule in rules {
        for captured in captured.iter().filter(|captured| rule(captured)) {
            diallers.entry(captured.pair).or_insert(captured.from);
        }
    }
    diallers
}
