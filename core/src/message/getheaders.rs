//! `getheaders`: asks for up to 2,000 headers that follow the newest known one.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 4 | `version` | u32: the sender's protocol version; ignored |
//! | 1.. | `locator` | CompactSize and at most 101 hashes, newest first |
//! | 32 | `stop` | the last header wanted; zero for as many as fit |
//!
//! Source: Bitcoin Core `NetMsgType::GETHEADERS` (`src/protocol.h`), `MAX_LOCATOR_SZ`
//! (`src/net_processing.cpp`).

use super::locator::locator_message;

locator_message! {
    /// Asks for the headers that follow the newest known one.
    GetHeaders
}
