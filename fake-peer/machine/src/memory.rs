//! A driver that connects two machines in memory and in virtual time, without sockets or waiting.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use fake_peer_core::wire::Bytes;

use crate::{Action, ConnId, End, Input, Machine};

/// How long bytes are in transit. It is not zero, so that two machines that answer each other
/// endlessly reach their time limits.
pub const LATENCY: Duration = Duration::from_micros(50);

/// The most bytes that may wait to be read by a machine on one connection. While there are more,
/// the machine that sent them receives nothing on that connection, like a process that is blocked
/// in a write over TCP.
const WINDOW: usize = 1 << 20;

/// Runs two machines against each other until one has finished, or until nothing is left to happen.
/// Returns the virtual time that has passed.
///
/// The run is deterministic: the same machines do the same things at the same times.
pub fn run(ours: &mut dyn Machine, theirs: &mut dyn Machine) -> Duration {
    Link {
        machines: [ours, theirs],
        dead: [false; 2],
        wires: BTreeMap::new(),
        ids: BTreeMap::new(),
        accepted: 0,
        now: Duration::ZERO,
    }
    .run()
}

/// The index of one of the two machines.
type Side = usize;

const fn other(side: Side) -> Side {
    1 - side
}

struct Link<'a> {
    machines: [&'a mut dyn Machine; 2],
    dead: [bool; 2],
    wires: BTreeMap<u32, Wire>,
    /// The number of the wire of each connection, by the machine and its identifier for the
    /// connection.
    ids: BTreeMap<(Side, ConnId), u32>,
    accepted: u32,
    now: Duration,
}

/// A connection, with what is in transit to each side.
struct Wire {
    ids: [ConnId; 2],
    ends: [Inbox; 2],
}

struct Inbox {
    items: VecDeque<(Duration, Item)>,
    bytes: usize,
    reading: bool,
    /// Whether the machine has ended the connection, and receives nothing more on it.
    gone: bool,
}

enum Item {
    Opened,
    Bytes(Bytes),
    Ended(End),
}

/// The next event.
enum Next {
    Arrival(u32, Side),
    Tick(Side),
}

