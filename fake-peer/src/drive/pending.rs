//! Messages that arrived while another one was expected.

use std::collections::VecDeque;

use fake_peer_core::message::{Message, Payload};

/// The bytes that a message takes in addition to the contents of its fields, so that empty messages
/// count.
const OVERHEAD: usize = size_of::<(Message, usize)>();

/// Messages in the order of arrival, up to a limit in bytes.
#[derive(Debug)]
pub(super) struct Pending {
    messages: VecDeque<(Message, usize)>,
    bytes: usize,
    limit: usize,
}

impl Pending {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            messages: VecDeque::new(),
            bytes: 0,
            limit,
        }
    }

    /// Adds a message that took `size` bytes on the wire. If the messages take more than the limit,
    /// the oldest are dropped.
    pub(super) fn push(&mut self, message: Message, size: usize) {
        let size = size.saturating_add(OVERHEAD);
        self.messages.push_back((message, size));
        self.bytes += size;
        while self.bytes > self.limit
            && let Some(dropped) = self.pop()
        {
            tracing::debug!(command = %dropped.command(), "dropped a message: too many are pending");
        }
    }

    /// Removes and returns the oldest message.
    pub(super) fn pop(&mut self) -> Option<Message> {
        self.remove(0)
    }

    /// Removes and returns the oldest message of one type.
    pub(super) fn take<P: Payload>(&mut self) -> Option<P> {
        let at = self
            .messages
            .iter()
            .position(|(message, _)| message.command() == P::COMMAND)?;
        P::from_message(self.remove(at)?)
    }

    fn remove(&mut self, at: usize) -> Option<Message> {
        let (message, size) = self.messages.remove(at)?;
        self.bytes -= size;
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use fake_peer_core::message::{GetAddr, Ping, Pong};

    use super::*;

    #[test]
    fn the_oldest_is_returned_first_and_dropped_first() {
        let mut pending = Pending::new(100 + 3 * OVERHEAD);
        for nonce in 0..5 {
            pending.push(Ping { nonce }.into(), 32);
        }
        pending.push(GetAddr {}.into(), 24);
        assert_eq!(pending.take::<Pong>(), None);
        assert_eq!(pending.take::<GetAddr>(), Some(GetAddr {}));
        assert_eq!(pending.pop(), Some(Ping { nonce: 3 }.into()));
        assert_eq!(pending.pop(), Some(Ping { nonce: 4 }.into()));
        assert_eq!((pending.pop(), pending.bytes), (None, 0));
    }

    #[test]
    fn empty_messages_take_room() {
        let limit = 1 << 20;
        let mut pending = Pending::new(limit);
        for _ in 0..100_000 {
            pending.push(GetAddr {}.into(), 24);
        }
        let memory = pending.messages.len() * size_of::<(Message, usize)>();
        assert!(memory <= limit, "{memory}");
        assert!(memory > limit / 2, "{memory}");
    }
}
