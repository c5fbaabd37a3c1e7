//! The model peer: an honest full node on the wire, as a state machine.
//!
//! [`Node`] behaves as Bitcoin Core does, over any number of connections and in either role. A
//! [`Behaviour`] describes everything it does. A bug of another implementation is a different value
//! in one of its fields, and [`FLAWS`] is a table of such bugs.

#![forbid(unsafe_code)]

pub mod behaviour;
pub mod flaws;
#[cfg(test)]
mod harness;
mod node;

pub use behaviour::Behaviour;
pub use flaws::{FLAWS, Flaw};
pub use node::{Condition, Node, NodeConfig, NodeRole};
