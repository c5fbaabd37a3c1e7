//! A node that listens, which we start or which is already running.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::Settings;
use super::attempt::{Attempt, Seen, knows_a_chain};
use super::command::CommandLine;
use super::error::TargetError;
use super::health::{Death, Health};
use super::probe::{Answer, Probe};
use super::start::{Ending, Started, free_addresses};
use super::usage::Usage;
use crate::drive::play::over_tcp;
use crate::drive::tcp::Sockets;
use crate::script::player::{PlayConfig, Prepared};

/// A node at an address.
#[derive(Debug)]
pub(super) struct Node {
    origin: Origin,
    /// The probe before and after each play. Without it, a node that we start is started for each
    /// play.
    probe: Option<Probe>,
    /// Set if the node can be used for a play without another probe.
    ready: Option<Ready>,
    /// Why the node cannot be used any longer.
    lost: Option<Arc<TargetError>>,
    /// Previous nodes that are still ending.
    ending: Ending,
}

/// A node that answered the last probe.
#[derive(Debug, Clone)]
struct Ready {
    /// The contents of its `version` message.
    seen: Option<Seen>,
}

/// The origin of a node.
#[derive(Debug)]
enum Origin {
    /// The node is already running.
    Fixed(SocketAddr),
    /// We start the node.
    Spawned {
        command: CommandLine,
        running: Option<Box<Running>>,
    },
}

/// A node that we started.
#[derive(Debug)]
struct Running {
    started: Started,
    address: SocketAddr,
}

/// The pause between two probes of a node that is not ready.
const PAUSE: Duration = Duration::from_millis(20);

/// The time that a node without an answer has to end, so that we see how it ended.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The number of attempts to start a node, since another program may take its port first.
const STARTS: usize = 3;

impl Node {
    /// Creates a node that is already running.
    pub(super) fn fixed(address: SocketAddr, settings: &Settings) -> Result<Self, TargetError> {
        Self::new(Origin::Fixed(address), settings)
    }

    /// Creates a node that is started when it is needed.
    pub(super) fn spawned(command: CommandLine, settings: &Settings) -> Result<Self, TargetError> {
        let running = None;
        Self::new(Origin::Spawned { command, running }, settings)
    }

    fn new(origin: Origin, settings: &Settings) -> Result<Self, TargetError> {
        let Settings {
            network,
            timeout: patience,
            unix_time,
            ..
        } = *settings;
        let probe = settings
            .probes
            .then(|| Probe::new(network, patience, unix_time));
        Ok(Self {
            origin,
            probe: probe.transpose()?,
            ready: None,
            lost: None,
            ending: Ending::default(),
        })
    }

    /// Makes sure that a node is ready, and returns the contents of its `version` message.
    pub(super) async fn ready(
        &mut self,
        settings: &Settings,
    ) -> Result<Option<Seen>, Arc<TargetError>> {
        if let Some(ready) = &self.ready {
            return Ok(ready.seen.clone());
        }
        if let Some(reason) = &self.lost {
            return Err(Arc::clone(reason));
        }
        match self.make_ready(settings).await {
            Ok(seen) => {
                self.ready = Some(Ready { seen: seen.clone() });
                Ok(seen)
            }
            Err(error) => {
                let error = Arc::new(error);
                self.lost = Some(Arc::clone(&error));
                Err(error)
            }
        }
    }

    async fn make_ready(&mut self, settings: &Settings) -> Result<Option<Seen>, TargetError> {
        let probe = self.probe.as_ref();
        match &mut self.origin {
            Origin::Fixed(address) => match probe {
                None => Ok(None),
                Some(probe) => wait_for(probe, *address).await.map(|answer| answer.seen),
            },
            Origin::Spawned { command, running } => {
                if let Some(former) = running.take() {
                    self.ending.add(former.started, settings.grace).await;
                }
                let (new, seen) = start(command, probe, settings).await?;
                *running = Some(Box::new(new));
                Ok(seen)
            }
        }
    }

    /// Plays a script at the node after making it ready, and probes it afterwards.
    pub(super) async fn play(
        &mut self,
        script: Arc<Prepared>,
        config: PlayConfig,
        settings: &Settings,
    ) -> Result<Attempt, Arc<TargetError>> {
        self.ready(settings).await?;
        let is_measured = (settings.measures)(script.script());
        let usage = self.group().filter(|_| is_measured).and_then(Usage::of);
        let sockets = Sockets {
            target: self.address(),
            ..Sockets::default()
        };
        if let Some(running) = self.take_unprobed() {
            let started = running.started;
            return Ok(play_once(started, script, config, sockets, settings).await);
        }
        let played = over_tcp(script, config, sockets, std::future::pending()).await;
        let cost = usage.and_then(|usage| usage.cost());
        let health = self.look_after(knows_a_chain(&played.transcript), settings);
        Ok(Attempt {
            health: health.await,
            cost,
            ..Attempt::new(played, Health::NotAsked)
        })
    }

