//! The model peer as a target.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::attempt::{Attempt, Health};
use super::target::{Link, Model};
use crate::drive::play;
use crate::drive::tcp::{self, Sockets};
use crate::node::{Condition, Flaw, Node};
use crate::script::model::Role;
use crate::script::player::{PlayConfig, Played, Prepared};

/// Plays a case at a new model peer.
pub(super) async fn attempt(
    model: &Model,
    script: Arc<Prepared>,
    config: PlayConfig,
) -> io::Result<Attempt> {
    let flaws = model.flaws.clone();
    match model.link {
        Link::Memory => {
            let playing = spawn_blocking(move || in_memory(&flaws, script, config));
            playing.await.map_err(io::Error::other)
        }
        Link::Tcp => over_tcp(&flaws, script, config).await,
    }
}

/// Plays a case in memory.
pub(super) fn in_memory(flaws: &[Flaw], script: Arc<Prepared>, config: PlayConfig) -> Attempt {
    let mut node = play::model_peer(script.script(), flaws, &config);
    let played = play::in_memory(script, config, &mut node);
    attempted(played, node.condition())
}

/// Plays a case over loopback.
async fn over_tcp(
    flaws: &[Flaw],
    script: Arc<Prepared>,
    config: PlayConfig,
) -> io::Result<Attempt> {
    let node = play::model_peer(script.script(), flaws, &config);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let (ours, theirs) = ends(listener, config.target)?;
    let (end, ended) = oneshot::channel();
    let serving = tokio::spawn(serve(node, theirs, ended));
    let played = play::over_tcp(script, config, ours, std::future::pending()).await;
    // It may have died, and wait for nothing.
    let _ = end.send(());
    let condition = serving.await.map_err(io::Error::other)?;
    Ok(attempted(played, condition))
}

fn attempted(played: Played, condition: Condition) -> Attempt {
    let health = match condition {
        Condition::Alive => Health::Well,
        Condition::Hung => Health::Hung,
        Condition::Dead => Health::Dead("of its flaw".to_owned()),
    };
    Attempt {
        played,
        health,
        cost: None,
    }
}

/// Our sockets, and those of the model peer: who listens has the listener, and the other dials it.
fn ends(listener: TcpListener, model: Role) -> io::Result<(Sockets, Sockets)> {
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

async fn serve(node: Node, sockets: Sockets, ended: oneshot::Receiver<()>) -> Condition {
    let stop = async {
        let _ = ended.await;
    };
    tcp::run(node, sockets, stop).await.machine.condition()
}
