//! `mempool`: asks for an `inv` of the transactions in the pool.
//!
//! No payload.
//!
//! Source: BIP35.

use super::table::empty_message;

empty_message! {
    /// Asks for an `inv` of the transactions in the pool.
    Mempool
}
