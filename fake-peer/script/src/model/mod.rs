//! What a script is: plain data.
//!
//! Nothing here depends on the text form, the network or the clock, and any value can be built;
//! [`check`](super::check) finds what is invalid. A script and its text are equivalent: reading the
//! printed text gives the same value back.

mod arbitrary;
mod chain;
mod expect;
mod fact;
mod name;
mod network;
mod place;
mod script;
mod send;
mod step;
mod value;
mod variable;
mod walk;

pub use chain::{Base, Chain, ChainRules, Fault, FaultKind, HeaderField};
pub use expect::{
    Branch, BranchMut, Branches, BranchesMut, Capture, Class, DisconnectKind, Expect, Expectation,
    FieldTest, Observation, Op, Outcome, OutcomeSet,
};
pub use fact::{FactName, FactSet};
pub use name::{Name, NameError, Path, PathError};
pub use network::{NetworkSpec, ParseSpecError};
pub use place::{Place, StepPath};
pub use script::{Level, Requires, Role, Script};
pub use send::{ChainRange, Content, Delivery, Lie, Pieces, RawPart, Send, Width};
pub use step::{Effect, Handshake, Step};
pub use value::{Field, Item, Value};
pub use variable::{At, ChainPoint, ParseVariableError, Variable};
pub use walk::{Element, ElementMut, Elements, Part, for_each_element};
