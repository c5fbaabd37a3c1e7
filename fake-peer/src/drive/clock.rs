//! What the state machines are told and cannot know: the time of day, and chance.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// The system clock, in seconds since 1970.
pub fn unix_time() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// A number that differs from connection to connection. It keeps us from taking another peer for
/// ourselves, and is no secret, so the keys of the standard library's hash maps will do.
pub(super) fn nonce() -> u64 {
    RandomState::new().hash_one(0)
}

/// `wait` after `start`; if the clock cannot hold that, a time that nobody lives to see.
pub(super) fn after(start: Instant, wait: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_hours(24 * 365 * 100);
    start
        .checked_add(wait)
        .or_else(|| start.checked_add(CENTURY))
        .unwrap_or(start)
}
