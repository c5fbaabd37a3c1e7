//! `filterclear`: unloads the Bloom filter.
//!
//! No payload.
//!
//! Source: BIP37, "New messages".

use super::table::empty_message;

empty_message! {
    /// Unloads the Bloom filter.
    FilterClear
}