    /// Takes a node that was started for one play.
    fn take_unprobed(&mut self) -> Option<Box<Running>> {
        match (&self.probe, &mut self.origin) {
            (None, Origin::Spawned { running, .. }) => {
                self.ready = None;
                running.take()
            }
            (Some(_), Origin::Spawned { .. }) | (_, Origin::Fixed(_)) => None,
        }
    }

    /// Ends the node if we started it.
    pub(super) async fn close(&mut self, settings: &Settings) {
        if let Origin::Spawned { running, .. } = &mut self.origin
            && let Some(running) = running.take()
        {
            self.ending.add(running.started, settings.grace).await;
        }
        self.ending.wait().await;
    }

    fn address(&self) -> Option<SocketAddr> {
        match &self.origin {
            Origin::Fixed(address) => Some(*address),
            Origin::Spawned { running, .. } => running.as_ref().map(|running| running.address),
        }
    }

    fn group(&self) -> Option<u32> {
        match &self.origin {
            Origin::Fixed(_) => None,
            Origin::Spawned { running, .. } => running.as_ref()?.started.process.group(),
        }
    }

    /// Probes the node after a play, and keeps it only if it can be used again.
    async fn look_after(&mut self, has_learned: bool, settings: &Settings) -> Health {
        let last = self.ready.take();
        let (Some(address), Some(probe)) = (self.address(), &self.probe) else {
            return Health::NotAsked;
        };
        let health = match probe.ask(address).await {
            Ok(answer) => {
                let keep = match self.origin {
                    Origin::Fixed(_) => true,
                    Origin::Spawned { .. } => answer.is_new && !has_learned,
                };
                let seen = answer.seen.or(last.and_then(|last| last.seen));
                self.ready = keep.then_some(Ready { seen });
                return Health::Well;
            }
            Err(health) => health,
        };
        match &mut self.origin {
            Origin::Spawned { running, .. } => {
                let death = death(running, settings).await;
                death.map_or(health, Health::Died)
            }
            Origin::Fixed(_) => health,
        }
    }
}

/// Plays a script at a node that was started for it, and ends the node.
async fn play_once(
    mut started: Started,
    script: Arc<Prepared>,
    config: PlayConfig,
    sockets: Sockets,
    settings: &Settings,
) -> Attempt {
    let played = over_tcp(script, config, sockets, started.failed()).await;
    let patience = settings.patience_after(&played);
    let process = started.finish(patience, settings.grace).await;
    let status = process.status();
    let health = if status.is_some_and(|status| !status.success()) {
        Health::Died(Death::Process(process.clone()))
    } else {
        Health::NotAsked
    };
    Attempt {
        process: Some(process),
        ..Attempt::new(played, health)
    }
}

/// Returns how a node that gave no answer ended, if it ended by itself. While it is ending, the
/// system may still accept connections and reset them.
async fn death(running: &mut Option<Box<Running>>, settings: &Settings) -> Option<Death> {
    let ended = running.as_mut()?.started.process.ended();
    timeout(LAST_WORDS, ended).await.ok()?.ok()?;
    let process = running.take()?.started.finish(LAST_WORDS, settings.grace);
    Some(Death::Process(process.await))
}

/// Waits until a node that we did not start answers, since someone may be restarting it.
async fn wait_for(probe: &Probe, address: SocketAddr) -> Result<Answer, TargetError> {
    let until = Instant::now() + probe.timeout();
    loop {
        match probe.ask(address).await {
            Ok(answer) => return Ok(answer),
            Err(health) if Instant::now() >= until => {
                return Err(TargetError::Lost { address, health });
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// Starts a node, and tries again if it ends by itself.
async fn start(
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
    let mut started = Started::new(command, address, rpc.port())?;
    let answer = tokio::select! {
        seen = answers(probe, address) => Some(seen),
        _ = started.process.ended() => None,
        () = sleep(settings.start) => None,
    };
    if let Some(seen) = answer {
        return Ok((Running { started, address }, seen));
    }
    let program = started.program.clone();
    let process = started.finish(Duration::ZERO, settings.grace).await;
    Err(TargetError::NotReady {
        program,
        address,
        process,
    })
}

/// Waits until a node answers the probe or, without a probe, until it accepts a connection.
async fn answers(probe: Option<&Probe>, address: SocketAddr) -> Option<Seen> {
    loop {
        match probe {
            Some(probe) => {
                if let Ok(answer) = probe.ask(address).await {
                    return answer.seen;
                }
            }
            None => {
                if TcpStream::connect(address).await.is_ok() {
                    return None;
                }
            }
        }
        sleep(PAUSE).await;
    }
}
