//! The model peer: an honest full node on the wire, as a state machine.
//!
//! [`Node`] answers as Bitcoin Core does, over any number of connections, in either role. All that
//! it does is written down in a [`Behaviour`]; a bug of another implementation is one field of it
//! filled otherwise, and [`FLAWS`] is a table of such bugs.

#![forbid(unsafe_code)]

pub mod behaviour;
pub mod flaws;
#[cfg(test)]
mod harness;
mod node;

pub use behaviour::Behaviour;
pub use flaws::{FLAWS, Flaw};
pub use node::{Condition, Node, NodeConfig, NodeRole};
