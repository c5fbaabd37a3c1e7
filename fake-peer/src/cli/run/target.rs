//! The targets of `fake-peer run`.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fake_peer::Network;
use fake_peer::drive::play::role_for;
use fake_peer::script::model::Role;
use fake_peer::script::player::PlayConfig;
use fake_peer::target::{Attempt, Handle, Model, Settings, Target};
use fake_peer_core::message::Services;

use super::Args;
use super::file::ScriptFile;
use super::report::Report;
use crate::cli::address::{HostPort, IpPort};
use crate::cli::failure::Failure;
use crate::cli::flaw_names;
use crate::cli::output;
use crate::cli::target::{resolve, spawned};

/// The settings that all plays share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Common {
    pub(super) seed: u64,
    pub(super) timeout: Duration,
    pub(super) services: Services,
    pub(super) unix_time: u64,
}

/// The target of the scripts.
#[derive(Debug)]
pub(super) enum PlayedAt {
    /// A node whose name is looked up for each script: the default port is that of its network.
    Node(HostPort),
    /// A program that is started for each script.
    Each(Target),
    /// Clients: the handles that are not in use by a play.
    Clients(Mutex<Vec<Handle>>),
}

impl PlayedAt {
    pub(super) async fn new(
        args: &Args,
        files: &[ScriptFile],
        quiet: bool,
    ) -> Result<Self, Failure> {
        if let Some(node) = &args.connect {
            return Ok(Self::Node(node.clone()));
        }
        if let Some(command) = &args.spawn {
            return spawned("--spawn", command).map(Self::Each);
        }
        if args.memory {
            return Ok(Self::Each(Target::Model(Model {
                flaws: flaw_names::named(&args.flaw)?,
                ..Model::default()
            })));
        }
        let jobs = match (args.jobs, &args.exec) {
            (Some(jobs @ 2..), None) => {
                return Err(Failure::Input(format!(
                    "--jobs {jobs} needs as many clients: say how to start one with --exec"
                )));
            }
            (Some(jobs), _) => jobs,
            (None, Some(_)) => cores(),
            (None, None) => 1,
        };
        let first = files.first();
        let network = first.map(|file| *file.prepared.network());
        let port = match args.listen {
            Some(_) => network.unwrap_or_default().port,
            None => 0,
        };
        let listen = args.listen.unwrap_or(IpPort::LOCALHOST).with_default(port);
        let exec = args.exec.clone();
        let target = Target::Client { listen, exec };
        let mut handles = Vec::new();
        for job in 0..jobs.min(files.len()) {
            let settings = Settings::new(network.unwrap_or_default());
            let handle = target.open(job, settings).await;
            handles.push(handle.map_err(|error| Failure::of_target(&error))?);
        }
        if let Some(address) = handles.first().and_then(Handle::listens_at)
            && !quiet
        {
            output::note(format_args!("listening on {address}"));
        }
        Ok(Self::Clients(Mutex::new(handles)))
    }

    pub(super) fn usual_jobs(&self) -> usize {
        match self {
            Self::Node(_) => 1,
            Self::Each(_) => cores(),
            Self::Clients(handles) => locked(handles).len().max(1),
        }
    }

    pub(super) async fn play(&self, file: ScriptFile, common: Common) -> Result<Report, Failure> {
        let role = match self {
            Self::Node(_) | Self::Each(Target::Spawn(_)) => Role::Listens,
            Self::Clients(_) => Role::Dials,
            Self::Each(_) => role_for(file.prepared.script()),
        };
        let config = PlayConfig {
            seed: common.seed,
            unix_time: common.unix_time,
            timeout: common.timeout,
            services: common.services,
            ..PlayConfig::new(role)
        };
        let start = match self {
            Self::Each(target) if target.is_model() => Duration::from_secs(common.unix_time),
            Self::Node(_) | Self::Each(_) | Self::Clients(_) => since_1970(),
        };
        let attempt = self.attempt(&file, config).await?;
        Ok(Report::new(file, role, start, attempt))
    }

    async fn attempt(&self, file: &ScriptFile, config: PlayConfig) -> Result<Attempt, Failure> {
        let script = Arc::clone(&file.prepared);
        let network: Network = *script.network();
        let attempt = match self {
            Self::Node(node) => {
                let address = resolve(&node.with_default(network.port)).await?;
                let target = Target::Connect(address);
                target.play(script, config, Settings::new(network)).await
            }
            Self::Each(target) => target.play(script, config, Settings::new(network)).await,
            Self::Clients(handles) => {
                let handle = locked(handles).pop();
                let mut handle =
                    handle.ok_or_else(|| Failure::Harness("more plays than clients".to_owned()))?;
                let attempt = handle.play(script, config).await;
                locked(handles).push(handle);
                attempt
            }
        };
        attempt.map_err(|error| Failure::of_target(&error))
    }
}

/// Returns a random seed. It is not a secret, so the keys of the standard library's hash maps are
/// random enough. It is short, since people copy it.
pub(super) fn random_seed() -> u64 {
    RandomState::new().hash_one(0) % 1_000_000_000
}

fn since_1970() -> Duration {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default()
}

fn cores() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

/// No code panics while the lock is held.
fn locked(handles: &Mutex<Vec<Handle>>) -> std::sync::MutexGuard<'_, Vec<Handle>> {
    handles.lock().unwrap_or_else(PoisonError::into_inner)
}
