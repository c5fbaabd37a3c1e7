//! A client that dials us.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::transport::TransportError;
use fake_peer_core::wire::StreamError;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::Settings;
use super::attempt::{Attempt, Seen};
use super::command::CommandLine;
use super::error::TargetError;
use super::health::Health;
use super::pending::{Pending, Watch};
use super::probe::Probe;
use super::process::End;
use super::start::{Started, free_addresses, was_ended, was_stopped};
use crate::drive::play::over_tcp;
use crate::drive::tcp::Sockets;
use crate::script::model::Role;
use crate::script::player::{FailureKind, PlayConfig, Played, Prepared, Verdict};

/// A client, and the address where we wait for it.
#[derive(Debug)]
pub(super) struct Client {
    listen: SocketAddr,
    exec: Option<CommandLine>,
    /// The listener for a client that we do not start. For one that we start, each play listens
    /// again, since the last connection of the previous client could arrive first.
    listener: Option<Arc<TcpListener>>,
    /// The places of the processes that may run at the same time: one is played with, and the others
    /// have time to end.
    places: Arc<Semaphore>,
}

/// The pause between two looks for a connection.
const PAUSE: Duration = Duration::from_millis(5);

/// The number of processes that may run at the same time.
const PROCESSES: usize = 4;

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
        let is_started = exec.is_some();
        Ok(Self {
            listen: if is_started { listen } else { address },
            exec,
            listener: (!is_started).then_some(listener),
            places: Arc::new(Semaphore::new(PROCESSES)),
        })
    }

    /// Returns the address to which a client that we do not start has to connect.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.listener.as_ref().map(|_| self.listen)
    }

    /// Makes sure that the client connects and is on our network. One that we start is started for
    /// this; one that we do not start only has to connect.
    pub(super) async fn check(&self, settings: &Settings) -> Result<Option<Seen>, TargetError> {
        if let Some(listener) = &self.listener {
            let (address, limit) = (self.listen, settings.start);
            let arrival = timeout(limit, arrival(listener)).await;
            return match arrival {
                Ok(()) => Ok(None),
                Err(_) => Err(TargetError::NobodyDialled { address, limit }),
            };
        }
        let (script, config) = Probe::of(settings)?.play(Role::Dials);
        let (mut pending, address) = self.play_at(script, config, settings).await?;
        pending.last().await;
        let attempt = pending.into_attempt();
        if let Some(found) = other_magic(&attempt.played) {
            let network = settings.network.name;
            return Err(TargetError::OtherNetwork { network, found });
        }
        match attempt.process {
            Some(process) if attempt.played.connections.is_empty() => {
                Err(TargetError::NeverDialled {
                    program: self.program(),
                    address,
                    limit: settings.start,
                    process: Box::new(process),
                })
            }
            Some(_) | None => Ok(Seen::find(&attempt.played.transcript)),
        }
    }

    /// Plays a script with the client, which is started for it if we start it.
    ///
    /// A client that fails before the play is over has died, and so has one that fails some time
    /// after a connection has ended. One that is still connected when the play is over is asked to
    /// end, and then may end as it likes, but not by a signal of its own.
    pub(super) async fn play(
        &self,
        script: Arc<Prepared>,
        config: PlayConfig,
        settings: &Settings,
    ) -> Result<Pending, TargetError> {
        let played = self.play_at(script, config, settings).await;
        played.map(|(pending, _)| pending)
    }

    /// As [`Client::play`], and returns the address at which we listened.
    async fn play_at(
        &self,
        script: Arc<Prepared>,
        config: PlayConfig,
        settings: &Settings,
    ) -> Result<(Pending, SocketAddr), TargetError> {
        let (listener, address) = match &self.listener {
            Some(listener) => (Arc::clone(listener), self.listen),
            None => bind(self.listen).await?,
        };
        let sockets = Sockets {
            listener: Some(Arc::clone(&listener)),
            ..Sockets::default()
        };
        let Some(exec) = &self.exec else {
            let played = over_tcp(script, config, sockets, std::future::pending()).await;
            let attempt = Attempt::new(played, Health::NotAsked);
            return Ok((Pending::over(attempt), address));
        };
        // The semaphore is never closed.
        let place = Arc::clone(&self.places).acquire_owned().await;
        let [other, _] = free_addresses().await?;
        let started = Started::new(exec, address, other.port())?;
        if settings.probes {
            wait_for(&listener, &started, settings).await;
        }
        drop(listener);
        let (played, has_failed) = play(&started, script, config, sockets).await;
        let has_ended = was_ended(&played);
        let patience = if has_ended || settings.is_patient {
            settings.patience
        } else {
            Duration::ZERO
        };
        let grace = settings.grace;
        let ending = async move {
            let process = started.finish(patience, grace).await;
            drop(place);
            process
        };
        if was_stopped(&played) && played.connections.is_empty() {
            let process = ending.await;
            if !process.crashed() && process.status().is_some() {
                return Err(TargetError::NeverDialled {
                    program: self.program(),
                    address,
                    limit: settings.start,
                    process: Box::new(process),
                });
            }
            let attempt = Attempt::of_process(played, process);
            return Ok((Pending::over(attempt), address));
        }
        let watch = Watch::Client {
            ending: tokio::spawn(ending),
            may_fail: !has_failed && !has_ended,
        };
        let mut pending = Pending::new(Attempt::new(played, Health::NotAsked), watch);
        if self.listen.port() != 0 {
            // The next client dials the same port.
            pending.last().await;
        }
        Ok((pending, address))
    }

    /// The name of the program, for messages.
    fn program(&self) -> String {
        let program = self.exec.as_ref().and_then(CommandLine::program);
        program.unwrap_or_default().to_owned()
    }
}

