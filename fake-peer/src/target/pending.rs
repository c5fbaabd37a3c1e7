//! A play whose target may still be dying because of it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::attempt::Attempt;
use super::health::{Death, Health};
use super::process::{End, Observer, ProcessEnd};

/// A play, and what may still change its result: a target can die some time after it has ended a
/// connection. Other scripts may be played meanwhile; see [`Handle::settle`](super::Handle::settle).
#[derive(Debug)]
pub struct Pending {
    attempt: Attempt,
    watch: Watch,
}

/// What is watched after a play.
#[derive(Debug)]
pub(super) enum Watch {
    /// Nothing: the attempt is final.
    Over,
    /// The process of a node that listens at `address`, until then.
    Process {
        process: Observer,
        address: SocketAddr,
        until: Instant,
    },
    /// A node that we did not start. It has survived if it works at this time or later.
    Node { until: Instant },
    /// A client that is ending.
    Client {
        ending: JoinHandle<ProcessEnd>,
        /// Whether it may exit with a status other than 0.
        may_fail: bool,
    },
}

/// The pause between two looks at a process.
const PAUSE: Duration = Duration::from_millis(10);

impl Pending {
    pub(super) fn new(attempt: Attempt, watch: Watch) -> Self {
        Self { attempt, watch }
    }

    /// Creates a play whose result cannot change.
    pub(super) fn over(attempt: Attempt) -> Self {
        Self::new(attempt, Watch::Over)
    }

    /// Returns whether the result cannot change any more.
    pub fn is_over(&self) -> bool {
        matches!(self.watch, Watch::Over)
    }

    /// Returns the attempt, whose health may still change unless [`Pending::is_over`].
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// Returns the attempt as it is known now.
    pub fn into_attempt(self) -> Attempt {
        self.attempt
    }

    /// Ends the watch without a death.
    pub(super) fn conclude(&mut self) {
        self.watch = Watch::Over;
    }

    /// Replaces what is known about the state of the target after the play.
    pub(crate) fn set_health(&mut self, health: Health) {
        self.attempt.health = health;
    }

    /// Looks at what is watched. A node that we did not start answered a play or a probe that began
    /// at `alive`, and `died` if it was found dead after that.
    pub(super) async fn look(&mut self, alive: Option<Instant>, died: Option<&Death>) {
        let death = match &mut self.watch {
            Watch::Over => return,
            Watch::Process {
                process,
                address,
                until,
            } => match death(process, *address).await {
                None if Instant::now() < *until => return,
                death => death,
            },
            Watch::Node { until } if alive.is_some_and(|alive| alive >= *until) => None,
            Watch::Node { .. } if died.is_none() => return,
            Watch::Node { .. } => died.cloned(),
            Watch::Client { ending, .. } if !ending.is_finished() => return,
            Watch::Client { .. } => return self.last().await,
        };
        self.watch = Watch::Over;
        if let Some(death) = death {
            self.attempt.health = Health::Died(death);
        }
    }

    /// Waits until a client has ended.
    pub(super) async fn last(&mut self) {
        let Watch::Client { ending, may_fail } = &mut self.watch else {
            return;
        };
        // The task is not aborted, and does not panic.
        if let Ok(process) = ending.await {
            if process.crashed() || (process.failed() && !*may_fail) {
                self.attempt.health = Health::Died(Death::Process(process.clone()));
            }
            self.attempt.process = Some(process);
        }
        self.watch = Watch::Over;
    }

    /// Waits until another look may say more. Returns whether a node that we did not start has to be
    /// probed for that.
    pub(super) async fn wait(&mut self) -> bool {
        match &mut self.watch {
            Watch::Over => false,
            Watch::Process { .. } => {
                sleep(PAUSE).await;
                false
            }
            Watch::Client { .. } => {
                self.last().await;
                false
            }
            Watch::Node { until } => {
                sleep_until(*until).await;
                true
            }
        }
    }
}

/// Returns how the node's process died. A process that forks and exits successfully goes on in its
/// child, which accepts connections.
pub(super) async fn death(process: &Observer, address: SocketAddr) -> Option<Death> {
    match process.end()? {
        End::Asked(_) | End::Killed => return None,
        End::ByItself(status) if !status.success() => {}
        End::ByItself(_) if TcpStream::connect(address).await.is_ok() => return None,
        End::ByItself(_) => {}
    }
    process.ended_by_itself().await.map(Death::Process)
}
