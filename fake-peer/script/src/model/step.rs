//! The steps of a script.

use std::time::Duration;

use arbitrary::Arbitrary;
use fake_peer_core::wire::Command;
use serde::{Deserialize, Serialize};

use super::{Field, Name, Observation, OutcomeSet, Send};

/// What happens next.
///
/// Steps run in the order of the script, whichever connection they are about, and each ends before
/// the next begins. Outside of [`Step::Connection`] they are about the connection `main`. A
/// connection opens with its first step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Steps about another connection.
    Connection {
        /// Which.
        name: Name,
        /// The steps.
        steps: Vec<Step>,
    },
    /// The same steps several times.
    Repeat {
        /// How often.
        count: u32,
        /// The steps.
        steps: Vec<Step>,
    },
    /// Opens the connection, even if nothing is sent, or again after it ended.
    Connect {
        /// As so many connections: each later step is done on every one of them.
        count: u32,
    },
    /// Version and verack, both ways.
    Handshake(Handshake),
    /// Sends something.
    Send(Send),
    /// Waits for something; anything else is a failure.
    Expect(Observation),
    /// Waits for one of several things.
    ExpectOneOf(OutcomeSet),
    /// Messages that silence, and a forbidden message, are not about, from here on.
    Ignore(#[arbitrary(with = super::arbitrary::commands)] Vec<Command>),
    /// Messages that are a failure whenever they come, from here on.
    Forbid(#[arbitrary(with = super::arbitrary::commands)] Vec<Command>),
    /// Whether pings of the target are answered, as they are unless told otherwise.
    AnswerPings(bool),
    /// Whether we read what the target sends, as we do unless told otherwise.
    Reading(bool),
    /// Lets time pass.
    Wait(#[arbitrary(with = super::arbitrary::time)] Duration),
    /// Ends the connection in order (FIN both ways).
    Close,
    /// Ends our direction (FIN); the target may go on.
    HalfClose,
    /// Ends the connection by a reset (RST).
    Reset,
    /// From here on we are an honest peer with this chain.
    BeHonest {
        /// The chain.
        chain: Name,
    },
}

/// A handshake as an honest peer does it: our version, theirs, what we negotiate, verack both ways.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Arbitrary)]
pub struct Handshake {
    /// The fields of our version; others have their defaults, as in
    /// [`Content::Message`](super::Content::Message).
    pub version: Vec<Field>,
    /// What we send between version and verack, in this order, with default fields.
    #[arbitrary(with = super::arbitrary::commands)]
    pub offers: Vec<Command>,
}
