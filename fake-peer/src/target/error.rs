//! Why a target cannot be played at. None of these says anything about the target's protocol.

use std::io;
use std::net::SocketAddr;

use super::health::Health;
use super::process::ProcessEnd;
use crate::script::Diagnostics;
use crate::script::player::PrepareError;

/// Why a target cannot be played at.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// We cannot listen.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// The system's reason.
        #[source]
        error: io::Error,
    },
    /// The ports for this number of jobs go beyond the last one.
    #[error("port {port} does not exist: use fewer jobs or a lower port")]
    NoSuchPort {
        /// The number.
        port: usize,
    },
    /// The system has no free port, or no room for a folder.
    #[error("cannot prepare the start of the target: {0}")]
    Prepare(#[source] io::Error),
    /// The program cannot be started.
    #[error("cannot start {program}: {error}")]
    Start {
        /// The program.
        program: String,
        /// The system's reason.
        #[source]
        error: io::Error,
    },
    /// A node was started, and cannot be played at.
    #[error("{program} {}{}", crate::outcome::start_failed(*.address, .process), crate::outcome::last_output(.process))]
    NotReady {
        /// The program.
        program: String,
        /// Where it was to listen.
        address: SocketAddr,
        /// How it ended, and what it printed.
        process: ProcessEnd,
    },
    /// A client ended before it connected.
    #[error("{program} ended before it connected: {process}{}", crate::outcome::last_output(.process))]
    NeverDialled {
        /// The program.
        program: String,
        /// How it ended, and what it printed.
        process: ProcessEnd,
    },
    /// A node that we did not start cannot be played at, or not any more.
    #[error("{}", crate::outcome::lost(.health))]
    Lost {
        /// Where it listens.
        address: SocketAddr,
        /// What was found there.
        health: Health,
    },
    /// A play panicked.
    #[error("internal error, please report it: {0}")]
    Internal(#[from] tokio::task::JoinError),
    /// The script that asks whether a node works cannot be read.
    #[error("internal error, please report it: {0}")]
    ProbeText(#[from] Diagnostics),
    /// The script that asks whether a node works cannot be prepared.
    #[error("internal error, please report it: {0}")]
    ProbeChain(#[from] PrepareError),
}