impl Link<'_> {
    fn run(mut self) -> Duration {
        loop {
            self.take_actions();
            if self.machines.iter().any(|machine| machine.is_over()) {
                return self.now;
            }
            let Some((at, next)) = self.next() else {
                return self.now;
            };
            self.now = self.now.max(at);
            match next {
                Next::Arrival(wire, side) => self.arrive(wire, side),
                Next::Tick(side) => self.hand(side, Input::Tick),
            }
        }
    }

    fn take_actions(&mut self) {
        for side in [0, 1] {
            while let Some(action) = self.machines[side].next_action() {
                if !self.dead[side] {
                    self.act(side, action);
                }
            }
        }
    }

    /// Returns the earliest event. An arrival comes before a deadline at the same time, so that it
    /// is not late.
    fn next(&self) -> Option<(Duration, Next)> {
        let arrivals = self.wires.iter().flat_map(|(wire, ends)| {
            let at = |side| ends.next_arrival(side).map(|at| (at, *wire, side));
            [at(0), at(1)].into_iter().flatten()
        });
        let arrival = arrivals.min();
        let deadline = |side: Side| Some((self.machines[side].deadline()?, side));
        let ticks = [0, 1].into_iter().filter(|side| !self.dead[*side]);
        let tick = ticks.filter_map(deadline).min();
        match (arrival, tick) {
            (Some((at, wire, side)), tick) if tick.is_none_or(|(due, _)| at <= due) => {
                Some((at, Next::Arrival(wire, side)))
            }
            // A machine that does not move its deadline must not stop the clock.
            (_, Some((due, side))) => {
                let due = due.max(self.now + Duration::from_nanos(1));
                Some((due, Next::Tick(side)))
            }
            _ => None,
        }
    }

    fn arrive(&mut self, number: u32, side: Side) {
        let Some(wire) = self.wires.get_mut(&number) else {
            return;
        };
        let id = wire.ids[side];
        match wire.ends[side].pop() {
            Some(Item::Opened) => self.hand(side, Input::Opened(id)),
            Some(Item::Bytes(bytes)) => self.hand(side, Input::Bytes(id, &bytes)),
            Some(Item::Ended(end)) => self.hand(side, Input::Ended(id, end)),
            None => {}
        }
    }

    fn hand(&mut self, side: Side, input: Input<'_>) {
        if !self.dead[side] {
            self.machines[side].handle(input, self.now);
        }
    }

    fn act(&mut self, side: Side, action: Action) {
        match action {
            Action::Open(id) if self.dead[other(side)] => self.hand(side, Input::Refused(id)),
            Action::Open(id) => self.open(side, id),
            Action::Write(id, bytes) => self.put(side, id, Item::Bytes(bytes)),
            Action::HalfClose(id) => self.put(side, id, Item::Ended(End::Closed)),
            Action::Close(id) => self.end(side, id, End::Closed),
            Action::Reset(id) => self.end(side, id, End::Reset),
            Action::Reading(id, reading) => {
                if let Some(inbox) = self.inbox(side, id) {
                    inbox.reading = reading;
                }
            }
            Action::Die => self.die(side),
        }
    }

    fn open(&mut self, side: Side, id: ConnId) {
        let theirs = ConnId::Accepted(self.accepted);
        self.accepted += 1;
        let ids = if side == 0 {
            [id, theirs]
        } else {
            [theirs, id]
        };
        for (side, id) in ids.into_iter().enumerate() {
            self.ids.insert((side, id), self.accepted);
        }
        let opened = || Inbox::new(self.now + LATENCY);
        let ends = [opened(), opened()];
        self.wires.insert(self.accepted, Wire { ids, ends });
    }

    fn inbox(&mut self, side: Side, id: ConnId) -> Option<&mut Inbox> {
        let wire = self.wires.get_mut(self.ids.get(&(side, id))?)?;
        Some(&mut wire.ends[side])
    }

    /// Sends something to the other side.
    fn put(&mut self, side: Side, id: ConnId, item: Item) {
        let at = self.now + LATENCY;
        let Some(wire) = self.ids.get(&(side, id)) else {
            return;
        };
        if let Some(wire) = self.wires.get_mut(wire)
            && !wire.ends[side].gone
        {
            wire.ends[other(side)].push(at, item);
        }
    }

    /// Ends a connection for one side, which receives nothing more on it.
    fn end(&mut self, side: Side, id: ConnId, end: End) {
        self.put(side, id, Item::Ended(end));
        let Some(&number) = self.ids.get(&(side, id)) else {
            return;
        };
        let Some(wire) = self.wires.get_mut(&number) else {
            return;
        };
        wire.ends[side].leave();
        if wire.ends.iter().all(|inbox| inbox.gone) {
            for (side, id) in wire.ids.into_iter().enumerate() {
                self.ids.remove(&(side, id));
            }
            self.wires.remove(&number);
        }
    }

    fn die(&mut self, side: Side) {
        let ids: Vec<ConnId> = self.wires.values().map(|wire| wire.ids[side]).collect();
        for id in ids {
            self.end(side, id, End::Closed);
        }
        self.dead[side] = true;
    }
}

impl Wire {
    /// Returns when the next item reaches `side`. `None`: there is none, `side` is not reading, or
    /// the other side has too many bytes of `side` left to read.
    fn next_arrival(&self, side: Side) -> Option<Duration> {
        let inbox = &self.ends[side];
        let (at, item) = inbox.items.front()?;
        let held = !inbox.reading || self.ends[other(side)].bytes > WINDOW;
        let held = held && matches!(item, Item::Bytes(_) | Item::Ended(End::Closed));
        (!inbox.gone && !held).then_some(*at)
    }
}

impl Inbox {
    fn new(opened: Duration) -> Self {
        Self {
            items: VecDeque::from([(opened, Item::Opened)]),
            bytes: 0,
            reading: true,
            gone: false,
        }
    }

    fn push(&mut self, at: Duration, item: Item) {
        if self.gone {
            return;
        }
        if let Item::Bytes(bytes) = &item {
            self.bytes += bytes.len();
        }
        self.items.push_back((at, item));
    }

    fn pop(&mut self) -> Option<Item> {
        let (_, item) = self.items.pop_front()?;
        if let Item::Bytes(bytes) = &item {
            self.bytes -= bytes.len();
        }
        Some(item)
    }

    fn leave(&mut self) {
        self.gone = true;
        self.items.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests;
