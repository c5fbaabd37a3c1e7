//! `getcfilters`: asks for the filters of a range of blocks.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0 | `filter_type` | [`FilterType`](super::FilterType) |
//! | 1..5 | `start_height` | u32, little-endian: the height of the first block |
//! | 5..37 | `stop_hash` | the hash of the last block |
//!
//! The range may hold at most 1,000 blocks (Bitcoin Core `MAX_GETCFILTERS_SIZE`).
//! Checking that takes the height of the last block, so the decoder does not do it.
//!
//! Source: BIP157, "getcfilters".

use super::filter_type::filter_range_message;

filter_range_message! {
    /// Asks for the filters of a range of blocks.
    GetCFilters
}
