//! What came and was not looked at yet.

use std::collections::VecDeque;
use std::sync::Arc;

use fake_peer_core::Message;
use fake_peer_core::wire::Command;

/// What came on a connection and still may be expected, numbered from 0 in the order it came.
///
/// A step that expects something reads on where the last one left off, so that it does not matter
/// whether a message came before the step began or after.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    items: VecDeque<Incoming>,
    /// The number of the first that is still there.
    first: u64,
    /// The number of the first that a silence is about.
    quiet_from: u64,
    weight: usize,
    /// Whether something had to be passed over because it was too much.
    pub(super) overflowed: bool,
}

/// Something that came.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) body: Body,
    /// Roughly the bytes it takes.
    pub(super) weight: usize,
}

#[derive(Debug)]
pub(super) enum Body {
    Message(Arc<Message>),
    /// An envelope that lies, or a payload that does not parse.
    Bad(Option<Command>),
    /// A pong that a barrier has taken.
    Taken,
}

impl Incoming {
    /// What the smallest message takes.
    pub(super) const OVERHEAD: usize = 128;

    pub(super) fn command(&self) -> Option<Command> {
        match &self.body {
            Body::Message(message) => Some(message.command()),
            Body::Bad(command) => *command,
            Body::Taken => None,
        }
    }
}

impl Inbox {
    /// Takes what came, and gives it its number.
    pub(super) fn push(&mut self, incoming: Incoming) -> u64 {
        let number = self.end();
        self.weight += incoming.weight;
        self.items.push_back(incoming);
        number
    }

    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// The number of the next that will come.
    pub(super) fn end(&self) -> u64 {
        self.first + self.items.len() as u64
    }

    pub(super) fn quiet_from(&self) -> u64 {
        self.quiet_from.max(self.first)
    }

    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    pub(super) fn get(&self, number: u64) -> Option<&Incoming> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.items.get(at)
    }

    /// Those from `number` on.
    pub(super) fn from(&self, number: u64) -> impl Iterator<Item = &Incoming> {
        let skip = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.items.iter().skip(skip)
    }

    /// Passes over all before `number`.
    pub(super) fn pass(&mut self, number: u64) {
        while self.first < number && self.pop() {}
    }

    /// Takes a pong out, and leaves what came before it; a silence is not about that any more.
    pub(super) fn take(&mut self, number: u64) {
        self.quiet_from = number + 1;
        let at = number
            .checked_sub(self.first)
            .and_then(|at| usize::try_from(at).ok());
        if let Some(item) = at.and_then(|at| self.items.get_mut(at)) {
            item.body = Body::Taken;
        }
        while matches!(self.items.front(), Some(item) if matches!(item.body, Body::Taken)) {
            self.pop();
        }
    }

    /// Passes over the oldest until no more than `weight` is left. Tells whether there were any.
    pub(super) fn shed(&mut self, weight: usize) -> bool {
        let before = self.first;
        while self.weight > weight && self.pop() {}
        self.first > before
    }

    fn pop(&mut self) -> bool {
        let item = self.items.pop_front();
        if let Some(item) = &item {
            self.first += 1;
            self.weight -= item.weight;
        }
        item.is_some()
    }
}
