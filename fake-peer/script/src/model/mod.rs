//! What a script is: plain data.
//!
//! Nothing here knows the text form, the network or the clock, and any value can be built: whether
//! it makes sense is for [`check`](super::check) to say. A value and its text are the same thing in
//! two forms: reading what was printed gives the value back.

mod any;
mod chain;
mod expect;
mod name;
mod send;
mod step;
mod value;
mod variable;

use arbitrary::Arbitrary;
pub use chain::{Base, Chain, ChainRules, Fault, FaultKind, HeaderField};
pub use expect::{
    Capture, Class, DisconnectKind, Expect, FieldTest, Observation, Op, Outcome, OutcomeSet,
};
use fake_peer_core::Network;
use fake_peer_core::message::Services;
pub use name::{Name, NameError, Path, PathError};
pub use send::{ChainRange, Content, Delivery, Lie, Pieces, RawPart, Send, Width};
use serde::{Deserialize, Serialize};
pub use step::{Handshake, Step};
pub use value::{Field, Item, Value};
pub use variable::{At, ChainPoint, ParseVariableError, Variable};

/// A conversation with a target: who we are, what we serve, and what is sent and expected, in
/// order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Arbitrary)]
pub struct Script {
    /// What it is called; the id of a case.
    pub name: String,
    /// The network it is spoken on.
    #[arbitrary(with = any::network)]
    pub network: Network,
    /// The requirement, or the story, in a sentence.
    pub about: Option<String>,
    /// Where that comes from: BIP sections, functions, reports.
    pub sources: Vec<String>,
    /// How binding it is.
    pub level: Option<Level>,
    /// What a target must be for the script to make sense.
    pub requires: Requires,
    /// The chains that the steps name.
    pub chains: Vec<Chain>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// How binding a requirement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// A BIP or consensus asks for it.
    Must,
    /// Bitcoin Core does it.
    Reference,
    /// Implementations vary: what happens is recorded, not judged.
    Varies,
}

/// What a target must be for a script to make sense. Another one does not fail it: it is passed
/// over as unsupported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Arbitrary)]
pub struct Requires {
    /// Which end of the connection the target is; either unless told.
    pub role: Option<Role>,
    /// Service bits that its `version` must have.
    #[arbitrary(with = any::services)]
    pub services: Services,
    /// The lowest protocol version that its `version` must have.
    pub protocol: Option<i32>,
}

/// Which end of the connection the target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A node that listens: we dial.
    Listens,
    /// A client that dials: we listen.
    Dials,
}
