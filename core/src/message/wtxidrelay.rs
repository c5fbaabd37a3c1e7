//! `wtxidrelay`: asks for transactions to be announced by wtxid.
//!
//! No payload. Sent between `version` and `verack` only, to peers of protocol 70016 or newer.
//!
//! Source: BIP339.

use super::table::empty_message;

empty_message! {
    /// Asks for transactions to be announced by wtxid.
    WtxidRelay
}
