//! The errors of targets that cannot be used. None of them says anything about the target's
//! protocol.

use std::io;
use std::net::SocketAddr;

use super::health::Health;
use super::process::ProcessEnd;
use crate::script::Diagnostics;
use crate::script::player::PrepareError;

/// Why a target cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// We cannot listen at an address.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        #[source]
        error: io::Error,
    },
    /// The ports for this number of jobs exceed the highest port.
    #[error("port {port} does not exist: use fewer jobs or a lower port")]
    NoSuchPort {
        /// The number of the port.
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
        /// The system's error.
        #[source]
        error: io::Error,
    },
    /// A node that we started cannot be used.
    #[error("{program} {}{}", crate::outcome::start_failed(*.address, .process), crate::outcome::last_output(.process))]
    NotReady {
        /// The program.
        program: String,
        /// The address at which it was to listen.
        address: SocketAddr,
        /// How it ended, and its output.
        process: ProcessEnd,
    },
    /// A client ended before it connected.
    #[error("{program} ended before it connected: {process}{}", crate::outcome::last_output(.process))]
    NeverDialled {
        /// The program.
        program: String,
        /// How it ended, and its output.
        process: ProcessEnd,
    },
    /// A node that we did not start cannot be used, or not any longer.
    #[error("{}", crate::outcome::lost(.health))]
    Lost {
        /// The address at which it listens.
        address: SocketAddr,
        /// The state in which it was found.
        health: Health,
    },
    /// A play panicked.
    #[error("internal error, please report it: {0}")]
    Internal(#[from] tokio::task::JoinError),
    /// The script that probes a node cannot be read.
    #[error("internal error, please report it: {0}")]
    ProbeText(#[from] Diagnostics),
    /// The script that probes a node cannot be prepared.
    #[error("internal error, please report it: {0}")]
    ProbeChain(#[from] PrepareError),
}
