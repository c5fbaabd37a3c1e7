//! What an honest node answers, as a state machine: messages and times in, messages out.

mod header_server;

pub use header_server::HeaderServer;
