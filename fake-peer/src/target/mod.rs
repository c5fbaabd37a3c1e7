//! The one place that plays a script at a target, for every command.
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
//! | `handle` | what one job uses of a target |
//! | `model`, `node`, `client` | playing at each kind of target |
//! | `start`, `launch`, `process`, `command` | starting a process, ending it, and removing its files |
//! | `probe` | whether a node works, before and after each play |
//! | `pending` | whether a target dies some time after a play |
//! | `usage` | what a play costs a process |
//! | `attempt`, `health`, `error` | the result of a play, or why it failed |

mod attempt;
mod client;
mod command;
mod error;
mod handle;
mod health;
mod launch;
mod model;
mod node;
mod pending;
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
pub use pending::Pending;
pub use process::{End, Process, ProcessEnd};

use crate::drive::unix_time;
use crate::script::Script;
use crate::script::model::Role;
use crate::script::player::{PlayConfig, Played, Prepared};

/// The target at which scripts are played.
#[derive(Debug, Clone)]
pub enum Target {
    /// The model peer, which is created for each play. It supports every network and all header
    /// rules.
    Model(Model),
    /// A node that listens at this address.
    Connect(SocketAddr),
    /// A client that dials us.
    Client {
        /// The address at which we listen. Each job uses a port: this one and those after it, or
        /// any free ports if it is port 0.
        listen: SocketAddr,
        /// How the client is started for each play. Without it, the client has to connect again by
        /// itself.
        exec: Option<CommandLine>,
    },
    /// A node that we start; see [`Settings::probes`] for when.
    Spawn(CommandLine),
}

/// How a target is started, probed and ended.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The network of the target.
    pub network: Network,
    /// The time that probes are played at, in seconds since 1970.
    pub unix_time: u64,
    /// The time limit for each answer to a probe.
    pub timeout: Duration,
    /// Whether a node is probed before and after each play. If so, a node that we start is used for
    /// further plays as long as it is in the state of a new one; otherwise it is started for each
    /// play.
    pub probes: bool,
    /// The time limit for a node to become ready after its start and, with [`Settings::probes`], for
    /// a client to connect after its start.
    pub start: Duration,
    /// How long a target may take to die after it has ended a connection.
    pub patience: Duration,
    /// Whether a process has that time after every play.
    pub is_patient: bool,
    /// The time that a process has to end after SIGTERM. Then it is killed.
    pub grace: Duration,
    /// Whether the cost of a play of this script is measured ([`Attempt::cost`]), for a node that
    /// we start.
    pub measures: fn(&Script) -> bool,
}

impl Settings {
    /// The default time limit for a target to become ready.
    pub const START: Duration = Duration::from_secs(30);

    /// Creates settings without probes and measurements, with the current time and the default time
    /// limits.
    pub fn new(network: Network) -> Self {
        Self {
            network,
            unix_time: unix_time(),
            timeout: PlayConfig::TIMEOUT,
            probes: false,
            start: Self::START,
            patience: Duration::from_secs(1),
            is_patient: false,
            grace: Duration::from_secs(5),
            measures: |_| false,
        }
    }

    /// Returns the time that a process has to end by itself after this play.
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

    /// Creates the handle of the job with this number, from 0 on. A node is started when it is
    /// first needed.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn open(&self, job: usize, settings: Settings) -> Result<Handle, TargetError> {
        Handle::new(self, job, settings).await
    }

    /// Returns whether the target listens or dials.
    pub fn role(&self) -> Role {
        match self {
            Self::Model(model) => model.role,
            Self::Connect(_) | Self::Spawn(_) => Role::Listens,
            Self::Client { .. } => Role::Dials,
        }
    }

    /// Returns the arguments of `fake-peer check` that select the target.
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

    /// Returns whether it is the model peer, which adopts the network and the header rules of a
    /// script; other targets have their own.
    pub fn is_model(&self) -> bool {
        matches!(self, Self::Model(_))
    }
}

impl fmt::Display for Target {
    /// Writes the name for reports.
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
