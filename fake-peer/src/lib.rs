//! A Bitcoin peer-to-peer test harness.
//!
//! The rules of the protocol are in [`fake_peer_core`], which does no I/O. This crate adds clocks and
//! sockets:
//!
//! | module | contents |
//! |---|---|
//! | [`check`] | the conformance suite: cases, verdicts, reports |
//! | [`decode`] | decoding messages from hex, files and network captures, and encoding from JSON |
//! | [`drive`] | [`Peer`] and [`Server`]: one end of a connection, and a node for many |
//! | [`machine`] | the interface of the player and the model peer: bytes and times in, actions out |
//! | [`node`] | the model peer, which behaves like Bitcoin Core, as a state machine |
//! | [`outcome`] | the result of a play, and the words for it |
//! | [`record`] | recordings of the traffic between two nodes, written as scripts |
//! | [`script`] | conversations with a node as data, and their text format |
//! | [`sync`] | a header download as a state machine |
//! | [`target`] | the one place that plays a script at a target |
//! | [`transcript`] | plays as text, JSON and network captures |
//!
//! The program of chapter 10 of "Programming Bitcoin" (Jimmy Song) connects, shakes hands, requests
//! headers from the genesis block on, and checks each one, 19 times over. The complete program, with
//! a server to connect to, is in `examples/book.rs`.
//!
//! ```no_run
//! use fake_peer::core::chain::{Params, Validator};
//! use fake_peer::core::message::{GetHeaders, Headers};
//! use fake_peer::{Network, Peer, PeerConfig, unix_time};
//!
//! # async fn book() -> Result<(), Box<dyn std::error::Error>> {
//! let mut node = Peer::connect("127.0.0.1:8333", PeerConfig::new(Network::MAINNET)).await?;
//! node.handshake().await?;
//! let mut chain = Validator::new(Params::mainnet());
//! for _ in 0..19 {
//!     let locator = vec![chain.tip().hash];
//!     node.send(GetHeaders { locator, ..GetHeaders::default() }).await?;
//!     let batch: Headers = node.wait_for().await?;
//!     chain.push_batch(&batch.headers, unix_time())?;
//!     let tip = chain.tip();
//!     println!("{} {} {}", tip.height, tip.bits, tip.hash);
//! }
//! node.close().await?;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

pub mod check;
pub mod drive;
pub mod outcome;
pub mod record;
pub mod sync;
pub mod target;
pub mod transcript;

pub use drive::{Peer, PeerConfig, PeerError, Server, ServerConfig, unix_time};
pub use fake_peer_core as core;
pub use fake_peer_core::Network;
pub use fake_peer_decode as decode;
pub use fake_peer_machine as machine;
pub use fake_peer_node as node;
pub use fake_peer_script as script;
