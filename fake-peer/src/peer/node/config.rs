//! What a node is told at its start.

use std::collections::HashMap;
use std::sync::Arc;

use fake_peer_core::Hash256;
use fake_peer_core::chain::HeaderTree;
use fake_peer_core::message::TimedAddress;
use fake_peer_core::wire::Bytes;

use crate::peer::Behaviour;

/// Everything that a node is told at its start.
///
/// Its version (user agent, services) is in [`Behaviour::session`], its network in
/// [`Behaviour::params`].
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// Who opens connections.
    pub role: NodeRole,
    /// What it does about anything.
    pub behaviour: Arc<Behaviour>,
    /// The headers it has, which it takes for checked and all of whose blocks it takes for known.
    pub chain: Arc<HeaderTree>,
    /// The blocks it can serve, whole, by their hashes.
    pub blocks: Arc<HashMap<Hash256, Bytes>>,
    /// The addresses it tells of.
    pub addresses: Arc<[TimedAddress]>,
    /// The time at its start, in seconds since 1970.
    pub unix_time: u64,
    /// What its nonces are drawn from.
    pub seed: u64,
}

/// Who opens connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeRole {
    /// The others: the node waits.
    Listens,
    /// The node, as soon as it has an action taken; and again, after a while, where one ended.
    Dials {
        /// How many.
        connections: u32,
    },
}

impl NodeConfig {
    /// A node that waits for connections, knows block 0 only, and was started at `unix_time`.
    pub fn new(behaviour: Behaviour, unix_time: u64) -> Self {
        Self {
            role: NodeRole::Listens,
            chain: Arc::new(HeaderTree::new(behaviour.params)),
            behaviour: Arc::new(behaviour),
            blocks: Arc::default(),
            addresses: Arc::default(),
            unix_time,
            seed: 0,
        }
    }
}
