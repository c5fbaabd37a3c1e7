//! The I/O around the state machines: sockets, clocks and tasks.
//!
//! | item | drives |
//! |---|---|
//! | [`tcp`] | a [`Machine`](crate::machine::Machine) over sockets |
//! | [`machine::memory`](crate::machine::memory) | two machines against each other, on virtual time |
//! | [`play`] | a script at its target, over either |
//! | [`Server`] | the model peer as a server |
//! | [`Peer`] | one end of a connection for tests and tools, on a [`Connection`] |

mod budget;
mod clock;
mod config;
mod connection;
mod error;
mod framing;
mod peer;
mod pending;
pub mod play;
mod pump;
mod server;
pub mod tcp;

pub use clock::unix_time;
pub use config::{PeerConfig, Waits};
pub use connection::{Connection, Received};
pub use error::{ErrorKind, PeerError, Wait};
pub use peer::Peer;
pub use server::{Server, ServerConfig};
