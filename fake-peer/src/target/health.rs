//! The state of a target after a play.

use super::process::ProcessEnd;

/// The state of a target after a play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// The target was not probed, and showed nothing wrong.
    NotAsked,
    /// The target works.
    Well,
    /// The target ended by itself.
    Died(Death),
    /// The target accepts connections, but does not answer a handshake and a ping.
    Unresponsive,
    /// The target ends our connections at once, as if we were banned.
    TurnsUsAway,
}

/// How a target died, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Death {
    /// The process ended by itself.
    Process(ProcessEnd),
    /// The model peer crashed because of these flaws.
    Flaw(Vec<&'static str>),
    /// A node that we did not start accepts no more connections.
    NoConnections,
    /// A node that we did not start accepts no more connections, because of this script or of one
    /// of these, which were played within the same moment.
    OneOf(Vec<String>),
}
