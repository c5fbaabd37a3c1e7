//! Flaws of blocks.

use super::Flaw;
use crate::behaviour::{Freed, MerkleTail, OnMutated, Reaction};

const AREA: &str = "blocks";

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        "compact-blocks",
        "second-blocktxn-crashes",
        "A second blocktxn, behind one that did not make the block, ends the process",
        "CVE-2024-35202, Bitcoin Core before 25",
        |it| it.reactions.second_blocktxn = Reaction::Crash,
    ),
    Flaw::new(
        AREA,
        "mutated-block-wipes-download",
        "A mutated block makes the node forget that it asked another peer for the right one",
        "CVE-2024-52921, Bitcoin Core before 25",
        |it| it.blocks.freed = Freed::Everyones,
    ),
    Flaw::new(
        AREA,
        "withheld-block-stalls",
        "A block that a peer announces and withholds is asked of no other",
        "CVE-2024-52922, Bitcoin Core before 25",
        |it| it.blocks.timeout = None,
    ),
    Flaw::new(
        AREA,
        "mutated-block-poisons",
        "A mutated block makes the right one invalid for ever",
        "CVE-2012-2459",
        |it| it.blocks.mutated = OnMutated::RememberInvalid,
    ),
    Flaw::new(
        AREA,
        "duplicate-leaves-accepted",
        "A block whose last transactions are repeated is taken for the block",
        "CVE-2012-2459",
        |it| it.blocks.merkle_tail = MerkleTail::Accepted,
    ),
    Flaw::new(
        AREA,
        "mutated-block-tolerated",
        "Who sends blocks that are not those of their headers may go on for ever",
        "CVE-2025-54605, Bitcoin Core before 30",
        |it| it.reactions.mutated_block = Reaction::Ignore,
    ),
];
