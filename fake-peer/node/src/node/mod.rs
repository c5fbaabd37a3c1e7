//! The node: any number of connections over one chain.
//!
//! | file | holds |
//! |---|---|
//! | `mod` | the [`Machine`]: what happens, to which connection, and what is done about it |
//! | `config` | what the node is told at its start |
//! | `shared` | what all connections have in common |
//! | `connection`, `input` | one connection: its state, and the way from bytes to messages |
//! | `turn` | one connection's turn: which message goes where, and what is due without one |
//! | `negotiation`, `headers`, `low_work`, `blocks`, `compact`, `download`, `inventory`, `relay`, `addresses`, `filters` | the messages, by area |
//! | `chain`, `pool`, `addrman` | what the node keeps: headers and blocks, transactions, addresses |
//! | `dial`, `accounting` | when to dial, and what is held |
//!
//! Source of what it does: Bitcoin Core `src/net_processing.cpp`.

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
mod genesis;
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

/// An honest full node, without sockets and clock.
///
/// Making one is cheap: the chain and the blocks are shared until it changes them.
#[derive(Debug, Clone)]
pub struct Node {
    shared: Shared,
    connections: BTreeMap<ConnId, Connection>,
    dialler: Dialler,
    condition: Condition,
    actions: VecDeque<Action>,
}

/// How a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It works.
    Alive,
    /// It reads and does nothing else.
    Hung,
    /// It has crashed.
    Dead,
}

impl Node {
    /// A node that starts now, at time zero.
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

    /// How it is.
    pub fn condition(&self) -> Condition {
        self.condition
    }

    /// How many bytes it holds, by its memory accounting.
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
        let verdict = connection.push(bytes, &self.shared.config.behaviour);
        self.settle(id, verdict);
        while self.condition == Condition::Alive {
            let Some(connection) = self.connections.get_mut(&id) else {
                return;
            };
            match connection.next_envelope(&self.shared.config.behaviour) {
                Ok(None) => break,
                Ok(Some(envelope)) => {
                    let verdict = Turn::new(&mut self.shared, connection).on_envelope(&envelope);
                    self.settle(id, verdict);
                    self.keep_house();
                }
                Err(stop) => self.settle(id, Err(stop)),
            }
        }
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.end_of_read(&self.shared.config.behaviour);
        }
    }

    /// What is due on every connection, whatever came (`SendMessages`).
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

    /// Sends what a connection has to say, and does what the verdict asks for.
    fn settle(&mut self, id: ConnId, verdict: Verdict) {
        if let Some(connection) = self.connections.get_mut(&id) {
            let magic = self.shared.magic();
            let writes = connection.take_outgoing(magic);
            self.actions
                .extend(writes.map(|bytes| Action::Write(id, bytes)));
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
