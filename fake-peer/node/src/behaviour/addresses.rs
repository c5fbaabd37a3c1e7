//! How a node stores, rate-limits and shares addresses.

use std::time::Duration;

use fake_peer_core::wire::Tolerance;

/// How a node stores, rate-limits and shares addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRules {
    /// The most addresses stored: Bitcoin Core has `ADDRMAN_NEW_BUCKET_COUNT` buckets of 64
    /// entries.
    pub max_stored: usize,
    /// The time after which a peer may send one more address (`MAX_ADDR_RATE_PER_SECOND`).
    /// Addresses above the rate are ignored. `None`: no limit.
    pub interval: Option<Duration>,
    /// The most addresses that are accepted at once after a long silence
    /// (`MAX_ADDR_PROCESSING_TOKEN_BUCKET`).
    pub burst: u32,
    /// The percentage of the stored addresses that a `getaddr` returns (`MAX_PCT_ADDR_TO_SEND`).
    pub told_percent: usize,
    /// Whether an IPv4-mapped IPv6 address in an `addrv2` is dropped or stored (BIP155 forbids it).
    pub wrapped_ipv4: Tolerance,
}

impl AddressRules {
    /// The rules of Bitcoin Core.
    pub const REFERENCE: Self = Self {
        max_stored: 65_536,
        interval: Some(Duration::from_secs(10)),
        burst: 1_000,
        told_percent: 23,
        wrapped_ipv4: Tolerance::Refuse,
    };
}
