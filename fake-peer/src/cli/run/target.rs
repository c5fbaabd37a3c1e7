//! What the scripts are played at.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fake_peer::drive::play::{in_memory, model_peer, over_tcp, role_for};
use fake_peer::drive::process::{CommandLine, Process, ProcessEnd};
use fake_peer::drive::tcp::Sockets;
use fake_peer::node::Flaw;
use fake_peer::script::model::Role;
use fake_peer::script::player::{ConnectionEnd, PlayConfig, Played};
use tokio::net::{TcpListener, lookup_host};

use super::Args;
use super::file::ScriptFile;
use super::report::Report;
use crate::cli::address::HostPort;
use crate::cli::failure::Failure;
use crate::cli::flaw_names;

/// What is the same for all plays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub(super) seed: u64,
    pub(super) timeout: Duration,
    pub(super) unix_time: u64,
}

/// What the scripts are played at.
#[derive(Debug)]
pub(super) enum Target {
    Node(HostPort),
    Client {
        /// Those that no play has at the moment.
        listeners: Mutex<Vec<Listener>>,
        exec: Option<CommandLine>,
    },
    Memory(Vec<Flaw>),
}

#[derive(Debug, Clone)]
pub(super) struct Listener {
    listener: Arc<TcpListener>,
    address: SocketAddr,
}

/// How long a client that has ended its connection may take to crash.
const CRASH: Duration = Duration::from_millis(200);

/// How long what a client said before it ended may be on its way.
const LAST_WORDS: Duration = Duration::from_millis(500);

impl Target {
    pub(super) async fn new(
        args: &Args,
        files: &[ScriptFile],
        quiet: bool,
    ) -> Result<Self, Failure> {
        if let Some(node) = &args.connect {
            return Ok(Self::Node(node.clone()));
        }
        let Some(listen) = args.listen else {
            return flaw_names::named(&args.flaw).map(Self::Memory);
        };
        let jobs = match (args.jobs, &args.exec) {
            (Some(jobs @ 2..), None) => {
                return Err(Failure::Input(format!(
                    "--jobs {jobs} asks for as many clients: tell how to start one with --exec"
                )));
            }
            (Some(jobs), _) => jobs,
            (None, Some(_)) => cores(),
            (None, None) => 1,
        };
        let first = files.first();
        let network = first.map(|file| file.prepared.script().network);
        let address = listen.with_default(network.unwrap_or_default().port);
        let mut listeners = Vec::new();
        for job in 0..jobs.min(files.len()) {
            listeners.push(Listener::bind(address, job).await?);
        }
        if let (Some(listener), None, false) = (listeners.first(), &args.exec, quiet) {
            anstream::eprintln!("listening on {}", listener.address);
        }
        Ok(Self::Client {
            listeners: Mutex::new(listeners),
            exec: args.exec.clone(),
        })
    }

    pub(super) fn usual_jobs(&self) -> usize {
        match self {
            Self::Node(_) => 1,
            Self::Client { listeners, .. } => locked(listeners).len().max(1),
            Self::Memory(_) => cores(),
        }
    }

    pub(super) async fn play(
        &self,
        file: ScriptFile,
        settings: Settings,
    ) -> Result<Report, Failure> {
        let target = match self {
            Self::Node(_) => Role::Listens,
            Self::Client { .. } => Role::Dials,
            Self::Memory(_) => role_for(file.prepared.script()),
        };
        let config = PlayConfig {
            seed: settings.seed,
            unix_time: settings.unix_time,
            timeout: settings.timeout,
            ..PlayConfig::new(target)
        };
        let start = match self {
            Self::Memory(_) => Duration::from_secs(settings.unix_time),
            Self::Node(_) | Self::Client { .. } => since_1970(),
        };
        let (played, process) = match self {
            Self::Node(node) => (at_node(&file, config, node).await?, None),
            Self::Client { listeners, exec } => {
                let listener = locked(listeners).pop();
                let listener = listener
                    .ok_or_else(|| Failure::Harness("more plays than listeners".to_owned()))?;
                let played = with_client(&file, config, &listener, exec.as_ref()).await;
                locked(listeners).push(listener);
                played?
            }
            Self::Memory(flaws) => (at_model_peer(&file, config, flaws.clone()).await?, None),
        };
        Ok(Report {
            file,
            target,
            start,
            played,
            process,
        })
    }
}

