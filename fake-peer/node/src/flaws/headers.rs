//! Flaws in headers, except for difficulty.

use std::time::Duration;

use fake_peer_core::Network;
use fake_peer_core::chain::{BestChain, VersionFloor};
use fake_peer_core::wire::Tolerance;

use super::Flaw;
use crate::behaviour::{ForkPoint, OnEmpty, Reaction, StopHash, TooNew};
use fake_peer_fixtures::synthetic::ChainRules;

const AREA: &str = "headers";

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        AREA,
        "low-work-headers-kept",
        "Headers of a branch far below the tip are stored, however little work they have",
        "CVE-2024-52916, CVE-2019-25220",
        |it| it.headers.buffer_blocks = None,
    ),
    Flaw::new(
        AREA,
        "headers-limit-missing",
        "A headers message with more than 2,000 headers is accepted",
        "rust-bitcoin's decoder; Bitcoin Core MAX_HEADERS_RESULTS",
        |it| it.wire.max_headers = u64::MAX,
    ),
    Flaw::new(
        AREA,
        "tx-count-refused",
        "A transaction count other than 0 after a header is refused; Bitcoin Core ignores it",
        "btcd; known as headers with a transaction count",
        |it| it.wire.headers_tx_count = Tolerance::Refuse,
    ),
    Flaw::new(
        AREA,
        "unconnecting-always-answered",
        "Every header with an unknown parent is answered with a getheaders",
        "Stratis #2297, Bitcoin Core #8305",
        |it| it.headers.response_time = Duration::ZERO,
    ),
    Flaw::new(
        AREA,
        "empty-headers-answered",
        "An empty headers is answered with another getheaders, endlessly",
        "stall rules: empty headers",
        |it| it.headers.on_empty = OnEmpty::AskAgain,
    ),
    Flaw::new(
        AREA,
        "continuity-missing",
        "The headers of one message need not follow each other",
        "known as non-continuous headers; Bitcoin Core CheckHeadersAreContinuous",
        |it| it.reactions.discontinuous_headers = Reaction::Ignore,
    ),
    Flaw::new(
        AREA,
        "invalid-headers-tolerated",
        "A peer that sends an invalid header stays connected",
        "Bitcoin Core MaybePunishNodeForBlock",
        |it| it.reactions.invalid_header = Reaction::Ignore,
    ),
    Flaw::new(
        AREA,
        "median-time-missing",
        "A header's time need not be later than the median of the last 11",
        "babylon #190",
        |it| it.params.median_time_span = 0,
    ),
    Flaw::new(
        AREA,
        "median-time-equal-accepted",
        "A header's time may equal the median of the last 11",
        "stacks #3152",
        |it| it.params.min_seconds_past_median = 0,
    ),
    Flaw::new(
        AREA,
        "too-new-accepted",
        "A header's time may be any distance in the future",
        "Bitcoin Core MAX_FUTURE_BLOCK_TIME",
        |it| it.params.max_future_seconds = None,
    ),
    Flaw::new(
        AREA,
        "too-new-remembered-invalid",
        "A header that is too far in the future stays invalid once its time has come",
        "Bitcoin Core #8476",
        |it| it.headers.too_new = TooNew::RememberedInvalid,
    ),
    Flaw::new(
        AREA,
        "time-warp-accepted",
        "The first header of a period may be arbitrarily earlier than the header before it",
        "BIP94, Time Warp Fix",
        |it| it.params.max_timewarp_seconds = None,
    )
    .under(&Network::TESTNET4, ChainRules::WithoutWork),
    Flaw::new(
        AREA,
        "version-floor-missing",
        "A header version below 4 is accepted",
        "BIP34, BIP66, BIP65",
        |it| it.params.version_floors = [ANY_VERSION; 3],
    ),
    Flaw::new(
        AREA,
        "negative-version-refused",
        "A negative header version is refused where there is no minimum version",
        "known as negative versions refused",
        |it| it.params.version_floors[0] = NO_NEGATIVE,
    )
    .under(&Network::MAINNET, ChainRules::WithoutWork),
    Flaw::new(
        AREA,
        "longest-chain",
        "The chain with the most headers is followed instead of the one with the most work",
        "known as longest chain instead of most work",
        |it| it.params.best_chain = BestChain::MostBlocks,
    )
    .under(&Network::REGTEST, ChainRules::SmallPeriod),
    Flaw::new(
        AREA,
        "fork-point-wrong",
        "A locator on a side branch is answered from its height instead of the fork point",
        "gonative #35",
        |it| it.headers.fork = ForkPoint::AnyBranch,
    ),
    Flaw::new(
        AREA,
        "locator-limit-missing",
        "A locator with more than 101 hashes is accepted",
        "Bitcoin Core MAX_LOCATOR_SZ",
        |it| it.wire.max_locator = u64::MAX,
    ),
    Flaw::new(
        AREA,
        "unknown-locator-unanswered",
        "A getheaders with no known hash in its locator is not answered",
        "Bitcoin Core FindForkInGlobalIndex",
        |it| it.headers.fork = ForkPoint::OnlyKnown,
    ),
    Flaw::new(
        AREA,
        "stop-hash-ignored",
        "The answer to a getheaders continues past the stop hash",
        "Bitcoin Core ProcessMessage, getheaders",
        |it| it.headers.stop = StopHash::Ignored,
    ),
];

const ANY_VERSION: VersionFloor = VersionFloor {
    version: i32::MIN,
    height: 0,
};

const NO_NEGATIVE: VersionFloor = VersionFloor {
    version: 0,
    height: 0,
};
