//! A node whose ledger is looked at whenever something happened.

use std::time::Duration;

use fake_peer::machine::{Action, Input, Machine};
use fake_peer::node::Node;

/// What the node may hold before anyone said a word.
const FREE: u64 = 1 << 12;

/// What it may hold for each byte that came. The worst known: a transaction of 65 bytes, whose
/// hash costs 150 on each connection that it is told on.
const PER_BYTE: u64 = 64;

#[derive(Debug)]
pub(super) struct Metered {
    pub(super) node: Node,
    heard: u64,
    /// What it held when that was too much, and what it had heard until then.
    pub(super) excess: Option<(u64, u64)>,
}

impl Metered {
    pub(super) fn new(node: Node) -> Self {
        Self {
            node,
            heard: 0,
            excess: None,
        }
    }
}

impl Machine for Metered {
    fn handle(&mut self, input: Input<'_>, now: Duration) {
        if let Input::Bytes(_, bytes) = input {
            self.heard += bytes.len() as u64;
        }
        self.node.handle(input, now);
        let held = self.node.held();
        if held > FREE + PER_BYTE * self.heard {
            self.excess.get_or_insert((held, self.heard));
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
