//! Flaws in blocks and compact blocks.

use super::Flaw;
use crate::behaviour::{Freed, MerkleTail, OnMutated, Reaction};

const AREA: &str = "blocks";

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        "compact-blocks",
        "second-blocktxn-crashes",
        "A second blocktxn, after one that did not complete the block, crashes the node",
        "CVE-2024-35202, Bitcoin Core before 25",
        |it| it.reactions.second_blocktxn = Reaction::Crash,
    ),
    Flaw::new(
        AREA,
        "mutated-block-wipes-download",
        "A mutated block cancels the request for the valid block to another peer",
        "CVE-2024-52921, Bitcoin Core before 25",
        |it| it.blocks.freed = Freed::Everyones,
    ),
    Flaw::new(
        AREA,
        "withheld-block-stalls",
        "A block that one peer announces and withholds is never requested from another",
        "CVE-2024-52922, Bitcoin Core before 25",
        |it| it.blocks.timeout = None,
    ),
    Flaw::new(
        AREA,
        "mutated-block-poisons",
        "A mutated block makes the valid block with the same hash permanently invalid",
        "CVE-2012-2459",
        |it| it.blocks.mutated = OnMutated::RememberInvalid,
    ),
    Flaw::new(
        AREA,
        "duplicate-leaves-accepted",
        "A block with its last transactions repeated is accepted as the valid block",
        "CVE-2012-2459",
        |it| it.blocks.merkle_tail = MerkleTail::Accepted,
    ),
    Flaw::new(
        AREA,
        "mutated-block-tolerated",
        "A peer that sends mutated blocks stays connected",
        "CVE-2025-54605, Bitcoin Core before 30",
        |it| it.reactions.mutated_block = Reaction::Ignore,
    ),
];
