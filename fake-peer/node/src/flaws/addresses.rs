//! Flaws in addresses and filters.

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
        "An addr with more than 1,000 addresses is accepted",
        "CVE-2024-52919, Bitcoin Core before 22",
        |it| it.wire.max_addr = u64::MAX,
    ),
    Flaw::new(
        ADDR,
        "addr-rate-limit-missing",
        "The rate at which a peer may send addresses is not limited",
        "CVE-2024-52919, Bitcoin Core before 22",
        |it| it.addresses.interval = None,
    ),
    Flaw::new(
        ADDR,
        "addrv2-unknown-network-crashes",
        "An address on an unknown network crashes the node",
        "btcd: addrv2 nil dereference",
        |it| it.reactions.unknown_network = Reaction::Crash,
    ),
    Flaw::new(
        ADDR,
        "addrv2-wrapped-ipv4-accepted",
        "An IPv4-mapped IPv6 address in addrv2 is accepted as an IPv6 address",
        "btcd: IPv4-mapped IPv6 under network id 2",
        |it| it.addresses.wrapped_ipv4 = Tolerance::Ignore,
    ),
    Flaw::new(
        ADDR,
        "addrv2-length-limit-missing",
        "An address longer than 512 bytes in addrv2 is accepted",
        "rust-bitcoin #6137",
        |it| it.wire.max_addrv2_address = u64::MAX,
    ),
    Flaw::new(
        FILTERS,
        "empty-filter-divides-by-zero",
        "A filteradd to an empty Bloom filter divides by its length, which is zero",
        "CVE-2013-5700, Bitcoin Core before 0.8.4; btcd 2025",
        |it| it.reactions.empty_filter = Reaction::Crash,
    )
    .offering(Services::BLOOM),
    Flaw::new(
        FILTERS,
        "getcfilters-without-index-crashes",
        "A request for compact block filters crashes a node that has no filter index",
        "btcd #1437",
        |it| it.reactions.no_filter_index = Reaction::Crash,
    )
    .offering(Services::COMPACT_FILTERS),
];
