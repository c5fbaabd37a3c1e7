//! A client that dials us.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::sleep;

use super::attempt::{Attempt, Health};
use crate::drive::play::over_tcp;
use crate::drive::process::{CommandLine, Process, ProcessEnd};
use crate::drive::tcp::Sockets;
use crate::script::player::{ConnectionEnd, PlayConfig, Played, Prepared};

/// A client, and the port where we wait for it.
#[derive(Debug)]
pub(super) struct Client {
    listen: SocketAddr,
    exec: Option<CommandLine>,
    /// Only for a client that is not ours to start. For one that is, each case listens anew: else
    /// the last connection of the client before would come first.
    listener: Option<Arc<TcpListener>>,
}

/// How long a client whose connection has ended may take to crash.
const CRASH: Duration = Duration::from_millis(200);

/// How long what a client said before it ended may be on its way.
const LAST_WORDS: Duration = Duration::from_millis(500);

impl Client {
    /// Listens for the worker of this number: on the port behind that of the one before, or on any
    /// free one.
    pub(super) async fn bind(
        mut listen: SocketAddr,
        worker: usize,
        exec: Option<CommandLine>,
    ) -> io::Result<Self> {
        if listen.port() != 0 {
            let port = u16::try_from(usize::from(listen.port()) + worker);
            listen.set_port(port.map_err(io::Error::other)?);
        }
        let listener = Some(bind(listen).await?);
        Ok(Self {
            listen,
            listener: listener.filter(|_| exec.is_none()),
            exec,
        })
    }

    /// Plays a case with the client, which is started for it.
    pub(super) async fn attempt(
        &self,
        script: Arc<Prepared>,
        config: PlayConfig,
    ) -> io::Result<Attempt> {
        let listener = match &self.listener {
            Some(listener) => Arc::clone(listener),
            None => bind(self.listen).await?,
        };
        let address = listener.local_addr()?;
        let sockets = Sockets {
            listener: Some(listener),
            ..Sockets::default()
        };
        let Some(exec) = &self.exec else {
            let played = over_tcp(script, config, sockets, std::future::pending()).await;
            return Ok(attempt(played, Health::Well));
        };
        let words = exec.with(address);
        let mut process = Process::start(&words).map_err(|error| {
            let program = words.first().map_or("", String::as_str);
            io::Error::other(format!("cannot start {program}: {error}"))
        })?;
        let died = async {
            match process.ended().await {
                Ok(status) if !status.success() => sleep(LAST_WORDS).await,
                _ => std::future::pending().await,
            }
        };
        let played = over_tcp(script, config, sockets, died).await;
        let patience = if was_left(&played) {
            CRASH
        } else {
            Duration::ZERO
        };
        let end = process.finish(patience).await;
        Ok(attempt(played, health(&end)))
    }
}

async fn bind(listen: SocketAddr) -> io::Result<Arc<TcpListener>> {
    let refused = |error| io::Error::other(format!("cannot listen on {listen}: {error}"));
    let listener = TcpListener::bind(listen).await;
    listener.map(Arc::new).map_err(refused)
}

fn attempt(played: Played, health: Health) -> Attempt {
    Attempt {
        played,
        health,
        cost: None,
    }
}

/// A client may end when its connection does, and how it does is its own affair, unless it crashes.
fn health(end: &ProcessEnd) -> Health {
    match end.status {
        Some(status) if end.crashed() => Health::Dead(status.to_string()),
        _ => Health::Well,
    }
}

/// Whether the target ended a connection, which may be because it died.
fn was_left(played: &Played) -> bool {
    let by_target = |end| matches!(end, ConnectionEnd::Closed | ConnectionEnd::Reset);
    let mut ends = played.connections.iter().map(|connection| connection.end);
    ends.any(by_target)
}
