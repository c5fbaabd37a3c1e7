//! `getblocks`: asks for an `inv` of up to 500 blocks that follow the newest known one.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 4 | `version` | u32: the sender's protocol version; ignored |
//! | 1.. | `locator` | CompactSize and at most 101 hashes, newest first |
//! | 32 | `stop` | the last block wanted; zero for as many as fit |
//!
//! Source: Bitcoin Core `NetMsgType::GETBLOCKS` (`src/protocol.h`), `MAX_LOCATOR_SZ`
//! (`src/net_processing.cpp`).

use super::locator::locator_message;

locator_message! {
    /// Asks for the hashes of the blocks that follow the newest known one.
    GetBlocks
}
