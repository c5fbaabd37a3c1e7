//! The bodies of the fuzz targets, as ordinary functions.
//!
//! A target in `fuzz_targets/` passes its bytes to the function of the same name; the tests pass it
//! the corpus in `fixtures/corpus/`. A function panics if a law is broken, and returns normally on
//! any other bytes.

#![forbid(unsafe_code)]

mod corpus;
mod envelope_assisted;
mod envelope_stream;
mod header_chain;
mod message;
#[cfg(feature = "oracle")]
pub mod oracle;
mod script;

pub use corpus::replay;
pub use envelope_assisted::envelope_assisted;
pub use envelope_stream::envelope_stream;
pub use header_chain::header_chain;
pub use message::{check_payload, message};
pub use script::{script, script_of};

/// A fuzz target's name and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("envelope_assisted", envelope_assisted),
    ("envelope_stream", envelope_stream),
    ("header_chain", header_chain),
    ("message", message),
    ("script", script),
];
