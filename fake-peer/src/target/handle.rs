//! What one job uses of a target: a node, or a port.

use std::net::SocketAddr;
use std::sync::Arc;

use super::attempt::{Attempt, Seen};
use super::client::Client;
use super::error::TargetError;
use super::health::Health;
use super::model::Model;
use super::node::Node;
use super::pending::Pending;
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

    /// Makes sure that scripts can be played at the target: that it starts, connects or accepts
    /// connections, and is on the network. Returns the contents of its `version` message if it sent
    /// one.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn check(&mut self) -> Result<Option<Seen>, Arc<TargetError>> {
        match &mut self.kind {
            Kind::Model(_) => Ok(None),
            Kind::Client(client) => client.check(&self.settings).await.map_err(Arc::new),
            Kind::Node(node) => node.ready(&self.settings).await,
        }
    }

    /// Plays a script, after making sure that the target is ready, and waits until the attempt is
    /// final. If the script is for the other end of the connection, the play ends before anything is
    /// started.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn play(
        &mut self,
        script: Arc<Prepared>,
        config: PlayConfig,
    ) -> Result<Attempt, Arc<TargetError>> {
        let mut pending = self.start_play(script, config).await?;
        self.settle(&mut pending).await;
        Ok(pending.into_attempt())
    }

    /// As [`Handle::play`], but does not wait: the target may still die because of the play.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn start_play(
        &mut self,
        script: Arc<Prepared>,
        config: PlayConfig,
    ) -> Result<Pending, Arc<TargetError>> {
        let role = script.script().requires.role;
        if role.is_some_and(|role| role != config.target) {
            let none = Sockets::default();
            let played = over_tcp(script, config, none, std::future::pending()).await;
            return Ok(Pending::over(Attempt::new(played, Health::NotAsked)));
        }
        match &mut self.kind {
            Kind::Model(model) => {
                let attempt = model.play(script, config).await.map_err(Arc::new)?;
                Ok(Pending::over(attempt))
            }
            Kind::Client(client) => {
                let pending = client.play(script, config, &self.settings);
                pending.await.map_err(Arc::new)
            }
            Kind::Node(node) => node.play(script, config, &self.settings).await,
        }
    }

    /// Looks whether the target has survived a play or died because of it; see
    /// [`Pending::is_over`].
    pub async fn look(&self, pending: &mut Pending) {
        match &self.kind {
            Kind::Model(_) | Kind::Client(_) => pending.look(None, None).await,
            Kind::Node(node) => node.look(pending).await,
        }
    }

    /// Waits until the result of a play cannot change any more.
    pub async fn settle(&mut self, pending: &mut Pending) {
        self.look(pending).await;
        while !pending.is_over() {
            let is_to_be_probed = pending.wait().await;
            if let Kind::Node(node) = &mut self.kind
                && is_to_be_probed
            {
                node.probe_again(&self.settings).await;
                self.look(pending).await;
                // A node that is not dead, but does not answer either.
                pending.conclude();
            }
            self.look(pending).await;
        }
    }

    /// Makes sure that the next play is at a target of its own, if that can be started. Returns
    /// whether it can.
    pub fn renew(&mut self) -> bool {
        match &mut self.kind {
            Kind::Model(_) | Kind::Client(_) => true,
            Kind::Node(node) => node.renew(),
        }
    }

    /// Returns whether several plays share the target, so that it can die in one because of another.
    pub fn is_shared(&self) -> bool {
        match &self.kind {
            Kind::Model(_) | Kind::Client(_) => false,
            Kind::Node(_) => true,
        }
    }

    /// Ends the process that was started, and waits until it has ended.
    pub async fn close(mut self) {
        if let Kind::Node(node) = &mut self.kind {
            node.close(&self.settings).await;
        }
    }
}
