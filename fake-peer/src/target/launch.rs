//! Starting a node, and waiting until it can be used.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::Settings;
use super::attempt::Seen;
use super::command::CommandLine;
use super::error::TargetError;
use super::health::Health;
use super::probe::{Answer, Probe};
use super::start::{Started, free_addresses};

/// A node that we started.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) started: Started,
    pub(super) address: SocketAddr,
    /// The time until which it may still die because of earlier plays.
    pub(super) watched: Option<Instant>,
}

impl Running {
    /// Returns the time that it still has to end by itself.
    pub(super) fn patience(&self) -> Duration {
        let left = |until: Instant| until.saturating_duration_since(Instant::now());
        self.watched.map_or(Duration::ZERO, left)
    }
}

/// The pause between two probes of a node that is not ready.
pub(super) const PAUSE: Duration = Duration::from_millis(20);

/// The number of attempts to start a node, since another program may take its port first.
const STARTS: usize = 3;

/// Starts a node, and tries again if it ends by itself.
pub(super) async fn start(
    command: &CommandLine,
    probe: Option<&Probe>,
    settings: &Settings,
) -> Result<(Running, Option<Seen>), TargetError> {
    let mut tries = 1;
    loop {
        match try_start(command, probe, settings).await {
            Err(TargetError::NotReady { process, .. })
                if tries < STARTS && process.status().is_some() =>
            {
                tries += 1;
            }
            result => return result,
        }
    }
}

async fn try_start(
    command: &CommandLine,
    probe: Option<&Probe>,
    settings: &Settings,
) -> Result<(Running, Option<Seen>), TargetError> {
    let [address, rpc] = free_addresses().await?;
    let started = Started::new(command, address, rpc.port())?;
    let mut last = None;
    let answer = tokio::select! {
        answer = answers(probe, address, &mut last) => answer.ok(),
        _ = started.process.observer().ended() => None,
        () = sleep(settings.start) => None,
    };
    if let Some(seen) = answer {
        let running = Running {
            started,
            address,
            watched: None,
        };
        return Ok((running, seen));
    }
    let program = started.program.clone();
    let process = started.finish(Duration::ZERO, settings.grace).await;
    Err(TargetError::NotReady {
        program,
        address,
        network: settings.network.name,
        health: last.map(Box::new),
        process: Box::new(process),
    })
}

/// A node that ends every connection before the handshake.
struct TurnsUsAway;

/// Waits until a node answers the probe or, without a probe, until it accepts a connection. `last`
/// is the result of the last probe of a node that accepts connections.
///
/// A node that is starting does not accept connections, or does not answer. One that ends them for
/// as long as a step may take is on another network.
async fn answers(
    probe: Option<&Probe>,
    address: SocketAddr,
    last: &mut Option<Health>,
) -> Result<Option<Seen>, TurnsUsAway> {
    let mut since = None;
    loop {
        let Some(probe) = probe else {
            if TcpStream::connect(address).await.is_ok() {
                return Ok(None);
            }
            sleep(PAUSE).await;
            continue;
        };
        match probe.ask(address).await {
            Ok(answer) => return Ok(answer.seen),
            Err(Health::TurnsUsAway) => {
                *last = Some(Health::TurnsUsAway);
                let since: &Instant = since.get_or_insert_with(Instant::now);
                if since.elapsed() >= probe.timeout() {
                    return Err(TurnsUsAway);
                }
            }
            Err(Health::Unresponsive) => {
                *last = Some(Health::Unresponsive);
                since = None;
            }
            Err(Health::Died(_) | Health::NotAsked | Health::Well) => since = None,
        }
        sleep(PAUSE).await;
    }
}

/// Waits until a node that we did not start answers, since someone may be restarting it.
pub(super) async fn wait_for(
    probe: &Probe,
    address: SocketAddr,
    settings: &Settings,
) -> Result<Answer, TargetError> {
    let until = Instant::now() + probe.timeout();
    loop {
        match probe.ask(address).await {
            Ok(answer) => return Ok(answer),
            Err(health) if Instant::now() >= until => {
                return Err(TargetError::Lost {
                    address,
                    network: settings.network.name,
                    health,
                });
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}
