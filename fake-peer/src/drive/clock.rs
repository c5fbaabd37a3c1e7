//! The inputs of state machines that come from the system: the time, and random numbers.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Returns the time of the system clock in seconds since 1970.
pub fn unix_time() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Returns a number that differs between connections, by which a node detects a connection to itself.
/// It is not a secret, so the keys of the standard library's hash maps are random enough.
pub(super) fn nonce() -> u64 {
    RandomState::new().hash_one(0)
}

/// Returns the time `wait` after `start`, or a time in a century if the clock would overflow.
pub(super) fn after(start: Instant, wait: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_hours(24 * 365 * 100);
    start
        .checked_add(wait)
        .or_else(|| start.checked_add(CENTURY))
        .unwrap_or(start)
}
