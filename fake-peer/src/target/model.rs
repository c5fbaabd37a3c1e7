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

/// A model peer and its flaws.
#[derive(Debug, Clone)]
pub struct Model {
    /// Its flaws. Without any, it is honest.
    pub flaws: Vec<Flaw>,
    /// Whether it listens or dials.
    pub role: Role,
    /// How it is connected to us.
    pub link: Link,
}

/// How the model peer is connected to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Link {
    /// In memory, in virtual time.
    #[default]
    Memory,
    /// Over TCP on loopback.
    Tcp,
}

impl Default for Model {
    /// Returns an honest model peer that listens, in memory.
    fn default() -> Self {
        Self {
            flaws: Vec::new(),
            role: Role::Listens,
            link: Link::Memory,
        }
    }
}

impl Model {
    /// Plays a script at a new model peer, which takes the end of the connection given by `config`.
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

    /// Returns the arguments that select it on the command line.
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
    // The task may have ended already.
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

/// Returns our sockets and those of the model peer. The end that listens gets the listener, and the
/// other one dials it.
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
