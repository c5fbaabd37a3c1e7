//! How a script is played.

use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::transport::MakeTransport;
use fake_peer_core::wire::Rules;

use crate::model::Role;

/// How a script is played: at whom, from which seed, and how long and how much at most.
#[derive(Debug, Clone)]
pub struct PlayConfig {
    /// Which end the target is: one that listens is dialled, one that dials is waited for.
    pub target: Role,
    /// What all that is random is drawn from: the same seed gives the same bytes.
    pub seed: u64,
    /// The time when the play starts, in seconds since 1970: `$now`.
    pub unix_time: u64,
    /// How long is waited for what has no `within=`, and for a connection.
    pub timeout: Duration,
    /// How long the whole play may take.
    pub total: Duration,
    /// How messages of the target are read, and how long they may be.
    pub rules: Rules,
    /// Makes the transport of each connection; v1 if there is none.
    pub transport: Option<Arc<dyn MakeTransport>>,
    /// What is held and recorded at most.
    pub limits: Limits,
}

/// What is held and recorded at most, whatever the target sends and the script repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of messages that wait on one connection until a step looks at them. At more, it is not
    /// read.
    pub inbox: usize,
    /// Bytes of one message that the transcript keeps.
    pub entry: usize,
    /// Bytes of all messages that the transcript keeps.
    pub transcript: usize,
    /// Memory of the decoded messages that the transcript keeps beside their bytes, each counted as
    /// the most that decoding can take: four bytes for each byte of its payload. Above the limit,
    /// bytes alone are kept.
    pub messages: usize,
    /// Entries that the transcript keeps.
    pub entries: usize,
    /// Connections, each time anew when one is opened again.
    pub connections: usize,
    /// Steps that are done: a step counts once for each connection that it is done on, and again
    /// each time that a `repeat` comes back to it.
    pub steps: u64,
    /// Bytes that the steps `send` write, with [`Limits::PIECE`] more for each piece.
    pub sent: u64,
}

impl Limits {
    /// The bytes that a piece counts besides its own: it is an action and, if it is the first of a
    /// message, an entry of the transcript.
    pub const PIECE: usize = 256;
}

impl PlayConfig {
    /// How long is waited unless told otherwise.
    pub const TIMEOUT: Duration = Duration::from_secs(10);

    /// How long a play may take unless told otherwise.
    pub const TOTAL: Duration = Duration::from_hours(1);

    /// A play from seed 0 at the time zero, read as the reference reads.
    pub fn new(target: Role) -> Self {
        Self {
            target,
            seed: 0,
            unix_time: 0,
            timeout: Self::TIMEOUT,
            total: Self::TOTAL,
            rules: Rules::REFERENCE,
            transport: None,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            inbox: 8 << 20,
            entry: 1 << 20,
            transcript: 64 << 20,
            messages: 16 << 20,
            entries: 1 << 20,
            connections: 100_000,
            steps: 10_000_000,
            sent: 1 << 30,
        }
    }
}
