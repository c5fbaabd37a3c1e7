//! How a node keeps addresses.

use std::time::Duration;

use fake_peer_core::wire::Tolerance;

/// How a node keeps addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRules {
    /// How many are kept (`ADDRMAN_NEW_BUCKET_COUNT` buckets of 64).
    pub max_stored: usize,
    /// How long a peer has to wait from one address to the next before it is taken
    /// (`MAX_ADDR_RATE_PER_SECOND`); `None` takes all.
    pub interval: Option<Duration>,
    /// How many may come at once after a long wait (`MAX_ADDR_PROCESSING_TOKEN_BUCKET`).
    pub burst: u32,
    /// How many of them are told, in percent (`MAX_PCT_ADDR_TO_SEND`).
    pub told_percent: usize,
    /// An IPv4 address that is wrapped in an IPv6 one in `addrv2` (BIP155).
    pub wrapped_ipv4: Tolerance,
}

impl AddressRules {
    /// As Bitcoin Core.
    pub const REFERENCE: Self = Self {
        max_stored: 65_536,
        interval: Some(Duration::from_secs(10)),
        burst: 1_000,
        told_percent: 23,
        wrapped_ipv4: Tolerance::Refuse,
    };
}
