//! Flaws of lengths and counts.

use fake_peer_core::wire::Tolerance;

use super::Flaw;
use crate::behaviour::Reserve;

const AREA: &str = "compact-size";

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        AREA,
        "non-minimal-compact-size-accepted",
        "A CompactSize may take more bytes than it needs",
        "Bitcoin Core before #2884, btcd before #507, btclib #135, teranode #1490",
        |it| it.wire.non_minimal_compact_size = Tolerance::Ignore,
    ),
    Flaw::new(
        AREA,
        "merkleblock-count-reserved",
        "The hashes of a merkleblock are reserved before they come, however many are announced",
        "rust-bitcoin #2606",
        |it| {
            it.wire.max_merkle_hashes = u64::MAX;
            it.memory.lists = Reserve::Announced;
        },
    ),
    Flaw::new(
        AREA,
        "list-count-reserved",
        "The transactions of a block are reserved before they come, however many are announced",
        "rust-bitcoin #5157",
        |it| {
            it.wire.max_block_transactions = u64::MAX;
            it.memory.lists = Reserve::Announced;
        },
    ),
    Flaw::new(
        AREA,
        "locator-count-reserved",
        "The hashes of a locator are reserved before they come, however many are announced",
        "libdogecoin #355",
        |it| {
            it.wire.max_locator = u64::MAX;
            it.memory.lists = Reserve::Announced;
        },
    ),
    Flaw::new(
        "addr",
        "addr-count-reserved",
        "Addresses are reserved before they come, however many are announced",
        "CVE-2026-40881, Zebra",
        |it| {
            it.wire.max_addr = u64::MAX;
            it.memory.lists = Reserve::Announced;
        },
    ),
];
