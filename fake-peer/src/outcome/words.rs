//! Words for verdicts, endings, and the health of a target.

use std::fmt;
use std::net::SocketAddr;
use std::process::ExitStatus;
use std::time::Duration;

use fake_peer_core::Network;
use fake_peer_core::network::NetworkName;

use super::{Ending, Verdict};
use crate::script::player::NO_CONNECTION;
use crate::script::words::Time;
use crate::target::{Death, End, Health, ProcessEnd};

impl Verdict {
    /// All verdicts, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Pass,
        Self::Weaker,
        Self::Fail,
        Self::Varies,
        Self::Inconclusive,
        Self::Unsupported,
        Self::Error,
        Self::Skipped,
    ];

    /// The word for it, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Weaker => "weaker",
            Self::Fail => "fail",
            Self::Varies => "varies",
            Self::Inconclusive => "inconclusive",
            Self::Unsupported => "unsupported",
            Self::Error => "error",
            Self::Skipped => "skipped",
        }
    }

    /// A mark that differs from the others without colour.
    pub fn mark(self) -> char {
        match self {
            Self::Pass => '✓',
            Self::Weaker => '~',
            Self::Fail => '✗',
            Self::Varies => '◇',
            Self::Inconclusive => '?',
            Self::Unsupported => '–',
            Self::Error => '!',
            Self::Skipped => '○',
        }
    }
}

impl Ending {
    /// The word for it, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Reset => "reset",
            Self::Unresponsive => "unresponsive",
            Self::Died => "died",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => f.write_str("the target was not asked"),
            Self::Well => f.write_str("the target works"),
            Self::Died(death) => death.fmt(f),
            Self::Unresponsive => {
                f.write_str("the target is unresponsive: no answer to a handshake")
            }
            Self::TurnsUsAway => f.write_str(
                "the target ends our connections before the handshake, as if we were banned",
            ),
        }
    }
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process(process) => {
                write!(f, "the target died: {process}{}", last_output(process))
            }
            Self::Flaw(flaws) => {
                let flaws = flaws.join(", ");
                write!(f, "the model peer crashed (flaw {flaws})")
            }
            Self::NoConnections => f.write_str("the target died: it accepts no more connections"),
            Self::OneOf(scripts) => {
                let scripts = scripts.join(", ");
                write!(
                    f,
                    "the target died: it accepts no more connections, because of this or of {scripts}"
                )
            }
        }
    }
}

impl fmt::Display for ProcessEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.end {
            End::ByItself(status) => f.write_str(&exited(status)),
            End::Asked(status) => write!(f, "{} when asked to end", exited(status)),
            End::Killed => f.write_str("killed by us"),
        }
    }
}

/// Describes how a process ended by itself.
fn exited(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exited with status {code}"),
        None => format!(
            "ended by {}",
            status.to_string().replace("signal: ", "signal ")
        ),
    }
}

/// Returns the last line that a process printed, as the end of a sentence.
pub(crate) fn last_output(process: &ProcessEnd) -> String {
    match process.output.lines().last() {
        Some(line) if !line.trim().is_empty() => format!("; last output: {}", line.trim()),
        _ => String::new(),
    }
}

/// Describes why a node that we did not start cannot be played at.
pub(crate) fn lost(address: SocketAddr, network: NetworkName, health: &Health) -> String {
    match health {
        Health::Died(_) => format!("{NO_CONNECTION} at {address}"),
        Health::TurnsUsAway => format!("the target at {address} {}", turned_away(network)),
        Health::NotAsked | Health::Well | Health::Unresponsive => format!("{health} ({address})"),
    }
}

/// Describes why a node that was started is not ready. `health` is its state if it accepted a
/// connection.
pub(crate) fn start_failed(
    address: SocketAddr,
    network: NetworkName,
    health: Option<&Health>,
    process: &ProcessEnd,
) -> String {
    match (process.end, health) {
        (End::ByItself(status), _) => {
            format!(
                "{} before it accepted a connection at {address}",
                exited(status)
            )
        }
        (End::Asked(_) | End::Killed, Some(Health::TurnsUsAway)) => turned_away(network),
        (End::Asked(_) | End::Killed, Some(Health::Unresponsive)) => {
            format!("does not answer a handshake at {address}")
        }
        (End::Asked(_) | End::Killed, _) => format!("accepts no connection at {address}"),
    }
}

fn turned_away(network: NetworkName) -> String {
    format!(
        "ends our connections before the handshake: it is not on {network}, or has banned our address"
    )
}

/// Describes why a client that was started cannot be played with. It had `limit` to connect.
pub(crate) fn never_dialled(address: SocketAddr, limit: Duration, process: &ProcessEnd) -> String {
    match process.end {
        End::ByItself(status) => format!("{} before it connected", exited(status)),
        End::Asked(_) | End::Killed => {
            format!("did not connect to {address} in {}", Time(limit))
        }
    }
}

/// Describes the network of a client that is on another one.
pub(crate) fn other_network(network: NetworkName, found: [u8; 4]) -> String {
    match Network::from_magic(found) {
        Some(theirs) => format!("on {theirs}, not on {network}"),
        None => format!(
            "not on {network}: it sent the magic {}",
            const_hex::encode(found)
        ),
    }
}
