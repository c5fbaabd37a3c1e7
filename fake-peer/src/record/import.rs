//! Recordings out of captures.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use super::Side;
use super::log::{Event, Recorded, Recording, event_of};
use crate::decode::{InputError, MarkKind, Record, Records};
use crate::machine::End;

/// Which end of a pair: the one whose address is lower, or the one whose capture it is, has 0.
type Which = usize;

/// What was captured, before it is known who dialled.
struct Passed {
    /// Microseconds since 1970.
    time: u64,
    pair: usize,
    from: Which,
    what: What,
}

enum What {
    Event(Event),
    Opened,
}

/// The connections of a network capture. At most `limit` bytes are kept.
///
/// The dialler is the one that opened the connection; if the capture does not have that, the one
/// that said `version` first.
///
/// # Errors
/// [`InputError`] where the capture cannot be read on.
pub fn network(mut records: Records<'_>, limit: usize) -> Result<Recorded, InputError> {
    let mut pairs = Pairs::default();
    let mut passed = Vec::new();
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
        // What is too much is kept all the same: the recording finds it, and tells.
        left = left.saturating_sub(size);
        let (pair, from) = pairs.place(flow.from, flow.to);
        passed.push(Passed {
            time: time.unwrap_or_default(),
            pair,
            from,
            what: What::Event(event),
        });
    }
    for mark in records.marks() {
        // The capture may hold connections of other protocols, of which nothing else is known.
        let Some((pair, from)) = pairs.find(mark.flow.from, mark.flow.to) else {
            continue;
        };
        let what = match mark.kind {
            MarkKind::Opened => What::Opened,
            MarkKind::Closed => What::Event(Event::Ended(End::Closed)),
            MarkKind::Reset => What::Event(Event::Ended(End::Reset)),
        };
        let time = mark.time;
        passed.push(Passed {
            time,
            pair,
            from,
            what,
        });
    }
    Ok(recorded(passed, limit))
}

/// The one connection of two message captures of Bitcoin Core: what the node sent, and what it
/// received. Either may be missing. At most `limit` bytes are kept.
///
/// The dialler is the one that said `version` first.
///
/// # Errors
/// [`InputError`] where a capture cannot be read on.
pub fn messages(
    sent: Option<Records<'_>>,
    received: Option<Records<'_>>,
    limit: usize,
) -> Result<Recorded, InputError> {
    let mut passed = Vec::new();
    for (from, records) in [sent, received].into_iter().enumerate() {
        // Each may fill the recording: which one does is told by the times.
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
            passed.push(Passed {
                time: time.unwrap_or_default(),
                pair: 0,
                from,
                what: What::Event(event),
            });
        }
    }
    Ok(recorded(passed, limit))
}

/// The pairs of addresses, in the order in which they are first seen.
#[derive(Default)]
struct Pairs(BTreeMap<[SocketAddr; 2], usize>);

impl Pairs {
    fn place(&mut self, from: SocketAddr, to: SocketAddr) -> (usize, Which) {
        let next = self.0.len();
        let pair = *self.0.entry([from.min(to), from.max(to)]).or_insert(next);
        (pair, usize::from(from > to))
    }

    fn find(&self, from: SocketAddr, to: SocketAddr) -> Option<(usize, Which)> {
        let pair = *self.0.get(&[from.min(to), from.max(to)])?;
        Some((pair, usize::from(from > to)))
    }
}

/// Puts what passed into its order.
fn recorded(mut passed: Vec<Passed>, limit: usize) -> Recorded {
    passed.sort_by_key(|passed| passed.time);
    let start = passed.first().map_or(0, |passed| passed.time);
    let diallers = diallers(&passed);
    let mut open: BTreeMap<usize, u32> = BTreeMap::new();
    // A SYN may be there twice.
    let mut silent = BTreeSet::new();
    let mut recording = Recording::new(limit);
    for Passed {
        time,
        pair,
        from,
        what,
    } in passed
    {
        let at = Duration::from_micros(time - start);
        let is_dialler = diallers.get(&pair) == Some(&from);
        let side = if is_dialler {
            Side::Dialler
        } else {
            Side::Listener
        };
        match what {
            What::Opened => {
                if silent.insert(pair) {
                    open.insert(pair, recording.opened(at));
                }
            }
            What::Event(event) => {
                silent.remove(&pair);
                let number = open.entry(pair).or_insert_with(|| recording.opened(at));
                recording.event(at, *number, side, event);
            }
        }
    }
    recording.finish()
}

/// The end of each pair that dialled.
fn diallers(passed: &[Passed]) -> BTreeMap<usize, Which> {
    let says_version = |passed: &Passed| match &passed.what {
        What::Event(Event::Message(envelope)) => envelope.command.starts_with(b"version\0"),
        _ => false,
    };
    let opens = |passed: &Passed| matches!(passed.what, What::Opened);
    let mut diallers = BTreeMap::new();
    let rules: [&dyn Fn(&Passed) -> bool; 3] = [&opens, &says_version, &|_| true];
    for rule in rules {
        for passed in passed.iter().filter(|passed| rule(passed)) {
            diallers.entry(passed.pair).or_insert(passed.from);
        }
    }
    diallers
}
