//! The Bitcoin peer-to-peer protocol as pure functions and state machines.
//!
//! Nothing in this crate opens a socket, reads a clock or generates a random number: bytes, times
//! and nonces come in as arguments, and messages, verdicts and events come out. So everything that
//! a driver does with it can be replayed exactly.
//!
//! | module | holds |
//! |---|---|
//! | [`hash`] | hash256, of one input and of many headers at once |
//! | [`wire`] | the bounded reader, the writer, the envelope and the incremental stream decoder |
//! | [`message`] | every message, declared once in one table |
//! | [`network`] | networks as data: name, magic, port, header rules |
//! | [`header`] | the 80-byte header and its `bits` |
//! | [`chain`] | header rules, the linear validator and the tree of forks |
//! | [`session`] | an honest peer's handshake and housekeeping |
//! | [`transport`] | framing: between the bytes of a connection and its envelopes |

#![deny(unsafe_code)]

pub mod chain;
pub mod hash;
pub mod header;
pub mod message;
pub mod network;
pub mod session;
mod text_form;
pub mod transport;
pub mod wire;

pub use hash::{Hash256, hash256};
pub use header::Header;
pub use message::Message;
pub use network::Network;
