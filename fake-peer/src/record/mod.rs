//! What passed between two nodes, written as scripts.
//!
//! | module | holds |
//! |---|---|
//! | [`Recording`] | what passed, message by message: bytes and times in |
//! | [`Recorded::script`] | the same as a script, from either side |
//! | [`import`] | a recording out of network and message captures |
//! | [`proxy`] | what stands between two nodes, and forwards |
//!
//! A recording does not know who will play it. [`Recorded::script`] writes it from one side: what
//! that side sent is sent again, and what the other said is expected. So two scripts come out of
//! one recording: one plays the dialler at a node that listens, one the listener at a node that
//! dials. They are two files because a script says whole what it sends, and only in part what it
//! expects.
//!
//! # What a script keeps
//!
//! What was sent is a typed message if it encodes to the very bytes that passed, with a lie where
//! only its envelope is false, and raw bytes otherwise. What must differ from run to run is not
//! written down: the nonce and the time of our `version` are drawn anew, and a nonce of theirs that
//! we sent back is captured and sent back.
//!
//! What was received is expected in the order in which it came, with those fields tested that a
//! node repeats ([`TELLING`]). What a node sends when it likes ([`UNPROMPTED`]) is expected only
//! where we answered it ([`CUES`]). Whatever else comes is passed over, so that a node that says
//! more than it did does not fail.
//!
//! Where the other end ended its direction, the script expects the end of the connection and says no
//! more: no node is known that half-closes a connection and reads on.
//!
//! A proxy sees a question before its answer, so the order of a recording is one that a replay can
//! follow: each message that is expected came because of what stands before it.

pub mod import;
mod log;
pub mod proxy;
mod received;
mod sent;
mod told;
mod write;

pub use log::{Entry, Event, Recorded, Recording};
pub use received::{CUES, TELLING, UNPROMPTED};
pub use write::Writing;

/// One of the two ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The one that opened the connection.
    Dialler,
    /// The one that took it.
    Listener,
}

impl Side {
    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Dialler => Self::Listener,
            Self::Listener => Self::Dialler,
        }
    }
}
