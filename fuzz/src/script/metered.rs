//! A node whose memory accounting is checked after every event.

use std::time::Duration;

use fake_peer::machine::{Action, Input, Machine};
use fake_peer::node::Node;

/// The bytes that the node may hold before it receives anything.
const FREE: u64 = 1 << 12;

/// The bytes that it may hold for each byte received. The worst known case is a transaction of 65
/// bytes, whose hash costs 150 on each connection that it is announced on.
const PER_BYTE: u64 = 64;

#[derive(Debug)]
pub(super) struct Metered {
    pub(super) node: Node,
    received: u64,
    /// The bytes held when they first exceeded the limit, and the bytes received until then.
    pub(super) excess: Option<(u64, u64)>,
}

impl Metered {
    pub(super) fn new(node: Node) -> Self {
        Self {
            node,
            received: 0,
            excess: None,
        }
    }
}

impl Machine for Metered {
    fn handle(&mut self, input: Input<'_>, now: Duration) {
        if let Input::Bytes(_, bytes) = input {
            self.received += bytes.len() as u64;
        }
        self.node.handle(input, now);
        let held = self.node.held();
        if held > FREE + PER_BYTE * self.received {
            self.excess.get_or_insert((held, self.received));
        }
    }

    fn next_action(&mut self) -> Option<Action> {
        self.node.next_action()
    }

    fn deadline(&self) -> Option<Duration> {
        self.node.deadline()
    }

    fn is_over(&self) -> bool {
        self.node.is_over()
    }
}
