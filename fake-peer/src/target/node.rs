//! A node that listens, which we start or which is already running.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::Settings;
use super::attempt::{Attempt, Seen, knows_a_chain};
use super::command::CommandLine;
use super::error::TargetError;
use super::health::{Death, Health};
use super::launch::{PAUSE, Running, start, wait_for};
use super::pending::{Pending, Watch, death};
use super::probe::{Answer, Probe};
use super::start::{Ending, Started, was_left};
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
    /// The start of the last play or probe that the node answered.
    alive: Option<Instant>,
    /// How a node that we did not start was found dead, after the last play.
    died: Option<Death>,
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
        let probe = settings.probes.then(|| Probe::of(settings));
        Ok(Self {
            origin,
            probe: probe.transpose()?,
            ready: None,
            alive: None,
            died: None,
            lost: None,
            ending: Ending::default(),
        })
    }

    /// Makes sure that a node is ready, and returns the contents of its `version` message.
    pub(super) async fn ready(
        &mut self,
        settings: &Settings,
    ) -> Result<Option<Seen>, Arc<TargetError>> {
        if let Some(ready) = &self.ready
            && self.death().await.is_none()
        {
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
                if let TargetError::Lost {
                    health: Health::Died(death),
                    ..
                } = &error
                {
                    self.died = Some(death.clone());
                }
                let error = Arc::new(error);
                self.lost = Some(Arc::clone(&error));
                Err(error)
            }
        }
    }

    async fn make_ready(&mut self, settings: &Settings) -> Result<Option<Seen>, TargetError> {
        self.end_running(settings).await;
        let probe = self.probe.as_ref();
        let now = Instant::now();
        match &mut self.origin {
            Origin::Fixed(address) => {
                let Some(probe) = probe else { return Ok(None) };
                let answer = wait_for(probe, *address, settings).await?;
                self.alive = Some(now);
                Ok(answer.seen)
            }
            Origin::Spawned { command, running } => {
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
    ) -> Result<Pending, Arc<TargetError>> {
        self.ready(settings).await?;
        self.died = None;
        let is_measured = (settings.measures)(script.script());
        let usage = self.group().filter(|_| is_measured).and_then(Usage::of);
        let sockets = Sockets {
            target: self.address(),
            ..Sockets::default()
        };
        if let Some(running) = self.take_unprobed() {
            let started = running.started;
            let attempt = play_once(started, script, config, sockets, settings).await;
            return Ok(Pending::over(attempt));
        }
        let now = Instant::now();
        let played = over_tcp(script, config, sockets, std::future::pending()).await;
        if Seen::find(&played.transcript).is_some() {
            self.alive = Some(now);
        }
        let cost = usage.and_then(|usage| usage.cost());
        let patience = if was_left(&played) {
            settings.patience
        } else {
            Duration::ZERO
        };
        let until = Instant::now() + patience;
        let health = self.look_after(knows_a_chain(&played.transcript), settings);
        let health = health.await;
        let watch = self.watch(&health, until);
        let attempt = Attempt {
            health,
            cost,
            ..Attempt::new(played, Health::NotAsked)
        };
        Ok(Pending::new(attempt, watch))
    }

    /// Returns what has to be watched after a play, until this time or longer.
    fn watch(&mut self, health: &Health, until: Instant) -> Watch {
        if matches!(health, Health::Died(_)) {
            return Watch::Over;
        }
        match &mut self.origin {
            Origin::Fixed(_) if self.probe.is_none() => Watch::Over,
            // The probe after the play may have come too early.
            Origin::Fixed(_) => Watch::Node {
                until: until.max(Instant::now()),
            },
            Origin::Spawned { running: None, .. } => Watch::Over,
            Origin::Spawned {
                running: Some(running),
                ..
            } => {
                running.watched = running.watched.max(Some(until));
                Watch::Process {
                    process: running.started.process.observer().clone(),
                    address: running.address,
                    until,
                }
            }
        }
    }

    /// Looks whether the node has survived a play.
    pub(super) async fn look(&self, pending: &mut Pending) {
        pending.look(self.alive, self.died.as_ref()).await;
    }

    /// Probes the node once more, to see whether it has survived the last plays.
    pub(super) async fn probe_again(&mut self, settings: &Settings) {
        if let Some(Err(health)) = self.ask(settings).await {
            self.ready = None;
            if let Health::Died(death) = health {
                self.died = Some(death);
            }
        }
    }

    /// Makes sure that the next play has a node of its own, unless the node is not ours. Returns
    /// whether it has.
    pub(super) fn renew(&mut self) -> bool {
        match self.origin {
            Origin::Spawned { .. } => {
                self.ready = None;
                true
            }
            Origin::Fixed(_) => false,
        }
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
        self.end_running(settings).await;
        self.ending.wait().await;
    }

    /// Starts to end the node that is running, if we started it.
    async fn end_running(&mut self, settings: &Settings) {
        if let Origin::Spawned { running, .. } = &mut self.origin
            && let Some(running) = running.take()
        {
            let patience = running.patience();
            let ending = self.ending.add(running.started, patience, settings.grace);
            ending.await;
        }
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
        let health = match self.ask(settings).await {
            None => return Health::NotAsked,
            Some(Ok(answer)) => {
                let keep = match self.origin {
                    Origin::Fixed(_) => true,
                    Origin::Spawned { .. } => answer.is_new && !has_learned,
                };
                let seen = answer.seen.or(last.and_then(|last| last.seen));
                self.ready = keep.then_some(Ready { seen });
                return Health::Well;
            }
            Some(Err(health)) => health,
        };
        match &self.origin {
            Origin::Spawned {
                running: Some(running),
                ..
            } => {
                // While it is ending, the system may still accept connections and reset them.
                let ended = running.started.process.observer().ended();
                // If it has not ended by then, it has not died.
                let _ = timeout(settings.patience, ended).await;
                self.death().await.map_or(health, Health::Died)
            }
            Origin::Spawned { running: None, .. } => health,
            Origin::Fixed(_) => {
                if let Health::Died(death) = &health {
                    self.died = Some(death.clone());
                }
                health
            }
        }
    }

    /// Probes the node, and again for some time while it ends our connections, which the system also
    /// does for a process that is ending.
    async fn ask(&mut self, settings: &Settings) -> Option<Result<Answer, Health>> {
        let until = Instant::now() + settings.patience;
        loop {
            let (address, probe) = (self.address()?, self.probe.as_ref()?);
            let now = Instant::now();
            let answer = probe.ask(address).await;
            if let Some(death) = self.death().await {
                return Some(Err(Health::Died(death)));
            }
            match answer {
                Err(Health::TurnsUsAway) if now < until => sleep(PAUSE).await,
                Err(health) => return Some(Err(health)),
                Ok(answer) => {
                    self.alive = Some(now);
                    return Some(Ok(answer));
                }
            }
        }
    }

    /// Returns how the node's process died, if it did.
    async fn death(&self) -> Option<Death> {
        match &self.origin {
            Origin::Fixed(_) => None,
            Origin::Spawned { running, .. } => {
                let running = running.as_ref()?;
                death(running.started.process.observer(), running.address).await
            }
        }
    }
}

/// Plays a script at a node that was started for it, and ends the node.
async fn play_once(
    started: Started,
    script: Arc<Prepared>,
    config: PlayConfig,
    sockets: Sockets,
    settings: &Settings,
) -> Attempt {
    let played = over_tcp(script, config, sockets, started.failed()).await;
    let patience = settings.patience_after(&played);
    let process = started.finish(patience, settings.grace).await;
    Attempt::of_process(played, process)
}
