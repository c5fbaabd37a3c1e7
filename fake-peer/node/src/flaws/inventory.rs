//! Flaws in announcements and requests.

use super::Flaw;
use crate::behaviour::{Absent, AnnouncedBlocks, Reaction};

const AREA: &str = "inv";

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        AREA,
        "inv-limit-missing",
        "An inv or getdata with more than 50,000 items is accepted",
        "CVE-2024-52915, Bitcoin Core before 0.20",
        |it| it.wire.max_inv = u64::MAX,
    ),
    Flaw::new(
        AREA,
        "inv-answered-block-by-block",
        "Each block in an inv is answered with a getheaders of its own",
        "CVE-2024-52915, Bitcoin Core before 0.20",
        |it| it.inventory.blocks = AnnouncedBlocks::AskForEach,
    ),
    Flaw::new(
        AREA,
        "inv-blocks-ignored",
        "A block announced by inv is not requested",
        "kyoto #587",
        |it| it.inventory.blocks = AnnouncedBlocks::Ignored,
    ),
    Flaw::new(
        AREA,
        "announcements-unbounded",
        "The number of announced transactions remembered for a peer is not limited",
        "CVE-2018-17145, Bitcoin Core, bcoin, btcd",
        |it| it.inventory.max_announced = usize::MAX,
    ),
    Flaw::new(
        AREA,
        "withheld-transaction-censors",
        "A transaction that one peer announces and withholds is never requested from another",
        "CVE-2024-52913, Bitcoin Core before 0.21",
        |it| it.inventory.timeout = None,
    ),
    Flaw::new(
        "getdata",
        "getdata-unknown-type-hangs",
        "A getdata item of an unknown type makes the node unresponsive",
        "CVE-2024-52920, Bitcoin Core before 0.20",
        |it| it.reactions.unknown_getdata = Reaction::Hang,
    ),
    Flaw::new(
        "getdata",
        "getdata-waits-forever",
        "A getdata for an unknown transaction makes the node unresponsive",
        "btcd: endless wait in getdata",
        |it| it.inventory.absent = Absent::Hang,
    ),
    Flaw::new(
        "getdata",
        "notfound-missing",
        "A getdata for an unknown transaction is not answered",
        "Bitcoin Core ProcessGetData",
        |it| it.inventory.absent = Absent::Silence,
    ),
];
