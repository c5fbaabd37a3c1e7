//! A machine and its sockets.
//!
//! One task owns the [`Machine`], and one task for each connection reads and writes. A connection
//! is read only when the machine has taken what came before, and while no more than a window of
//! what it says there waits to be written: whoever does not read is not read from.

mod acceptor;
mod actor;
mod connect;
mod wire;

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::machine::Machine;

/// Where a machine's connections come from and go to.
#[derive(Debug, Clone, Default)]
pub struct Sockets {
    /// What [`Action::Open`](crate::machine::Action::Open) dials. Without one it is refused.
    pub target: Option<SocketAddr>,
    /// Whose connections are accepted. Shared, so that those who come between two machines wait
    /// for the second.
    pub listener: Option<Arc<TcpListener>>,
    /// How long to wait, and how much to hold.
    pub limits: Limits,
}

/// How long to wait, and how much to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// For a connection to be made.
    pub connect: Duration,
    /// For the other end to take something of what waits to be written; then the connection is
    /// reset. Without it, as long as the machine waits.
    pub send: Option<Duration>,
    /// The bytes that may wait to be written on a connection that is read.
    pub window: usize,
    /// How many accepted connections may be open. One more is closed at once.
    pub max_accepted: usize,
}

impl Default for Limits {
    /// Ten seconds to connect, a window of 1 MiB as in memory, and 1,000 accepted connections.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            send: None,
            window: 1 << 20,
            max_accepted: 1_000,
        }
    }
}

/// Why a machine is no longer driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stop {
    /// It is over.
    Over,
    /// It waits for nothing: there is no deadline, no connection, and no listener.
    Idle,
    /// It died ([`Action::Die`](crate::machine::Action::Die)).
    Died,
    /// It was told to stop.
    Told,
}

/// A machine that is no longer driven. Its connections have ended: those that it closed in order,
/// the others as those of a program that exits.
#[derive(Debug)]
pub struct Finished<M> {
    /// The machine.
    pub machine: M,
    /// Why.
    pub stop: Stop,
    /// The time that it has had.
    pub elapsed: Duration,
}

/// Drives a machine whose connections go to `target`, until it is over.
pub async fn dial<M: Machine>(machine: M, target: SocketAddr) -> Finished<M> {
    let sockets = Sockets {
        target: Some(target),
        ..Sockets::default()
    };
    run(machine, sockets, pending()).await
}

/// Drives a machine whose connections come from `listener`, until it is over. The listener is
/// closed when this returns.
pub async fn listen<M: Machine>(machine: M, listener: TcpListener) -> Finished<M> {
    let sockets = Sockets {
        listener: Some(Arc::new(listener)),
        ..Sockets::default()
    };
    run(machine, sockets, pending()).await
}

/// Drives a machine until it is over, or `stop` completes.
pub async fn run<M: Machine>(
    machine: M,
    sockets: Sockets,
    stop: impl Future<Output = ()>,
) -> Finished<M> {
    actor::run(machine, sockets, stop).await
}

#[cfg(test)]
mod tests;