/// Plays a script with a client that was started, and returns whether the client had failed before
/// the play was over.
async fn play(
    started: &Started,
    script: Arc<Prepared>,
    config: PlayConfig,
    sockets: Sockets,
) -> (Played, bool) {
    let mut end = None;
    let mut failed = pin!(started.failed());
    // This is polled before each event, and not after the last one. So a client that exits because
    // we close its connection at the end of the play has not failed before.
    let stop = poll_fn(|context| {
        end = started.process.observer().end();
        failed.as_mut().poll(context)
    });
    let played = over_tcp(script, config, sockets, stop).await;
    let has_failed = matches!(end, Some(End::ByItself(status)) if !status.success());
    (played, has_failed)
}

/// Waits until a client that was started has connected, but not when it can no longer be expected
/// to. The connection waits for the play.
async fn wait_for(listener: &TcpListener, started: &Started, settings: &Settings) {
    let ended = async {
        match started.process.observer().ended().await {
            // It may have forked: its child may connect.
            End::ByItself(status) if status.success() => sleep(settings.timeout).await,
            End::ByItself(_) | End::Asked(_) | End::Killed => {}
        }
    };
    tokio::select! {
        () = arrival(listener) => {}
        () = ended => {}
        () = sleep(settings.start) => {}
    }
}

/// Waits until a connection has arrived, without accepting it.
async fn arrival(listener: &TcpListener) {
    while !has_arrived(listener) {
        sleep(PAUSE).await;
    }
}

#[cfg(unix)]
fn has_arrived(listener: &TcpListener) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let mut sockets = [PollFd::new(listener, PollFlags::IN)];
    // If this fails, the play finds out.
    poll(&mut sockets, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
}

/// Without a way to look at the connections that are not accepted, only the play waits for one.
#[cfg(not(unix))]
fn has_arrived(_: &TcpListener) -> bool {
    true
}

/// Returns the magic of a client that is on another network.
fn other_magic(played: &Played) -> Option<[u8; 4]> {
    let Verdict::Fail(failure) = &played.verdict else {
        return None;
    };
    let FailureKind::NoEnvelope(TransportError::V1(error)) = &failure.kind else {
        return None;
    };
    match error {
        StreamError::Magic { found, .. } => Some(*found),
        StreamError::OverLimit { .. } => None,
    }
}

async fn bind(address: SocketAddr) -> Result<(Arc<TcpListener>, SocketAddr), TargetError> {
    let refused = |error| TargetError::Listen { address, error };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let local = listener.local_addr().map_err(refused)?;
    Ok((Arc::new(listener), local))
}
