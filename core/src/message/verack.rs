//! `verack`: "I have taken your version". With it, each side ends its half of the handshake.
//!
//! No payload.
//!
//! Source: Bitcoin Core `NetMsgType::VERACK` (`src/protocol.h`).

use super::table::empty_message;

empty_message! {
    /// "I have taken your version".
    Verack
}
