//! A node that listens: one that is there, or one that we start.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use super::attempt::{Attempt, Health, knows_a_chain};
use super::sanity::{Answer, Sanity};
use super::usage::Usage;
use crate::check::result::Seen;
use crate::drive::play::over_tcp;
use crate::drive::process::{CommandLine, Process};
use crate::drive::tcp::Sockets;
use crate::script::player::{PlayConfig, Prepared};

/// A node at an address.
#[derive(Debug)]
pub(super) struct Node {
    origin: Origin,
    sanity: Sanity,
    /// It may be played at as it is.
    ready: Option<Ready>,
    /// Why there is no more of it.
    lost: Option<String>,
}

/// A node that answered when it was last asked.
#[derive(Debug, Clone)]
struct Ready {
    /// What it said of itself.
    seen: Option<Seen>,
}

/// Where a node comes from.
#[derive(Debug)]
enum Origin {
    /// It is there.
    Fixed(SocketAddr),
    /// We start it.
    Spawned {
        command: CommandLine,
        running: Option<Box<Running>>,
    },
}

/// A node that we started.
#[derive(Debug)]
struct Running {
    process: Process,
    address: SocketAddr,
    /// Removed when this is dropped, and the process with it.
    _folder: TempDir,
}

/// How long a node may take from its start to its first handshake.
const START: Duration = Duration::from_mins(1);

/// How often it is asked meanwhile.
const PAUSE: Duration = Duration::from_millis(20);

/// How long a node that takes no connections may take to end, so that we know how it did.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How often a node is started before it is given up: another program may take its port first.
const STARTS: usize = 3;

impl Node {
    pub(super) fn fixed(address: SocketAddr, sanity: Sanity) -> Self {
        Self::new(Origin::Fixed(address), sanity)
    }

    pub(super) fn spawned(command: CommandLine, sanity: Sanity) -> Self {
        let running = None;
        Self::new(Origin::Spawned { command, running }, sanity)
    }

    fn new(origin: Origin, sanity: Sanity) -> Self {
        Self {
            origin,
            sanity,
            ready: None,
            lost: None,
        }
    }

    /// Sees to it that there is a node that answers, and gives what it says of itself.
    pub(super) async fn ready(&mut self) -> Result<Option<Seen>, String> {
        if let Some(ready) = &self.ready {
            return Ok(ready.seen.clone());
        }
        if let Some(reason) = &self.lost {
            return Err(reason.clone());
        }
        let answer = match &mut self.origin {
            Origin::Fixed(address) => wait_for(&self.sanity, *address).await,
            Origin::Spawned { command, running } => {
                end(running).await;
                start(command, &self.sanity).await.map(|(new, answer)| {
                    *running = Some(Box::new(new));
                    answer
                })
            }
        };
        match answer {
            Ok(answer) => {
                let seen = answer.seen;
                self.ready = Some(Ready { seen: seen.clone() });
                Ok(seen)
            }
            Err(reason) => {
                self.lost = Some(reason.clone());
                Err(reason)
            }
        }
    }

    /// Plays a case at the node that is ready, and looks how it is afterwards. `measured` asks what
    /// the case costs it, which is known of one that we started.
    pub(super) async fn attempt(
        &mut self,
        script: Arc<Prepared>,
        config: PlayConfig,
        measured: bool,
    ) -> Attempt {
        let usage = self.group().filter(|_| measured).and_then(Usage::of);
        let sockets = Sockets {
            target: self.address(),
            ..Sockets::default()
        };
        let played = over_tcp(script, config, sockets, std::future::pending()).await;
        let cost = usage.and_then(|usage| usage.cost());
        let health = self.look_after(knows_a_chain(&played.transcript)).await;
        Attempt {
            played,
            health,
            cost,
        }
    }

    /// Ends the node if we started it.
    pub(super) async fn end(&mut self) {
        if let Origin::Spawned { running, .. } = &mut self.origin {
            end(running).await;
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
            Origin::Spawned { running, .. } => running.as_ref()?.process.group(),
        }
    }

