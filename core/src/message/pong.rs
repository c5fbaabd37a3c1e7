//! `pong`: answers a `ping`.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0..8 | `nonce` | u64, little-endian: the ping's |
//!
//! Source: BIP31.

use super::nonce::nonce_message;

nonce_message! {
    /// Answers a [`Ping`](super::Ping).
    Pong
}
