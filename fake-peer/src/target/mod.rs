//! The one place that plays a script at a target, whoever asks.
//!
//! ```
//! use std::sync::Arc;
//! use fake_peer::script::model::Role;
//! use fake_peer::script::player::{PlayConfig, Prepared, Verdict};
//! use fake_peer::target::{Model, Settings, Target};
//! use fake_peer::Network;
//!
//! # async fn play() -> Result<(), Box<dyn std::error::Error>> {
//! let text = r#"script "ping" network=regtest { handshake; barrier; }"#;
//! let script = fake_peer::script::load("ping.kdl", text)?;
//! let script = Arc::new(Prepared::new(script, 1_795_000_000, &|_| None)?);
//! let target = Target::Model(Model::default());
//! let config = PlayConfig::new(Role::Listens);
//! let attempt = target.play(script, config, Settings::new(Network::REGTEST)).await?;
//! assert!(matches!(attempt.played.verdict, Verdict::Pass { .. }));
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(play()).unwrap();
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `handle` | what one job holds of a target |
//! | `model`, `node`, `client` | playing at each kind of target |
//! | `start`, `process`, `command` | starting a process, ending it, removing what it left |
//! | `probe` | whether a node works, before and after each play |
//! | `usage` | what a play costs a process |
//! | `attempt`, `health`, `error` | what came of a play, or why there was none |

mod attempt;
mod client;
mod command;
mod error;
mod handle;
mod health;
mod model;
mod node;
mod probe;
mod process;
mod start;
mod usage;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub use attempt::{Attempt, Cost, Seen};
pub use command::{BadCommandLine, CommandLine, Places};
pub use error::TargetError;
use fake_peer_core::Network;
pub use handle::Handle;
pub use health::{Death, Health};
pub use model::{Link, Model, in_memory};
pub use process::{End, Process, ProcessEnd};

use crate::drive::unix_time;
use crate::script::Script;
use crate::script::model::Role;
use crate::script::player::{PlayConfig, Played, Prepared};

/// What scripts are played at.
#[derive(Debug, Clone)]
pub enum Target {
    /// The model peer, a new one for each play. It plays any network and any header rules.
    Model(Model),
    /// A node that listens there.
    Connect(SocketAddr),
    /// A client that dials us.
    Client {
        /// Where we listen. Each job has a port: this one and those after it, or any free ones for
        /// port 0.
        listen: SocketAddr,
        /// How the client is started for each play. Without it, a client that connects again by
        /// itself.
        exec: Option<CommandLine>,
    },
    /// A node that we start; see [`Settings::probes`] for when.
    Spawn(CommandLine),
}

/// How a target is started, asked and ended.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The network of the target.
    pub network: Network,
    /// The time that probes are played at, in seconds since 1970.
    pub unix_time: u64,
    /// How long each answer to a probe may take.
    pub timeout: Duration,
    /// Whether a node is asked before and after each play if it works. Then one that we start is
    /// kept as long as it is as new; otherwise it is started for each play.
    pub probes: bool,
    /// How long a node may take from its start until it is ready.
    pub start: Duration,
    /// How long a process may take to end by itself after it has ended a connection.
    pub patience: Duration,
    /// Whether a process is given that time after every play.
    pub is_patient: bool,
    /// How long a process may take to end after it was asked to (SIGTERM). Then it is killed.
    pub grace: Duration,
    /// Whether a play of this script is measured ([`Attempt::cost`]), at a node that we start.
    pub measures: fn(&Script) -> bool,
}

impl Settings {
    /// Without probes and measurements, at this moment, with the usual times.
    pub fn new(network: Network) -> Self {
        Self {
            network,
            unix_time: unix_time(),
            timeout: PlayConfig::TIMEOUT,
            probes: false,
            start: Duration::from_mins(1),
            patience: Duration::from_millis(200),
            is_patient: false,
            grace: Duration::from_secs(5),
            measures: |_| false,
        }
    }

    /// How long a process may take to end by itself after this play.
    fn patience_after(&self, played: &Played) -> Duration {
        if self.is_patient || start::was_left(played) {
            self.patience
        } else {
            Duration::ZERO
        }
    }
}

impl Target {
    /// Plays a script at the target, and ends what was started for it.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn play(
        &self,
        script: Arc<Prepared>,
        config: PlayConfig,
        settings: Settings,
    ) -> Result<Attempt, Arc<TargetError>> {
        let mut handle = self.open(0, settings).await.map_err(Arc::new)?;
        let attempt = handle.play(script, config).await;
        handle.close().await;
        attempt
    }

    /// What the job of this number, from 0 on, holds of the target. A node is started when it is
    /// first needed.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn open(&self, job: usize, settings: Settings) -> Result<Handle, TargetError> {
        Handle::new(self, job, settings).await
    }

    /// Which end of the connection it is.
    pub fn role(&self) -> Role {
        match self {
            Self::Model(model) => model.role,
            Self::Connect(_) | Self::Spawn(_) => Role::Listens,
            Self::Client { .. } => Role::Dials,
        }
    }

    /// The arguments of `fake-peer check` that select it.
    pub fn arguments(&self) -> Vec<String> {
        let words = |option: &str, value: &dyn fmt::Display| vec![option.into(), value.to_string()];
        match self {
            Self::Model(model) => model.arguments(),
            Self::Connect(address) => words("--connect", address),
            Self::Client { listen, exec } => {
                let exec = exec.iter().flat_map(|exec| words("--exec", exec));
                words("--listen", listen).into_iter().chain(exec).collect()
            }
            Self::Spawn(command) => words("--spawn", command),
        }
    }

    /// Whether it is the model peer, which takes on any network and any header rules; another
    /// target has its own.
    pub fn is_model(&self) -> bool {
        matches!(self, Self::Model(_))
    }
}

impl fmt::Display for Target {
    /// What it is called in reports.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(model) => write!(f, "{model}"),
            Self::Connect(address) => write!(f, "{address}"),
            Self::Client {
                exec: Some(exec), ..
            } => write!(f, "{exec}"),
            Self::Client { listen, exec: None } => write!(f, "the client that dials {listen}"),
            Self::Spawn(command) => write!(f, "{command}"),
        }
    }
}
