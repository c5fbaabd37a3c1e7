//! `sendaddrv2`: asks for addresses by `addrv2`.
//!
//! No payload. Sent between `version` and `verack` only.
//!
//! Source: BIP155, "Signaling support and compatibility".

use super::table::empty_message;

empty_message! {
    /// Asks for addresses by `addrv2`.
    SendAddrV2
}
