//! Flaws of addresses and filters.

use fake_peer_core::message::Services;
use fake_peer_core::wire::Tolerance;

use super::Flaw;
use crate::behaviour::Reaction;

const ADDR: &str = "addr";
const FILTERS: &str = "filters";

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        ADDR,
        "addr-limit-missing",
        "An addr may have more than 1,000 addresses",
        "CVE-2024-52919, Bitcoin Core before 22",
        |it| it.wire.max_addr = u64::MAX,
    ),
    Flaw::new(
        ADDR,
        "addr-rate-limit-missing",
        "Any number of addresses is taken from a peer",
        "CVE-2024-52919, Bitcoin Core before 22",
        |it| it.addresses.interval = None,
    ),
    Flaw::new(
        ADDR,
        "addrv2-unknown-network-crashes",
        "An address on an unknown network ends the process",
        "btcd: addrv2 nil dereference",
        |it| it.reactions.unknown_network = Reaction::Crash,
    ),
    Flaw::new(
        ADDR,
        "addrv2-wrapped-ipv4-accepted",
        "An IPv4 address wrapped in an IPv6 one is taken for IPv6",
        "btcd: IPv4-mapped IPv6 under network id 2",
        |it| it.addresses.wrapped_ipv4 = Tolerance::Ignore,
    ),
    Flaw::new(
        ADDR,
        "addrv2-length-limit-missing",
        "An address may be longer than 512 bytes",
        "rust-bitcoin #6137",
        |it| it.wire.max_addrv2_address = u64::MAX,
    ),
    Flaw::new(
        FILTERS,
        "empty-filter-divides-by-zero",
        "filteradd on an empty Bloom filter divides by its length",
        "CVE-2013-5700, Bitcoin Core before 0.8.4; btcd 2025",
        |it| it.reactions.empty_filter = Reaction::Crash,
    )
    .offering(Services::BLOOM),
    Flaw::new(
        FILTERS,
        "getcfilters-without-index-crashes",
        "A request for compact block filters ends the process when there is no index",
        "btcd #1437",
        |it| it.reactions.no_filter_index = Reaction::Crash,
    )
    .offering(Services::COMPACT_FILTERS),
];
