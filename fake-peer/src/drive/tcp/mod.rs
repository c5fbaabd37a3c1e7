//! Driving a machine over sockets.
//!
//! One task owns the [`Machine`], and one task per connection reads and writes. A connection is read
//! only when the machine has handled the bytes before, and while no more than a window of its output
//! waits to be written: a peer that does not read is not read from.

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

/// The sources and the destination of a machine's connections.
#[derive(Debug, Clone, Default)]
pub struct Sockets {
    /// The address that [`Action::Open`](crate::machine::Action::Open) dials. Without one, the
    /// connection is refused.
    pub target: Option<SocketAddr>,
    /// The listener whose connections are accepted. It is shared, so that connections that arrive
    /// between two machines wait for the second.
    pub listener: Option<Arc<TcpListener>>,
    /// The time limits and the buffer sizes.
    pub limits: Limits,
}

/// Time limits and buffer sizes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How long to wait for a connection to open.
    pub connect: Duration,
    /// How long the other end may go without reading, before the connection is reset. Without a
    /// limit, this is up to the machine.
    pub send: Option<Duration>,
    /// The most bytes that may wait to be written on a connection that is read.
    pub window: usize,
    /// The most accepted connections that may be open. Further ones are closed at once.
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
    /// The machine is over.
    Over,
    /// The machine waits for nothing: there is no deadline, no connection and no listener.
    Idle,
    /// The machine crashed ([`Action::Die`](crate::machine::Action::Die)).
    Died,
    /// The caller asked to stop.
    Requested,
}

/// A machine that is no longer driven. Its connections have ended: those that it closed were flushed
/// first, the others ended as if the program had exited.
#[derive(Debug)]
pub struct Finished<M> {
    /// The machine.
    pub machine: M,
    /// Why it is no longer driven.
    pub stop: Stop,
    /// How long it was driven.
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
