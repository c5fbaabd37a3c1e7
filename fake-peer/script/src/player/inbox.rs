//! Messages that were received and have not been processed yet.

use std::collections::VecDeque;
use std::sync::Arc;

use fake_peer_core::Message;
use fake_peer_core::wire::Command;

/// The messages of a connection that may still be expected, numbered from 0 in the order of
/// arrival.
///
/// A step that expects something continues where the last one stopped, so that it does not matter
/// whether a message arrived before or after the step began.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    items: VecDeque<Incoming>,
    /// The number of the first message that is still in the inbox.
    first: u64,
    /// The number of the first message that can break a silence.
    quiet_from: u64,
    weight: usize,
    /// Whether messages were dropped because too many bytes were waiting.
    pub(super) overflowed: bool,
}

/// A received message.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) body: Body,
    /// The approximate number of bytes that it takes in memory.
    pub(super) weight: usize,
}

#[derive(Debug)]
pub(super) enum Body {
    Message(Arc<Message>),
    /// An invalid envelope, or a payload that cannot be decoded.
    Bad(Option<Command>),
    /// A pong that a barrier has consumed.
    Taken,
}

impl Incoming {
    /// The weight of the smallest message, in bytes.
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
    /// Adds a message, and returns its number.
    pub(super) fn push(&mut self, incoming: Incoming) -> u64 {
        let number = self.end();
        self.weight += incoming.weight;
        self.items.push_back(incoming);
        number
    }

    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// The number of the next message that arrives.
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

    /// The messages from `number` on.
    pub(super) fn from(&self, number: u64) -> impl Iterator<Item = &Incoming> {
        let skip = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.items.iter().skip(skip)
    }

    /// Drops the messages before `number`.
    pub(super) fn drop_before(&mut self, number: u64) {
        while self.first < number && self.pop() {}
    }

    /// Removes a pong, and keeps the messages before it, which can no longer break a silence.
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

    /// Drops the oldest messages until at most `weight` bytes are left. Returns whether it dropped
    /// any.
    pub(super) fn drop_oldest(&mut self, weight: usize) -> bool {
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
