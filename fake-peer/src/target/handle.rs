//! What one job uses of a target: a node, or a port.

use std::net::SocketAddr;
use std::sync::Arc;

use super::attempt::{Attempt, Seen};
use super::client::Client;
use super::error::TargetError;
use super::health::Health;
use super::model::Model;
use super::node::Node;
use super::{Settings, Target};
use crate::drive::play::over_tcp;
use crate::drive::tcp::Sockets;
use crate::script::player::{PlayConfig, Prepared};

/// What one job uses of a target. Scripts are played at it one after the other.
///
/// When it is dropped, the process that it started is killed. [`Handle::close`] ends it gently.
#[derive(Debug)]
pub struct Handle {
    kind: Kind,
    settings: Settings,
}

#[derive(Debug)]
enum Kind {
    Model(Model),
    Client(Client),
    // Boxed because it is the largest variant.
    Node(Box<Node>),
}

impl Handle {
    pub(super) async fn new(
        target: &Target,
        job: usize,
        settings: Settings,
    ) -> Result<Self, TargetError> {
        let node = |node| Kind::Node(Box::new(node));
        let kind = match target {
            Target::Model(model) => Kind::Model(model.clone()),
            Target::Connect(address) => node(Node::fixed(*address, &settings)?),
            Target::Spawn(command) => node(Node::spawned(command.clone(), &settings)?),
            Target::Client { listen, exec } => {
                Kind::Client(Client::bind(*listen, job, exec.clone()).await?)
            }
        };
        Ok(Self { kind, settings })
    }

    /// Returns the address to which a client that we do not start has to connect.
    pub fn listens_at(&self) -> Option<SocketAddr> {
        match &self.kind {
            Kind::Client(client) => client.address(),
            Kind::Model(_) | Kind::Node(_) => None,
        }
    }

    /// Makes sure that the target is ready, and returns the contents of its `version` message if it
    /// was probed.
    ///
    /// # Errors
    /// [`TargetError`]. If the target was lost before, the error is the same again.
    pub async fn ready(&mut self) -> Result<Option<Seen>, Arc<TargetError>> {
        match &mut self.kind {
            Kind::Model(_) | Kind::Client(_) => Ok(None),
            Kind::Node(node) => node.ready(&self.settings).await,
        }
    }

    /// Plays a script, after making sure that the target is ready. If the script is for the other
    /// end of the connection, the play ends before anything is started.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn play(
        &mut self,
        script: Arc<Prepared>,
        config: PlayConfig,
    ) -> Result<Attempt, Arc<TargetError>> {
        let role = script.script().requires.role;
        if role.is_some_and(|role| role != config.target) {
            let none = Sockets::default();
            let played = over_tcp(script, config, none, std::future::pending()).await;
            return Ok(Attempt::new(played, Health::NotAsked));
        }
        match &mut self.kind {
            Kind::Model(model) => model.play(script, config).await.map_err(Arc::new),
            Kind::Client(client) => {
                let attempt = client.play(script, config, &self.settings);
                attempt.await.map_err(Arc::new)
            }
            Kind::Node(node) => node.play(script, config, &self.settings).await,
        }
    }

    /// Ends the process that was started, and waits until it has ended.
    pub async fn close(mut self) {
        if let Kind::Node(node) = &mut self.kind {
            node.close(&self.settings).await;
        }
    }
}
