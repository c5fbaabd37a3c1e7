//! Scripts: conversations with a node as data, and their text.
//!
//! | module | holds |
//! |---|---|
//! | [`model`] | what a script is, as plain values |
//! | [`network`] | the network of a script, and network files |
//! | [`shrink`] | finding a smaller script with the same outcome |
//! | [`text`] | its text, in KDL 2: read, printed, formatted |
//! | [`check`] | whether it is valid |
//! | [`chains`] | the headers that it serves |
//! | [`control`] | the same conversation without its fault |
//! | [`wire`] | the bytes that it sends |
//! | [`player`] | how it is played at a target |
//! | [`explain()`] | what it does, in English |
//!
//! ```
//! let script = fake_peer_script::load("ping.kdl", r#"
//!     script "ping" network=regtest {
//!         handshake
//!         send ping nonce=7
//!         expect pong nonce=7 within="5s"
//!     }
//! "#)?;
//! assert_eq!(script.steps.len(), 3);
//! # Ok::<(), fake_peer_script::Diagnostics>(())
//! ```

#![forbid(unsafe_code)]

pub mod chains;
pub mod check;
pub mod control;
mod explain;
pub mod model;
pub mod network;
pub mod player;
pub mod shrink;
mod suggest;
pub mod text;
pub mod wire;
pub mod words;

pub use chains::Files;
pub use explain::explain;
pub use model::Script;
pub use text::{Diagnostics, Problem};

/// Reads a script and checks that it is valid.
///
/// # Errors
/// Returns every problem of the script, with its place in the text. `name` is the name of the file.
pub fn load(name: &str, text: &str) -> Result<Script, Diagnostics> {
    text::load(name, text, None)
}

/// Like [`load`], for a script whose folder is known: a network file must exist and be valid.
///
/// # Errors
/// Like [`load`].
pub fn load_beside(name: &str, text: &str, files: Files<'_>) -> Result<Script, Diagnostics> {
    text::load(name, text, Some(files))
}