impl Listener {
    /// Listens for a job: on the next port, or any free one.
    async fn bind(first: SocketAddr, job: usize) -> Result<Self, Failure> {
        let mut address = first;
        if first.port() != 0 {
            let port = usize::from(first.port()) + job;
            let port = u16::try_from(port)
                .map_err(|_| Failure::Input(format!("there is no port {port}: fewer --jobs")))?;
            address.set_port(port);
        }
        let refused = |error| Failure::Network(format!("cannot listen on {address}: {error}"));
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(Failure::Internal)?;
        Ok(Self {
            listener: Arc::new(listener),
            address,
        })
    }
}

async fn at_node(
    file: &ScriptFile,
    config: PlayConfig,
    node: &HostPort,
) -> Result<Played, Failure> {
    let name = node.with_default(file.prepared.script().network.port);
    let unknown = |text: &dyn std::fmt::Display| Failure::Network(format!("{name}: {text}"));
    let found = lookup_host(&name).await;
    let mut addresses = found.map_err(|error| unknown(&error))?;
    let target = addresses.next().ok_or_else(|| unknown(&"no address"))?;
    let sockets = Sockets {
        target: Some(target),
        ..Sockets::default()
    };
    let script = Arc::clone(&file.prepared);
    Ok(over_tcp(script, config, sockets, std::future::pending()).await)
}

async fn with_client(
    file: &ScriptFile,
    config: PlayConfig,
    listener: &Listener,
    exec: Option<&CommandLine>,
) -> Result<(Played, Option<ProcessEnd>), Failure> {
    let script = Arc::clone(&file.prepared);
    let sockets = Sockets {
        listener: Some(Arc::clone(&listener.listener)),
        ..Sockets::default()
    };
    // A script for the other end is over before it begins.
    let is_for_clients = script.script().requires.role != Some(Role::Listens);
    let Some(exec) = exec.filter(|_| is_for_clients) else {
        let played = over_tcp(script, config, sockets, std::future::pending()).await;
        return Ok((played, None));
    };
    let words = exec.with(listener.address);
    let mut process = Process::start(&words).map_err(|error| {
        let program = words.first().map_or("", String::as_str);
        Failure::Input(format!("cannot start {program}: {error}"))
    })?;
    let died = async {
        match process.ended().await {
            Ok(status) if !status.success() => tokio::time::sleep(LAST_WORDS).await,
            _ => std::future::pending().await,
        }
    };
    let played = over_tcp(script, config, sockets, died).await;
    let patience = if was_left(&played) {
        CRASH
    } else {
        Duration::ZERO
    };
    Ok((played, Some(process.finish(patience).await)))
}

/// Whether the target ended a connection, which may be because it died.
fn was_left(played: &Played) -> bool {
    let by_target = |end| matches!(end, ConnectionEnd::Closed | ConnectionEnd::Reset);
    let mut ends = played.connections.iter().map(|connection| connection.end);
    ends.any(by_target)
}

async fn at_model_peer(
    file: &ScriptFile,
    config: PlayConfig,
    flaws: Vec<Flaw>,
) -> Result<Played, Failure> {
    let script = Arc::clone(&file.prepared);
    let playing = tokio::task::spawn_blocking(move || {
        let mut node = model_peer(script.script(), &flaws, &config);
        in_memory(script, config, &mut node)
    });
    let failed = |error: tokio::task::JoinError| Failure::Harness(error.to_string());
    playing.await.map_err(failed)
}

/// A seed that is no secret: the keys of the standard library's hash maps will do. Short, since
/// people copy it.
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

/// Nobody panics with the lock held.
fn locked(listeners: &Mutex<Vec<Listener>>) -> std::sync::MutexGuard<'_, Vec<Listener>> {
    listeners.lock().unwrap_or_else(PoisonError::into_inner)
}
