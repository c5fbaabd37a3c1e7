//! A target that is started anew for each play.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::play::over_tcp;
use super::process::{CommandLine, Process, ProcessEnd};
use super::tcp::Sockets;
use crate::script::model::Role;
use crate::script::player::{PlayConfig, Played, Prepared};

/// How to start a target, and how long to wait for it.
///
/// One that listens is given a free port of localhost as `{addr}`; one that dials, the address at
/// which we listen.
#[derive(Debug, Clone)]
pub struct Restartable {
    /// How it is started.
    pub exec: CommandLine,
    /// How long it may take until it listens.
    pub start: Duration,
    /// How long it may take to end by itself after a play, as one does that crashes.
    pub end: Duration,
}

/// A play, and the end of the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// What came of the play.
    pub played: Played,
    /// How the target ended.
    pub process: ProcessEnd,
}

/// Why a target cannot be played at.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// There is no port for it.
    #[error("no port is free: {0}")]
    Port(#[source] io::Error),
    /// It cannot be started.
    #[error("cannot start {program}: {error}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// It does not listen in time.
    #[error("the target does not listen at {address}, {}", .process.status.map_or("but runs".to_owned(), |status| format!("and ended: {status}")))]
    Deaf {
        /// Where it was to listen.
        address: SocketAddr,
        /// How it ended, and what it said.
        process: ProcessEnd,
    },
}

/// How long what a target said before it ended may be on its way.
const LAST_WORDS: Duration = Duration::from_millis(500);

impl Restartable {
    /// A target with the usual times.
    pub fn new(exec: CommandLine) -> Self {
        Self {
            exec,
            start: Duration::from_secs(30),
            end: Duration::from_millis(500),
        }
    }

    /// Starts the target, plays the script, and ends the target with all that it started.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn play(
        &self,
        script: Arc<Prepared>,
        config: PlayConfig,
    ) -> Result<Run, TargetError> {
        let localhost = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = TcpListener::bind(localhost)
            .await
            .map_err(TargetError::Port)?;
        let address = listener.local_addr().map_err(TargetError::Port)?;
        let mut sockets = Sockets::default();
        let mut process = if config.target == Role::Listens {
            // Another program may take the port before the target does, which is then told.
            drop(listener);
            sockets.target = Some(address);
            self.started(address).await?
        } else {
            sockets.listener = Some(Arc::new(listener));
            self.start(address)?
        };
        let died = async {
            // It may fork and end well, and go on in what it started.
            match process.ended().await {
                Ok(status) if !status.success() => sleep(LAST_WORDS).await,
                _ => std::future::pending().await,
            }
        };
        let played = over_tcp(script, config, sockets, died).await;
        let process = process.finish(self.end).await;
        Ok(Run { played, process })
    }

    fn start(&self, address: SocketAddr) -> Result<Process, TargetError> {
        let words = self.exec.with(address);
        Process::start(&words).map_err(|error| TargetError::Start {
            program: words.first().cloned().unwrap_or_default(),
            error,
        })
    }

    /// Starts it, and waits until it listens.
    async fn started(&self, address: SocketAddr) -> Result<Process, TargetError> {
        let mut process = self.start(address)?;
        let listens = async {
            while TcpStream::connect(address).await.is_err() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let is_up = tokio::select! {
            up = timeout(self.start, listens) => up.is_ok(),
            _ = process.ended() => false,
        };
        if is_up {
            return Ok(process);
        }
        let process = process.finish(Duration::ZERO).await;
        Err(TargetError::Deaf { address, process })
    }
}
