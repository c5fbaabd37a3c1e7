//! Failures of a command: a line on stderr and an exit code.

use std::fmt;
use std::io;
use std::process::ExitCode;

use fake_peer::drive::ErrorKind;
use fake_peer::target::{Death, TargetError};
use fake_peer::{Network, PeerError};
use fake_peer_core::transport::TransportError;
use fake_peer_core::wire::StreamError;

use super::output;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The peer broke the protocol, or sent an invalid header: code 1.
    #[error("{0}")]
    Protocol(String),
    /// No case came to a verdict, so that nothing is known about the target: code 1.
    #[error("{0}")]
    NothingShown(String),
    /// The usage is wrong, or an input file is invalid: code 2.
    #[error("{0}")]
    Input(String),
    /// The network failed: code 3.
    #[error("{0}")]
    Network(String),
    /// The harness failed, through no fault of the peer: code 3.
    #[error("{0}")]
    Harness(String),
    /// Something else failed: code 3.
    #[error("{0}")]
    Internal(#[source] io::Error),
    /// Stdout could not be written: code 3, or if the pipe was closed, 141 without a message, as a
    /// process that is ended by a closed pipe (128 and SIGPIPE).
    #[error("cannot write to stdout: {0}")]
    Stdout(#[source] io::Error),
    /// The model peer crashed because of a flaw: 134, as a process that is aborted (128 and
    /// SIGABRT).
    #[error("{0}")]
    Crashed(Death),
    /// Ctrl-c: 130.
    #[error("interrupted")]
    Interrupted,
    /// Another failure, with advice on what to do about it.
    #[error("{0}")]
    Helped(Box<Failure>, String),
}

impl Failure {
    /// Adds advice on what the user can do about it.
    pub(crate) fn with_help(self, help: impl Into<String>) -> Self {
        Self::Helped(Box::new(self), help.into())
    }

    /// Adds when or where it happened.
    pub(crate) fn at(self, place: impl fmt::Display) -> Self {
        let add = |text: String| format!("{text} ({place})");
        match self {
            Self::Protocol(text) => Self::Protocol(add(text)),
            Self::Network(text) => Self::Network(add(text)),
            Self::Helped(failure, help) => Self::Helped(Box::new(failure.at(place)), help),
            other => other,
        }
    }

    /// Converts the error that ended a connection to a node on `network`.
    pub(crate) fn of_peer(error: &PeerError, network: Network) -> Self {
        let failure = match error.kind() {
            ErrorKind::Network => Self::Network(error.to_string()),
            ErrorKind::Protocol => Self::Protocol(error.to_string()),
        };
        match help_for(error, network) {
            Some(help) => failure.with_help(help),
            None => failure,
        }
    }

    /// Converts the error of a target that cannot be used.
    pub(crate) fn of_target(error: &TargetError) -> Self {
        let text = error.to_string();
        match error {
            TargetError::NoSuchPort { .. } => Self::Input(text),
            TargetError::Listen { .. }
            | TargetError::Lost { .. }
            | TargetError::NobodyDialled { .. }
            | TargetError::OtherNetwork { .. } => Self::Network(text),
            TargetError::NotReady { process, .. } | TargetError::NeverDialled { process, .. }
                if process.output.lines().count() > 1 =>
            {
                Self::Harness(text).with_help(format!("it printed:\n{}", process.output))
            }
            TargetError::NotReady { .. }
            | TargetError::NeverDialled { .. }
            | TargetError::Start { .. }
            | TargetError::Prepare(_)
            | TargetError::Internal(_)
            | TargetError::ProbeText(_)
            | TargetError::ProbeChain(_) => Self::Harness(text),
        }
    }

    /// Prints the failure and returns its exit code.
    pub(crate) fn report(&self) -> ExitCode {
        if let Self::Stdout(error) = self
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            return ExitCode::from(141);
        }
        output::note(format_args!("\x1b[1;31merror:\x1b[0m {self}"));
        if let Self::Helped(_, help) = self {
            output::note(format_args!("\x1b[1;32mhelp:\x1b[0m {help}"));
        }
        ExitCode::from(self.code())
    }

    fn code(&self) -> u8 {
        match self {
            Self::Protocol(_) | Self::NothingShown(_) => 1,
            Self::Input(_) => 2,
            Self::Network(_) | Self::Harness(_) | Self::Internal(_) | Self::Stdout(_) => 3,
            Self::Interrupted => 130,
            Self::Crashed(_) => 134,
            Self::Helped(failure, _) => failure.code(),
        }
    }
}

fn help_for(error: &PeerError, network: Network) -> Option<String> {
    match error {
        PeerError::Refused { .. } => {
            Some("start a node there, such as `fake-peer serve` on 127.0.0.1:8333".to_owned())
        }
        PeerError::Transport(TransportError::V1(StreamError::Magic { found, .. })) => {
            Some(match Network::from_magic(*found) {
                Some(theirs) => {
                    format!("the peer is on {theirs}, not on {network}; try --network {theirs}")
                }
                None => "no known network has this magic; is it a Bitcoin node?".to_owned(),
            })
        }
        _ => None,
    }
}
