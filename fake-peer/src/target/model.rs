//! The model peer as a target.

use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::attempt::Attempt;
use super::error::TargetError;
use super::health::{Death, Health};
use crate::drive::play;
use crate::drive::tcp::{self, Sockets};
use crate::node::{Condition, Flaw, Node};
use crate::script::model::Role;
use crate::script::player::{PlayConfig, Prepared};

/// The model peer, and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Model {
    /// Its flaws; without any it is honest.
    pub flaws: Vec<Flaw>,
    /// Which end of the connection it is.
    pub role: Role,
    /// What connects it with us.
    pub link: Link,
}

/// What connects the model peer with us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Link {
    /// Memory, on virtual time.
    #[default]
    Memory,
    /// TCP over loopback.
    Tcp,
}

impl Default for Model {
    /// An honest one that listens, in memory.
    fn default() -> Self {
        Self {
            flaws: Vec::new(),
            role: Role::Listens,
            link: Link::Memory,
        }
    }
}

impl Model {
    /// Plays a script at a new model peer, which is the end of the connection that `config` says.
    pub(super) async fn play(
        &self,
        script: Arc<Prepared>,
        config: PlayConfig,
    ) -> Result<Attempt, TargetError> {
        match self.link {
            Link::Memory => {
                let flaws = self.flaws.clone();
                let playing = spawn_blocking(move || in_memory(&flaws, script, config));
                Ok(playing.await?)
            }
            Link::Tcp => over_tcp(&self.flaws, script, config).await,
        }
    }

    /// The words on the command line for it.
    pub(super) fn arguments(&self) -> Vec<String> {
        let flaws = self.flaws.iter().map(|flaw| ["--flaw", flaw.name]);
        let mut words: Vec<String> = flaws.flatten().map(Into::into).collect();
        if self.role == Role::Dials {
            words.extend(["--role", "dials"].map(Into::into));
        }
        if self.link == Link::Tcp {
            words.push("--tcp".into());
        }
        words
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the model peer")?;
        let flaws: Vec<_> = self.flaws.iter().map(|flaw| flaw.name).collect();
        if !flaws.is_empty() {
            write!(f, " with {}", flaws.join(" and "))?;
        }
        if self.link == Link::Tcp {
            f.write_str(" over TCP")?;
        }
        Ok(())
    }
}

/// Plays a script in memory, at a model peer with these flaws.
pub fn in_memory(flaws: &[Flaw], script: Arc<Prepared>, config: PlayConfig) -> Attempt {
    let mut node = play::model_peer(&script, flaws, &config);
    let played = play::in_memory(script, config, &mut node);
    Attempt::new(played, health(&node, flaws))
}

/// Plays a script over loopback.
async fn over_tcp(
    flaws: &[Flaw],
    script: Arc<Prepared>,
    config: PlayConfig,
) -> Result<Attempt, TargetError> {
    let node = play::model_peer(&script, flaws, &config);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let ends = listener.and_then(|listener| ends(listener, config.target));
    let (ours, theirs) = ends.map_err(TargetError::Prepare)?;
    let (end, ended) = oneshot::channel();
    let serving = tokio::spawn(serve(node, theirs, ended));
    let played = play::over_tcp(script, config, ours, std::future::pending()).await;
    // It may have died, and wait for nothing.
    let _ = end.send(());
    let node = serving.await?;
    Ok(Attempt::new(played, health(&node, flaws)))
}

fn health(node: &Node, flaws: &[Flaw]) -> Health {
    match node.condition() {
        Condition::Alive => Health::Well,
        Condition::Hung => Health::Unresponsive,
        Condition::Dead => Health::Died(Death::Flaw(flaws.iter().map(|flaw| flaw.name).collect())),
    }
}

/// Our sockets, and those of the model peer: the one that listens has the listener, and the other
/// dials it.
fn ends(listener: TcpListener, model: Role) -> std::io::Result<(Sockets, Sockets)> {
    let dials = Sockets {
        target: Some(listener.local_addr()?),
        ..Sockets::default()
    };
    let listens = Sockets {
        listener: Some(Arc::new(listener)),
        ..Sockets::default()
    };
    Ok(match model {
        Role::Listens => (dials, listens),
        Role::Dials => (listens, dials),
    })
}

async fn serve(node: Node, sockets: Sockets, ended: oneshot::Receiver<()>) -> Node {
    let stop = async {
        let _ = ended.await;
    };
    tcp::run(node, sockets, stop).await.machine
}
