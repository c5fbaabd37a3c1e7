//! `inv`: announces transactions and blocks.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 1.. | `inventory` | CompactSize and at most 50,000 [`InvItem`](super::InvItem)s |
//!
//! Source: Bitcoin Core `NetMsgType::INV` (`src/protocol.h`), `MAX_INV_SZ`
//! (`src/net_processing.cpp`).

use super::inventory::inventory_message;

inventory_message! {
    /// Announces transactions and blocks.
    Inv
}
