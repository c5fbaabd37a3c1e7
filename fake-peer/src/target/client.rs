//! A client that dials us.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::Settings;
use super::attempt::Attempt;
use super::command::CommandLine;
use super::error::TargetError;
use super::health::{Death, Health};
use super::start::{Started, free_addresses, was_stopped};
use crate::drive::play::over_tcp;
use crate::drive::tcp::Sockets;
use crate::script::player::{PlayConfig, Played, Prepared};

/// A client, and the address where we wait for it.
#[derive(Debug)]
pub(super) struct Client {
    listen: SocketAddr,
    exec: Option<CommandLine>,
    /// The listener for a client that we do not start. For one that we start, each play listens
    /// again, since the last connection of the previous client could arrive first.
    listener: Option<Arc<TcpListener>>,
}

impl Client {
    /// Listens for the job with this number: on the port after that of the previous job, or on any
    /// free port.
    pub(super) async fn bind(
        mut listen: SocketAddr,
        job: usize,
        exec: Option<CommandLine>,
    ) -> Result<Self, TargetError> {
        if listen.port() != 0 {
            let port = usize::from(listen.port()) + job;
            let number = u16::try_from(port).map_err(|_| TargetError::NoSuchPort { port })?;
            listen.set_port(number);
        }
        let (listener, address) = bind(listen).await?;
        Ok(match exec {
            None => Self {
                listen: address,
                exec,
                listener: Some(listener),
            },
            Some(_) => Self {
                listen,
                exec,
                listener: None,
            },
        })
    }

    /// Returns the address to which a client that we do not start has to connect.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.listener.as_ref().map(|_| self.listen)
    }

    /// Plays a script with the client, which is started for it if we start it.
    pub(super) async fn play(
        &self,
        script: Arc<Prepared>,
        config: PlayConfig,
        settings: &Settings,
    ) -> Result<Attempt, TargetError> {
        let (listener, address) = match &self.listener {
            Some(listener) => (Arc::clone(listener), self.listen),
            None => bind(self.listen).await?,
        };
        let sockets = Sockets {
            listener: Some(listener),
            ..Sockets::default()
        };
        let Some(exec) = &self.exec else {
            let played = over_tcp(script, config, sockets, std::future::pending()).await;
            return Ok(Attempt::new(played, Health::NotAsked));
        };
        let [other, _] = free_addresses().await?;
        let mut started = Started::new(exec, address, other.port())?;
        let played = over_tcp(script, config, sockets, started.failed()).await;
        let patience = settings.patience_after(&played);
        let program = started.program.clone();
        let process = started.finish(patience, settings.grace).await;
        if is_absent(&played) && !process.crashed() && process.status().is_some() {
            return Err(TargetError::NeverDialled { program, process });
        }
        // A client may exit with any status after its connection has ended, unless it crashes.
        let died = process.crashed() || (was_stopped(&played) && process.status().is_some());
        let health = if died {
            Health::Died(Death::Process(process.clone()))
        } else {
            Health::NotAsked
        };
        Ok(Attempt {
            process: Some(process),
            ..Attempt::new(played, health)
        })
    }
}

/// Returns whether the play ended because the process ended before it connected.
fn is_absent(played: &Played) -> bool {
    was_stopped(played) && played.connections.is_empty()
}

async fn bind(address: SocketAddr) -> Result<(Arc<TcpListener>, SocketAddr), TargetError> {
    let refused = |error| TargetError::Listen { address, error };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let local = listener.local_addr().map_err(refused)?;
    Ok((Arc::new(listener), local))
}
