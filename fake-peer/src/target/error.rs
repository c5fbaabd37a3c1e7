//! The errors of targets that cannot be used. None of them says anything about the target's
//! protocol.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use fake_peer_core::network::NetworkName;

use super::health::Health;
use super::process::ProcessEnd;
use crate::script::Diagnostics;
use crate::script::player::PrepareError;
use crate::script::words::Time;

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
    #[error("{program} {}{}", crate::outcome::start_failed(*.address, *.network, .health.as_deref(), .process), crate::outcome::last_output(.process))]
    NotReady {
        /// The program.
        program: String,
        /// The address at which it was to listen.
        address: SocketAddr,
        /// The network that it was probed on.
        network: NetworkName,
        /// The state in which it was found, if it accepted a connection.
        health: Option<Box<Health>>,
        /// How it ended, and its output.
        process: Box<ProcessEnd>,
    },
    /// A client that we started did not connect.
    #[error("{program} {}{}", crate::outcome::never_dialled(*.address, *.limit, .process), crate::outcome::last_output(.process))]
    NeverDialled {
        /// The program.
        program: String,
        /// The address at which we listened.
        address: SocketAddr,
        /// How long it had to connect.
        limit: Duration,
        /// How it ended, and its output.
        process: Box<ProcessEnd>,
    },
    /// A client that we did not start did not connect.
    #[error("no client connected to {address} in {}", Time(*.limit))]
    NobodyDialled {
        /// The address at which we listened.
        address: SocketAddr,
        /// How long we waited.
        limit: Duration,
    },
    /// A client is on another network.
    #[error("the target is {}", crate::outcome::other_network(*.network, *.found))]
    OtherNetwork {
        /// The network of the play.
        network: NetworkName,
        /// The magic of the target.
        found: [u8; 4],
    },
    /// A node that we did not start cannot be used, or not any longer.
    #[error("{}", crate::outcome::lost(*.address, *.network, .health))]
    Lost {
        /// The address at which it listens.
        address: SocketAddr,
        /// The network that it was probed on.
        network: NetworkName,
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
