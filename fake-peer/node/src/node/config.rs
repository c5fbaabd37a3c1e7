//! The configuration of a node.

use std::collections::HashMap;
use std::sync::Arc;

use fake_peer_core::Hash256;
use fake_peer_core::chain::HeaderTree;
use fake_peer_core::message::AddressV2;
use fake_peer_core::transport::MakeTransport;
use fake_peer_core::wire::{Bytes, Wire};
use fake_peer_fixtures::genesis_block;

use crate::Behaviour;

/// The configuration of a [`Node`](super::Node).
///
/// The user agent and the services are in the version of [`Behaviour::session`], and the network in
/// [`Behaviour::magic`] and [`Behaviour::params`].
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// Which side opens connections.
    pub role: NodeRole,
    /// How the node behaves.
    pub behaviour: Arc<Behaviour>,
    /// The headers that the node starts with. They count as valid, and their blocks as known,
    /// whether it can serve those or not.
    pub chain: Arc<HeaderTree>,
    /// The payloads of the blocks that the node can serve, by block hash.
    pub blocks: Arc<HashMap<Hash256, Bytes>>,
    /// The addresses that the node starts with.
    pub addresses: Vec<AddressV2>,
    /// The most open connections. An inbound connection above the limit is closed immediately.
    pub max_connections: usize,
    /// The time when the node starts, in seconds since 1970.
    pub unix_time: u64,
    /// The seed for the nonces of the `version` and `ping` messages.
    pub seed: u64,
    /// Makes the transport of each connection; v1 if there is none.
    pub transport: Option<Arc<dyn MakeTransport>>,
}

/// Which side opens connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeRole {
    /// The other side: the node waits for connections.
    Listens,
    /// The node: it dials when it starts, and again after a connection has ended.
    Dials {
        /// The number of connections to keep open.
        connections: u32,
    },
}

impl NodeConfig {
    /// Creates the configuration of a node that waits for connections, has only block 0, and starts
    /// at `unix_time`, in seconds since 1970.
    pub fn new(behaviour: Behaviour, unix_time: u64) -> Self {
        Self {
            role: NodeRole::Listens,
            chain: Arc::new(HeaderTree::new(behaviour.params)),
            blocks: Arc::new(
                genesis_block(&behaviour.params.genesis)
                    .map(|block| (block.header.hash(), block.to_bytes().into()))
                    .into_iter()
                    .collect(),
            ),
            behaviour: Arc::new(behaviour),
            addresses: Vec::new(),
            max_connections: 125,
            unix_time,
            seed: 0,
            transport: None,
        }
    }
}
