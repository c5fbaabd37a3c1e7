//! Recordings of the traffic between two nodes, written as scripts.
//!
//! | item | purpose |
//! |---|---|
//! | [`Recording`] | turns bytes and their times into messages |
//! | [`Recorded::script`] | writes a recording as a script, from either side |
//! | [`import`] | makes a recording from network and message captures |
//! | [`proxy`] | forwards connections between two nodes and records them |
//!
//! A recording does not depend on who will replay it. [`Recorded::script`] writes it from one side:
//! it sends what that side sent, and expects what the other side sent. One recording therefore makes
//! two scripts: one plays the dialler against a node that listens, the other the listener against a
//! node that dials. They are separate because a script gives the messages that it sends in full, but
//! only tests parts of those that it expects.
//!
//! # What a script contains
//!
//! A sent message is written as a typed message if that encodes to the same bytes, with a lie if
//! only its envelope is wrong, and as raw bytes otherwise. Values that must differ between runs are
//! left out: the nonce and the time of our `version` are generated for each run, and a nonce of the
//! other side that we sent back is captured and sent back.
//!
//! Received messages are expected in the order in which they arrived. Only the fields that a node
//! repeats are tested ([`TESTED_FIELDS`]). Messages that a node sends on its own initiative
//! ([`UNPROMPTED`]) are expected only if we answered them ([`CUES`]). All other messages are
//! ignored, so that a node does not fail for sending more than it did in the recording.
//!
//! If the other side ended its direction, the script expects the end of the connection and sends
//! nothing more: no node is known that half-closes a connection and keeps reading.
//!
//! A proxy sees each request before its answer, so a replay can follow the order of the recording:
//! every expected message was caused by what precedes it.

mod fields;
pub mod import;
mod log;
pub mod proxy;
mod received;
mod sent;
mod write;

pub use log::{Entry, Event, Recorded, Recording};
pub use received::{CUES, TESTED_FIELDS, UNPROMPTED};
pub use write::Writing;

/// One of the two ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The end that opened the connection.
    Dialler,
    /// The end that accepted it.
    Listener,
}

impl Side {
    /// Returns the other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Dialler => Self::Listener,
            Self::Listener => Self::Dialler,
        }
    }
}
