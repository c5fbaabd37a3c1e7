//! Messages that came while another was waited for.

use std::collections::VecDeque;

use fake_peer_core::message::{Message, Payload};

/// What a message takes in memory beside its fields' contents, so that empty ones are not free.
const OVERHEAD: usize = size_of::<(Message, usize)>();

/// Messages in the order they came, up to a number of bytes.
#[derive(Debug)]
pub(super) struct Kept {
    messages: VecDeque<(Message, usize)>,
    bytes: usize,
    limit: usize,
}

impl Kept {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            messages: VecDeque::new(),
            bytes: 0,
            limit,
        }
    }

    /// Keeps a message that took `size` bytes on the wire, and forgets the oldest if all of them
    /// take too much.
    pub(super) fn push(&mut self, message: Message, size: usize) {
        let size = size.saturating_add(OVERHEAD);
        self.messages.push_back((message, size));
        self.bytes += size;
        while self.bytes > self.limit
            && let Some(forgotten) = self.pop()
        {
            tracing::debug!(command = %forgotten.command(), "forgot a message: too many are kept");
        }
    }

    /// The oldest.
    pub(super) fn pop(&mut self) -> Option<Message> {
        self.remove(0)
    }

    /// The oldest of one type.
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
    fn the_oldest_goes_first_and_is_forgotten_first() {
        let mut kept = Kept::new(100 + 3 * OVERHEAD);
        for nonce in 0..5 {
            kept.push(Ping { nonce }.into(), 32);
        }
        kept.push(GetAddr {}.into(), 24);
        assert_eq!(kept.take::<Pong>(), None);
        assert_eq!(kept.take::<GetAddr>(), Some(GetAddr {}));
        assert_eq!(kept.pop(), Some(Ping { nonce: 3 }.into()));
        assert_eq!(kept.pop(), Some(Ping { nonce: 4 }.into()));
        assert_eq!((kept.pop(), kept.bytes), (None, 0));
    }

    #[test]
    fn empty_messages_take_room() {
        let limit = 1 << 20;
        let mut kept = Kept::new(limit);
        for _ in 0..100_000 {
            kept.push(GetAddr {}.into(), 24);
        }
        let memory = kept.messages.len() * size_of::<(Message, usize)>();
        assert!(memory <= limit, "{memory}");
        assert!(memory > limit / 2, "{memory}");
    }
}
