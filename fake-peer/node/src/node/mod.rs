//! The node: one chain, and any number of connections.
//!
//! | file | holds |
//! |---|---|
//! | `mod` | the [`Machine`]: passes each event to its connection, and carries out the result |
//! | `config` | the configuration |
//! | `shared` | the state shared by all connections |
//! | `connection`, `input` | one connection: its state, and the decoding of its bytes |
//! | `turn` | the dispatch of messages to their handlers, and what is due without a message |
//! | `negotiation`, `headers`, `low_work`, `blocks`, `compact`, `download`, `inventory`, `relay`, `addresses`, `filters` | the handlers, by area |
//! | `chain`, `pool`, `addrman` | what the node stores: headers and blocks, transactions, addresses |
//! | `dial`, `accounting` | when to open connections, and how much memory is held |
//!
//! The source of its behaviour is Bitcoin Core's `src/net_processing.cpp`.

mod accounting;
mod addresses;
mod addrman;
mod blocks;
mod chain;
mod compact;
mod config;
mod connection;
mod dial;
mod download;
mod filters;
mod headers;
mod input;
mod inventory;
mod low_work;
mod merkle;
mod negotiation;
mod pool;
mod relay;
mod shared;
#[cfg(test)]
mod tests;
mod turn;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

pub use config::{NodeConfig, NodeRole};
use connection::Connection;
use dial::Dialler;
use shared::Shared;
use turn::{Stop, Turn, Verdict};

use fake_peer_machine::{Action, ConnId, Input, Machine};

/// An honest full node, without sockets or a clock.
///
/// Creating one is cheap: the chain and the blocks are shared with its configuration until the node
/// changes them.
#[derive(Debug)]
pub struct Node {
    shared: Shared,
    connections: BTreeMap<ConnId, Connection>,
    dialler: Dialler,
    condition: Condition,
    actions: VecDeque<Action>,
}

/// The condition of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The node works.
    Alive,
    /// The node is unresponsive: it reads, and does nothing else.
    Hung,
    /// The node has crashed.
    Dead,
}

impl Node {
    /// Creates a node that starts now, at time zero.
    pub fn new(config: NodeConfig) -> Self {
        let dialler = Dialler::new(config.role);
        let mut node = Self {
            shared: Shared::new(config),
            connections: BTreeMap::new(),
            dialler,
            condition: Condition::Alive,
            actions: VecDeque::new(),
        };
        node.dial();
        node
    }

    /// Returns the condition of the node.
    pub fn condition(&self) -> Condition {
        self.condition
    }

    /// Returns the number of bytes held, according to the memory accounting.
    pub fn held(&self) -> u64 {
        let connections = self.connections.values();
        let rules = &self.shared.config.behaviour.memory;
        let held = connections.map(|it| it.held(rules));
        held.fold(self.shared.held(), u64::saturating_add)
    }

    fn open(&mut self, id: ConnId) {
        let inbound = matches!(id, ConnId::Accepted(_));
        if inbound && self.connections.len() >= self.shared.config.max_connections {
            self.actions.push_back(Action::Close(id));
            return;
        }
        let connection = self.shared.connect(id);
        self.connections.insert(id, connection);
    }

    fn receive(&mut self, id: ConnId, bytes: &[u8]) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        connection.push(bytes);
        while self.condition == Condition::Alive {
            let Some(connection) = self.connections.get_mut(&id) else {
                return;
            };
            match connection.next_frame(&self.shared.config.behaviour.reactions) {
                Ok(None) => break,
                Ok(Some(frame)) => {
                    let verdict = Turn::new(&mut self.shared, connection).on_frame(frame);
                    self.settle(id, verdict);
                    self.keep_house();
                }
                Err(stop) => self.settle(id, Err(stop)),
            }
        }
    }

    /// Does what is due on every connection, whether or not anything was received (`SendMessages`).
    fn keep_house(&mut self) {
        let news = self.shared.take_news();
        let ids: Vec<ConnId> = self.connections.keys().copied().collect();
        for id in ids {
            let Some(connection) = self.connections.get_mut(&id) else {
                continue;
            };
            let verdict = Turn::new(&mut self.shared, connection).send_messages(&news);
            self.settle(id, verdict);
        }
    }

    /// Sends what is queued on a connection, and carries out the verdict.
    fn settle(&mut self, id: ConnId, verdict: Verdict) {
        if let Some(connection) = self.connections.get_mut(&id) {
            while let Some(bytes) = connection.next_write() {
                self.actions.push_back(Action::Write(id, bytes));
            }
        }
        match verdict {
            Ok(()) => {}
            Err(Stop::Disconnect) => {
                self.actions.push_back(Action::Close(id));
                self.forget(id);
            }
            Err(Stop::Crash) => self.die(),
            Err(Stop::Hang) => self.condition = Condition::Hung,
        }
    }

    fn forget(&mut self, id: ConnId) {
        if let Some(connection) = self.connections.remove(&id) {
            self.shared.disconnect(&connection);
        }
        self.dialler.ended(id, self.shared.now);
    }

    fn die(&mut self) {
        self.condition = Condition::Dead;
        self.connections.clear();
        self.actions.push_back(Action::Die);
    }

    fn dial(&mut self) {
        let opened = self.dialler.due(self.shared.now);
        self.actions.extend(opened.map(Action::Open));
    }
}

impl Machine for Node {
    fn handle(&mut self, input: Input<'_>, now: Duration) {
        self.shared.now = self.shared.now.max(now);
        if self.condition != Condition::Alive {
            return;
        }
        match input {
            Input::Opened(id) => self.open(id),
            Input::Refused(id) => self.dialler.ended(id, self.shared.now),
            Input::Bytes(id, bytes) => self.receive(id, bytes),
            Input::Ended(id, _) => {
                if self.connections.contains_key(&id) {
                    self.settle(id, Err(Stop::Disconnect));
                }
            }
            Input::Tick => {}
        }
        if self.condition == Condition::Alive {
            self.keep_house();
            self.dial();
        }
        if self.condition == Condition::Alive
            && self.held() > self.shared.config.behaviour.memory.budget
        {
            self.die();
        }
    }

    fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    fn deadline(&self) -> Option<Duration> {
        if self.condition != Condition::Alive {
            return None;
        }
        let connections = self.connections.values();
        let deadlines = connections.map(|it| it.deadline(&self.shared));
        deadlines.chain(self.dialler.deadline()).min()
    }
}
