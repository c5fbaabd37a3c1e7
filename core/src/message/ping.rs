//! `ping`: asks for a `pong` with the same nonce.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0..8 | `nonce` | u64, little-endian |
//!
//! Before protocol version 60001, a ping had no nonce and no answer; no peer today is that old.
//!
//! Source: BIP31.

use super::nonce::nonce_message;

nonce_message! {
    /// Asks for a [`Pong`](super::Pong) with the same nonce.
    Ping
}
