//! What a node is told at its start.

use std::collections::HashMap;
use std::sync::Arc;

use fake_peer_core::Hash256;
use fake_peer_core::chain::HeaderTree;
use fake_peer_core::message::AddressV2;
use fake_peer_core::wire::Bytes;

use super::genesis;
use crate::Behaviour;

/// Everything that a node is told at its start.
///
/// Its user agent and services are in the version of [`Behaviour::session`], its network in
/// [`Behaviour::params`].
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// Who opens connections.
    pub role: NodeRole,
    /// What it does about anything.
    pub behaviour: Arc<Behaviour>,
    /// The headers it has. It takes them for checked, and their blocks for known, whether it can
    /// serve them or not.
    pub chain: Arc<HeaderTree>,
    /// The payloads of the blocks it can serve, by their hashes.
    pub blocks: Arc<HashMap<Hash256, Bytes>>,
    /// The addresses it tells of.
    pub addresses: Vec<AddressV2>,
    /// How many connections may be open; one more is closed at once.
    pub max_connections: usize,
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
    /// The node, from its start on, and again where one ended.
    Dials {
        /// How many.
        connections: u32,
    },
}

impl NodeConfig {
    /// A node that waits for connections, knows block 0 only, and is started at `unix_time`.
    pub fn new(behaviour: Behaviour, unix_time: u64) -> Self {
        Self {
            role: NodeRole::Listens,
            chain: Arc::new(HeaderTree::new(behaviour.params)),
            blocks: Arc::new(
                genesis::block(behaviour.params.network)
                    .into_iter()
                    .collect(),
            ),
            behaviour: Arc::new(behaviour),
            addresses: Vec::new(),
            max_connections: 125,
            unix_time,
            seed: 0,
        }
    }
}
