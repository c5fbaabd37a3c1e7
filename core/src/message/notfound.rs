//! `notfound`: answers a `getdata` for data that the peer does not have.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 1.. | `inventory` | CompactSize and at most 50,000 [`InvItem`](super::InvItem)s |
//!
//! Source: Bitcoin Core `NetMsgType::NOTFOUND` (`src/protocol.h`), `MAX_INV_SZ`
//! (`src/net_processing.cpp`).

use super::inventory::inventory_message;

inventory_message! {
    /// Answers a [`GetData`](super::GetData) for data that the peer does not have.
    NotFound
}