    /// Asks the node after a case, and keeps it only if it can be played at again.
    async fn look_after(&mut self, has_learned: bool) -> Health {
        let last = self.ready.take();
        let Some(address) = self.address() else {
            return Health::Dead("it was not started".to_owned());
        };
        let health = match self.sanity.ask(address).await {
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
        match (&mut self.origin, health) {
            (Origin::Spawned { running, .. }, Health::Dead(how)) => {
                Health::Dead(how_it_ended(running).await.unwrap_or(how))
            }
            (_, health) => health,
        }
    }
}

/// Waits until a node that we did not start answers, for it may be started again by another.
async fn wait_for(sanity: &Sanity, address: SocketAddr) -> Result<Answer, String> {
    let until = Instant::now() + sanity.timeout();
    loop {
        match sanity.ask(address).await {
            Ok(answer) => return Ok(answer),
            Err(health) if Instant::now() >= until => {
                return Err(format!(
                    "the target at {address} is lost: {}",
                    lost(&health)
                ));
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}

fn lost(health: &Health) -> &str {
    match health {
        Health::Well => "it works",
        Health::Dead(how) => how,
        Health::Hung => "it answers no handshake",
        Health::TurnsUsAway => "it ends our connections before the handshake, as if we were banned",
    }
}

async fn start(command: &CommandLine, sanity: &Sanity) -> Result<(Running, Answer), String> {
    let mut reason = String::new();
    for _ in 0..STARTS {
        match try_start(command, sanity).await {
            Ok(started) => return Ok(started),
            Err(error) => reason = error.to_string(),
        }
    }
    Err(reason)
}

async fn try_start(command: &CommandLine, sanity: &Sanity) -> io::Result<(Running, Answer)> {
    let folder = TempDir::with_prefix("fake-peer-")?;
    let (p2p, rpc) = free_ports().await?;
    let words = command.filled(&[
        ("{p2p}", &p2p.to_string()),
        ("{rpc}", &rpc.to_string()),
        ("{dir}", &folder.path().to_string_lossy()),
    ]);
    let program = words.first().cloned().unwrap_or_default();
    let failed = |text: &str| io::Error::other(format!("{program}: {text}"));
    let mut process = Process::start(&words).map_err(|error| failed(&error.to_string()))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, p2p));
    let answers = async {
        loop {
            match sanity.ask(address).await {
                Ok(answer) => return answer,
                Err(_) => sleep(PAUSE).await,
            }
        }
    };
    let answer = tokio::select! {
        answer = answers => Some(answer),
        _ = process.ended() => None,
        () = sleep(START) => None,
    };
    let Some(answer) = answer else {
        let end = process.finish(Duration::ZERO).await;
        let how = match end.status {
            Some(status) => format!("ended before it took a connection: {status}"),
            None => format!("answers no handshake at {address}"),
        };
        let last = end.output.lines().last().unwrap_or_default();
        return Err(failed(&format!("{how}; {last}")));
    };
    let running = Running {
        process,
        address,
        _folder: folder,
    };
    Ok((running, answer))
}

/// Ends a node, and then removes its folder.
async fn end(running: &mut Option<Box<Running>>) {
    if let Some(running) = running.take() {
        running.process.finish(Duration::ZERO).await;
    }
}

/// Two ports that are free now.
async fn free_ports() -> io::Result<(u16, u16)> {
    let one = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    Ok((one.local_addr()?.port(), other.local_addr()?.port()))
}

/// How a node that takes no connections ended, if it did.
async fn how_it_ended(running: &mut Option<Box<Running>>) -> Option<String> {
    let end = running.take()?.process.finish(LAST_WORDS).await;
    let status = end.status?;
    Some(match end.output.lines().last() {
        Some(last) => format!("{status}; its last words: {last}"),
        None => status.to_string(),
    })
}
