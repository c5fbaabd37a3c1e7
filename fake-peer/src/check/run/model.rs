//! The model peer as a target.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::attempt::{Attempt, Health};
use super::target::{Link, Model};
use crate::drive::play::{in_memory, model_peer, over_tcp};
use crate::drive::tcp::{self, Sockets};
use crate::peer::{Condition, Node};
use crate::script::model::Role;
use crate::script::player::{PlayConfig, Prepared};

/// Plays a case at a new model peer.
pub(super) async fn attempt(
    model: &Model,
    script: Arc<Prepared>,
    config: PlayConfig,
) -> io::Result<Attempt> {
    let node = model_peer(script.script(), &model.flaws, &config);
    let (played, condition) = match model.link {
        Link::Memory => {
            let playing = spawn_blocking(move || {
                let mut node = node;
                (in_memory(script, config, &mut node), node.condition())
            });
            playing.await.map_err(io::Error::other)?
        }
        Link::Tcp => {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let (ours, theirs) = ends(listener, model.role)?;
            let (end, ended) = oneshot::channel();
            let serving = tokio::spawn(serve(node, theirs, ended));
            let played = over_tcp(script, config, ours, std::future::pending()).await;
            // It may have died, and wait for nothing.
            let _ = end.send(());
            (played, serving.await.map_err(io::Error::other)?)
        }
    };
    let health = match condition {
        Condition::Alive => Health::Well,
        Condition::Hung => Health::Hung,
        Condition::Dead => Health::Dead("by its flaw".to_owned()),
    };
    Ok(Attempt {
        played,
        health,
        cost: None,
    })
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
