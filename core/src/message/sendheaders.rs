//! `sendheaders`: asks for new blocks to be announced by `headers` rather than `inv`.
//!
//! No payload.
//!
//! Source: BIP130.

use super::table::empty_message;

empty_message! {
    /// Asks for new blocks to be announced by `headers`.
    SendHeaders
}
