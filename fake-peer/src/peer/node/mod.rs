//! The node: any number of connections over one chain.

mod config;

use std::collections::VecDeque;
use std::time::Duration;

pub use config::{NodeConfig, NodeRole};

use crate::machine::{Action, Input, Machine};

/// An honest full node, without sockets and clock.
///
/// Making one is cheap: the chain and the blocks are shared until it changes them.
#[derive(Debug, Clone)]
pub struct Node {
    config: NodeConfig,
    actions: VecDeque<Action>,
}

impl Node {
    /// A node that starts now, at time zero.
    pub fn new(config: NodeConfig) -> Self {
        Self {
            config,
            actions: VecDeque::new(),
        }
    }

    /// What it was told at its start.
    pub fn config(&self) -> &NodeConfig {
        &self.config
    }
}

impl Machine for Node {
    fn handle(&mut self, _input: Input<'_>, _now: Duration) {}

    fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    fn deadline(&self) -> Option<Duration> {
        None
    }
}
