//! `getaddr`: asks for addresses of other peers.
//!
//! No payload.
//!
//! Source: Bitcoin Core `NetMsgType::GETADDR` (`src/protocol.h`).

use super::table::empty_message;

empty_message! {
    /// Asks for addresses of other peers.
    GetAddr
}
