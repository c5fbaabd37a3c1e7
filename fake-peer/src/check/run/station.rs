//! A worker's end of the target.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::attempt::Attempt;
use super::client::Client;
use super::model;
use super::node::Node;
use super::sanity::Sanity;
use super::target::{Model, Target};
use crate::check::result::Seen;
use crate::script::player::{PlayConfig, Prepared};

/// A worker's end of the target: what is its own, such as a node or a port.
#[derive(Debug)]
pub(super) enum Station {
    Model(Model),
    Client(Client),
    // The largest, and there are few.
    Node(Box<Node>),
}

impl Station {
    /// The station of the worker of this number.
    pub(super) async fn new(target: &Target, worker: usize, sanity: Sanity) -> io::Result<Self> {
        let node = |node| Self::Node(Box::new(node));
        Ok(match target {
            Target::Model(model) => Self::Model(model.clone()),
            Target::Connect(address) => node(Node::fixed(*address, sanity)),
            Target::Spawn(command) => node(Node::spawned(command.clone(), sanity)),
            Target::Client { listen, exec } => {
                let (listen, exec): (SocketAddr, _) = (*listen, exec.clone());
                Self::Client(Client::bind(listen, worker, exec).await?)
            }
        })
    }

    /// Sees to it that the target can be played at, and gives what it says of itself, where it is
    /// asked; else why it cannot.
    pub(super) async fn ready(&mut self) -> Result<Option<Seen>, String> {
        match self {
            Self::Model(_) | Self::Client(_) => Ok(None),
            Self::Node(node) => node.ready().await,
        }
    }

    /// Plays a case. `measured` asks what it costs the target, where that can be known.
    pub(super) async fn attempt(
        &mut self,
        script: Arc<Prepared>,
        config: PlayConfig,
        measured: bool,
    ) -> io::Result<Attempt> {
        match self {
            Self::Model(model) => model::attempt(model, script, config).await,
            Self::Client(client) => client.attempt(script, config).await,
            Self::Node(node) => Ok(node.attempt(script, config, measured).await),
        }
    }

    /// Ends what was started.
    pub(super) async fn end(mut self) {
        if let Self::Node(node) = &mut self {
            node.end().await;
        }
    }
}
