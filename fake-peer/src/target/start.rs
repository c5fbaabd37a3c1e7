//! The one place that starts a target and ends it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::command::{CommandLine, Places};
use super::error::TargetError;
use super::process::{End, Process, ProcessEnd};
use crate::script::player::{ConnectionEnd, PlayError, Played, Verdict};

/// A target that we started.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) process: Process,
    /// The name of the program, for messages.
    pub(super) program: String,
    /// The folder for the target, removed when this is dropped, after the process has ended.
    folder: TempDir,
}

/// How long the last messages of a target that has ended may be in transit.
const LAST_WORDS: Duration = Duration::from_millis(500);

impl Started {
    /// Starts a target that is to listen at `address`, or to connect to it; `rpc` is a free port.
    pub(super) fn new(
        command: &CommandLine,
        address: SocketAddr,
        rpc: u16,
    ) -> Result<Self, TargetError> {
        let folder = TempDir::with_prefix("fake-peer-").map_err(TargetError::Prepare)?;
        let words = command.filled(&Places {
            address,
            rpc,
            dir: folder.path(),
        });
        let program = words.first().cloned().unwrap_or_default();
        match Process::start(&words) {
            Ok(process) => Ok(Self {
                process,
                program,
                folder,
            }),
            Err(error) => Err(TargetError::Start { program, error }),
        }
    }

    /// Completes when the process has ended by itself with a failure, after a pause for messages
    /// that are still in transit. A process that forks and exits successfully goes on in its child.
    pub(super) async fn failed(&self) {
        match self.process.observer().ended().await {
            End::ByItself(status) if !status.success() => sleep(LAST_WORDS).await,
            End::ByItself(_) | End::Asked(_) | End::Killed => std::future::pending().await,
        }
    }

    /// Ends the process ([`Process::finish`]), and removes its folder.
    pub(super) async fn finish(self, patience: Duration, grace: Duration) -> ProcessEnd {
        let end = self.process.finish(patience, grace).await;
        // Nothing in the folder has to be kept, and failing to remove it is not an error of the
        // play.
        let _ = self.folder.close();
        end
    }
}

/// Targets that are ending while others are started.
#[derive(Debug, Default)]
pub(super) struct Ending(JoinSet<ProcessEnd>);

impl Ending {
    /// The most targets that may be ending at the same time.
    const MOST: usize = 6;

    /// Ends a target in the background, after it has had `patience` to end by itself.
    pub(super) async fn add(&mut self, started: Started, patience: Duration, grace: Duration) {
        while self.0.len() >= Self::MOST {
            self.0.join_next().await;
        }
        self.0.spawn(started.finish(patience, grace));
    }

    /// Waits until all of them have ended.
    pub(super) async fn wait(&mut self) {
        while self.0.join_next().await.is_some() {}
    }
}

/// Returns whether the target ended a connection, which may be because it died.
pub(super) fn was_left(played: &Played) -> bool {
    let by_target = |end| matches!(end, ConnectionEnd::Closed | ConnectionEnd::Reset);
    let mut ends = played.connections.iter().map(|connection| connection.end);
    ends.any(by_target) || was_stopped(played)
}

/// Returns whether a connection ended before the play was over, by the target or by us.
pub(super) fn was_ended(played: &Played) -> bool {
    let by_us = |end| end == ConnectionEnd::EndedByUs;
    let mut ends = played.connections.iter().map(|connection| connection.end);
    was_left(played) || ends.any(by_us)
}

/// Returns whether the play ended because the process ended.
pub(super) fn was_stopped(played: &Played) -> bool {
    played.verdict == Verdict::Error(PlayError::Stopped)
}

/// Returns two addresses of localhost with ports that are currently free. Another program may take
/// one before the target does.
pub(super) async fn free_addresses() -> Result<[SocketAddr; 2], TargetError> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    // Both sockets are held until both ports are known, so that they differ.
    let (one, other) = (bind().await, bind().await);
    let address = |listener: &io::Result<TcpListener>| match listener {
        Ok(listener) => listener.local_addr(),
        Err(error) => Err(error.kind().into()),
    };
    let addresses = [address(&one), address(&other)];
    let [one, other] = addresses.map(|address| address.map_err(TargetError::Prepare));
    Ok([one?, other?])
}
