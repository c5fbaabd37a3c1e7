//! How a target is after a play.

use super::process::ProcessEnd;

/// How a target is after a play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It was not asked, and showed nothing wrong.
    NotAsked,
    /// It works as before.
    Well,
    /// It ended by itself.
    Died(Death),
    /// It accepts connections, and does not answer a handshake and a ping.
    Unresponsive,
    /// It ends our connections at once, as one does that has banned us.
    TurnsUsAway,
}

/// How a target died, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Death {
    /// The process ended by itself.
    Process(ProcessEnd),
    /// The model peer crashed; these are the names of its flaws.
    Flaw(Vec<&'static str>),
    /// A node that we did not start accepts no more connections.
    NoConnections,
}
