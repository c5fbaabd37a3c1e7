//! The steps of a script.

use std::time::Duration;

use arbitrary::Arbitrary;
use fake_peer_core::wire::Command;
use serde::{Deserialize, Serialize};

use super::walk::elements;
use super::{Element, ElementMut, Elements, Expectation, Field, Name, Observation, Send};

/// A step of a script.
///
/// Steps run in the order of the script, whichever connection they use, and each ends before the
/// next begins. Outside of [`Step::Connection`], they use the connection `main`. A connection opens
/// with its first step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Steps on another connection.
    Connection {
        /// The name of the connection.
        name: Name,
        /// The steps.
        steps: Vec<Step>,
    },
    /// The same steps several times.
    Repeat {
        /// How many times the steps are done.
        count: u32,
        /// The steps.
        steps: Vec<Step>,
    },
    /// Opens the connection, even if nothing is sent, or again after it ended.
    Connect {
        /// The number of connections to open. Each later step is done on every one of them.
        count: u32,
    },
    /// Version and verack, both ways.
    Handshake(Handshake),
    /// Sends something.
    Send(Send),
    /// Waits for something.
    Expect(Expectation),
    /// From here on, these messages do not break a silence, and are not forbidden.
    Ignore(#[arbitrary(with = super::arbitrary::commands)] Vec<Command>),
    /// From here on, these messages are a failure whenever they come.
    Forbid(#[arbitrary(with = super::arbitrary::commands)] Vec<Command>),
    /// Whether pings of the target are answered, which is the default.
    AnswerPings(bool),
    /// Whether we read what the target sends, which is the default.
    Reading(bool),
    /// Lets time pass.
    Wait(#[arbitrary(with = super::arbitrary::time)] Duration),
    /// Closes the connection cleanly (FIN both ways).
    Close,
    /// Closes our direction (FIN); the target may continue to send.
    HalfClose,
    /// Resets the connection (RST).
    Reset,
    /// From here on, we answer like an honest peer with this chain.
    BeHonest {
        /// The chain.
        chain: Name,
    },
}

/// A handshake as an honest peer does it: both versions, the features that we offer, and both
/// veracks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Arbitrary)]
pub struct Handshake {
    /// The fields of our version; others have their defaults, as in
    /// [`Content::Message`](super::Content::Message).
    pub version: Vec<Field>,
    /// What we send between version and verack, in this order, with default fields.
    #[arbitrary(with = super::arbitrary::commands)]
    pub offers: Vec<Command>,
}

/// What a step does to its connection, as far as it can be known before a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It needs no connection.
    None,
    /// It opens the connection.
    Opens,
    /// It needs a connection that has not ended.
    Needs,
    /// It sends something.
    Sends,
    /// It does the handshake, which is possible only once.
    Handshakes,
    /// It does the handshake unless that has been done.
    Serves,
    /// It closes our direction.
    HalfCloses,
    /// It ends the connection.
    Ends,
    /// The effect depends on what it expects: see [`Observation`].
    Observes,
}

macro_rules! elements_of {
    ($step:expr, $Element:ident, $expected:ident) => {
        match $step {
            Step::Connection { name, steps } => elements(
                Some($Element::Connection(name)),
                Some($Element::Steps(steps)),
            ),
            Step::Repeat { count, steps } => {
                elements(Some($Element::Times(count)), Some($Element::Steps(steps)))
            }
            Step::Connect { count } => elements(Some($Element::Connections(count)), None),
            Step::Handshake(Handshake { version, offers }) => elements(
                Some($Element::Offers(offers)),
                Some($Element::Version(version)),
            ),
            Step::Send(send) => elements(Some($Element::Send(send)), None),
            Step::Expect(expectation) => elements(Some(expectation.$expected()), None),
            Step::Ignore(commands) | Step::Forbid(commands) => {
                elements(Some($Element::Commands(commands)), None)
            }
            Step::AnswerPings(switch) | Step::Reading(switch) => {
                elements(Some($Element::Switch(switch)), None)
            }
            Step::Wait(time) => elements(Some($Element::Pause(time)), None),
            Step::Close | Step::HalfClose | Step::Reset => elements(None, None),
            Step::BeHonest { chain } => elements(Some($Element::Chain(chain)), None),
        }
    };
}

impl Step {
    /// The elements of the step.
    pub fn elements(&self) -> Elements<Element<'_>> {
        elements_of!(self, Element, element)
    }

    /// Like [`Step::elements`], to change them.
    pub fn elements_mut(&mut self) -> Elements<ElementMut<'_>> {
        elements_of!(self, ElementMut, element_mut)
    }

    /// The effect of the step on its connection.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Connection { .. } | Self::Repeat { .. } | Self::Wait(_) => Effect::None,
            Self::Connect { .. } => Effect::Opens,
            Self::Ignore(_) | Self::Forbid(_) | Self::AnswerPings(_) | Self::Reading(_) => {
                Effect::Needs
            }
            Self::Send(_) => Effect::Sends,
            Self::Handshake(_) => Effect::Handshakes,
            Self::BeHonest { .. } => Effect::Serves,
            Self::HalfClose => Effect::HalfCloses,
            Self::Close | Self::Reset => Effect::Ends,
            Self::Expect(_) => Effect::Observes,
        }
    }

    /// The verb of its text form.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Connection { .. } => "connection",
            Self::Repeat { .. } => "repeat",
            Self::Connect { .. } => "connect",
            Self::Handshake(_) => "handshake",
            Self::Send(_) => "send",
            Self::Expect(expectation) => expectation.verb(),
            Self::Ignore(_) => "ignore",
            Self::Forbid(_) => "forbid",
            Self::AnswerPings(_) => "answer-pings",
            Self::Reading(_) => "reading",
            Self::Wait(_) => "wait",
            Self::Close => "close",
            Self::HalfClose => "half-close",
            Self::Reset => "reset",
            Self::BeHonest { .. } => "be-honest",
        }
    }

    /// What the step waits for, if it waits for something.
    pub fn expectation(&self) -> Option<&Expectation> {
        if let Self::Expect(expectation) = self {
            Some(expectation)
        } else {
            None
        }
    }
}

impl From<Observation> for Step {
    fn from(observation: Observation) -> Self {
        Self::Expect(Expectation::One(observation))
    }
}
