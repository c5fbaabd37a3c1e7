//! Flaws in lengths and counts.

use fake_peer_core::wire::Tolerance;

use super::Flaw;
use crate::behaviour::Reserve;

const AREA: &str = "compact-size";

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        AREA,
        "non-minimal-compact-size-accepted",
        "A CompactSize with a longer encoding than necessary is accepted",
        "Bitcoin Core before #2884, btcd before #507, btclib #135, teranode #1490",
        |it| it.wire.non_minimal_compact_size = Tolerance::Ignore,
    ),
    Flaw::new(
        AREA,
        "merkleblock-count-reserved",
        "Memory for the announced number of merkleblock hashes is reserved before they arrive",
        "rust-bitcoin #2606",
        |it| {
            it.wire.max_merkle_hashes = u64::MAX;
            it.memory.lists = Reserve::Announced;
        },
    ),
    Flaw::new(
        AREA,
        "list-count-reserved",
        "Memory for the announced number of block transactions is reserved before they arrive",
        "rust-bitcoin #5157",
        |it| {
            it.wire.max_block_transactions = u64::MAX;
            it.memory.lists = Reserve::Announced;
        },
    ),
    Flaw::new(
        AREA,
        "locator-count-reserved",
        "Memory for the announced number of locator hashes is reserved before they arrive",
        "libdogecoin #355",
        |it| {
            it.wire.max_locator = u64::MAX;
            it.memory.lists = Reserve::Announced;
        },
    ),
    Flaw::new(
        "addr",
        "addr-count-reserved",
        "Memory for the announced number of addresses is reserved before they arrive",
        "CVE-2026-40881, Zebra",
        |it| {
            it.wire.max_addr = u64::MAX;
            it.memory.lists = Reserve::Announced;
        },
    ),
];
