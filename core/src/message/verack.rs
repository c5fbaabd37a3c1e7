//! `verack`: acknowledges a `version`. With it, each side ends its half of the handshake.
//!
//! No payload.
//!
//! Source: Bitcoin Core `NetMsgType::VERACK` (`src/protocol.h`).

use super::table::empty_message;

empty_message! {
    /// Acknowledges a `version`.
    Verack
}
