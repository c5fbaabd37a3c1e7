//! Flaws of announcements and requests.

use super::Flaw;
use crate::behaviour::{Absent, AnnouncedBlocks, Reaction};

const AREA: &str = "inv";

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        AREA,
        "inv-limit-missing",
        "inv and getdata may have more than 50,000 items",
        "CVE-2024-52915, Bitcoin Core before 0.20",
        |it| it.wire.max_inv = u64::MAX,
    ),
    Flaw::new(
        AREA,
        "inv-answered-block-by-block",
        "Each block of an inv is answered with a getheaders of its own",
        "CVE-2024-52915, Bitcoin Core before 0.20",
        |it| it.inventory.blocks = AnnouncedBlocks::AskForEach,
    ),
    Flaw::new(
        AREA,
        "inv-blocks-ignored",
        "A block announced by inv is not asked for",
        "kyoto #587",
        |it| it.inventory.blocks = AnnouncedBlocks::Ignored,
    ),
    Flaw::new(
        AREA,
        "announcements-unbounded",
        "Every announced hash is kept until it comes",
        "CVE-2018-17145, Bitcoin Core, bcoin, btcd",
        |it| it.inventory.max_announced = usize::MAX,
    ),
    Flaw::new(
        AREA,
        "withheld-transaction-censors",
        "A transaction that a peer announces and withholds is asked of no other",
        "CVE-2024-52913, Bitcoin Core before 0.21",
        |it| it.inventory.timeout = None,
    ),
    Flaw::new(
        "getdata",
        "getdata-unknown-type-hangs",
        "A request for something of an unknown kind is looked at for ever",
        "CVE-2024-52920, Bitcoin Core before 0.20",
        |it| it.reactions.unknown_getdata = Reaction::Hang,
    ),
    Flaw::new(
        "getdata",
        "getdata-waits-for-ever",
        "A request for a transaction that is not there is waited for",
        "btcd: endless wait in getdata",
        |it| it.inventory.absent = Absent::Hang,
    ),
    Flaw::new(
        "getdata",
        "notfound-missing",
        "A request for a transaction that is not there is not answered",
        "Bitcoin Core ProcessGetData",
        |it| it.inventory.absent = Absent::Silence,
    ),
];
