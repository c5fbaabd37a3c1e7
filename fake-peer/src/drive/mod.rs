//! Sockets, clocks and tasks: what moves the state machines.
//!
//! [`Peer`] is one end of a connection in a test's or a tool's hand, [`Server`] answers many.
//! Both stand on [`Connection`], which reads and writes at once.

mod budget;
mod clock;
mod config;
mod connection;
mod error;
mod kept;
pub mod memory;
mod peer;
pub mod play;
pub mod process;
mod pump;
mod server;
pub mod tcp;

pub use clock::unix_time;
pub use config::{PeerConfig, Waits};
pub use connection::{Connection, Received};
pub use error::{ErrorKind, PeerError, Wait};
pub use peer::Peer;
pub use server::{Server, ServerConfig};
