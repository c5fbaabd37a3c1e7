//! `getdata`: asks for transactions and blocks by hash.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 1.. | `inventory` | CompactSize and at most 50,000 [`InvItem`](super::InvItem)s |
//!
//! Source: Bitcoin Core `NetMsgType::GETDATA` (`src/protocol.h`), `MAX_INV_SZ`
//! (`src/net_processing.cpp`).

use super::inventory::inventory_message;

inventory_message! {
    /// Asks for transactions and blocks.
    GetData
}
