//! Flaws of headers, but for their difficulty.

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
        "Headers that branch off far below the tip are kept, however little work they have",
        "CVE-2024-52916, CVE-2019-25220",
        |it| it.headers.buffer_blocks = None,
    ),
    Flaw::new(
        AREA,
        "headers-limit-missing",
        "headers may have more than 2,000 headers",
        "rust-bitcoin's decoder; Bitcoin Core MAX_HEADERS_RESULTS",
        |it| it.wire.max_headers = u64::MAX,
    ),
    Flaw::new(
        AREA,
        "tx-count-refused",
        "A transaction count other than 0 behind a header is refused, where the reference reads on",
        "btcd; known as headers with a transaction count",
        |it| it.wire.headers_tx_count = Tolerance::Refuse,
    ),
    Flaw::new(
        AREA,
        "unconnecting-answered-for-ever",
        "Each header without a known parent is answered with a getheaders",
        "Stratis #2297, Bitcoin Core #8305",
        |it| it.headers.response_time = Duration::ZERO,
    ),
    Flaw::new(
        AREA,
        "empty-headers-answered",
        "An empty headers is answered with the next getheaders, round and round",
        "stall rules: empty headers",
        |it| it.headers.on_empty = OnEmpty::AskAgain,
    ),
    Flaw::new(
        AREA,
        "continuity-missing",
        "Headers of one message need not follow each other",
        "known as non-continuous headers; Bitcoin Core CheckHeadersAreContinuous",
        |it| it.reactions.discontinuous_headers = Reaction::Ignore,
    ),
    Flaw::new(
        AREA,
        "invalid-headers-tolerated",
        "Who sends an invalid header may go on for ever",
        "Bitcoin Core MaybePunishNodeForBlock",
        |it| it.reactions.invalid_header = Reaction::Ignore,
    ),
    Flaw::new(
        AREA,
        "median-time-missing",
        "A header's time need not be past the median of the last eleven",
        "babylon #190",
        |it| it.params.median_time_span = 0,
    ),
    Flaw::new(
        AREA,
        "median-time-equal-accepted",
        "A header's time may be the median of the last eleven",
        "stacks #3152",
        |it| it.params.min_seconds_past_median = 0,
    ),
    Flaw::new(
        AREA,
        "too-new-accepted",
        "A header's time may lie any distance ahead",
        "Bitcoin Core MAX_FUTURE_BLOCK_TIME",
        |it| it.params.max_future_seconds = None,
    ),
    Flaw::new(
        AREA,
        "too-new-remembered-invalid",
        "A header that is too new today is invalid for ever",
        "Bitcoin Core #8476",
        |it| it.headers.too_new = TooNew::RememberedInvalid,
    ),
    Flaw::new(
        AREA,
        "time-warp-accepted",
        "The first header of a period may lie any time before the last",
        "BIP94, Time Warp Fix",
        |it| it.params.max_timewarp_seconds = None,
    )
    .under(Network::Testnet4, ChainRules::WithoutWork),
    Flaw::new(
        AREA,
        "version-floor-missing",
        "A header's version may be below 4",
        "BIP34, BIP66, BIP65",
        |it| it.params.version_floors = [ANY_VERSION; 3],
    ),
    Flaw::new(
        AREA,
        "negative-version-refused",
        "A negative version is refused even where no version is too low",
        "known as negative versions refused",
        |it| it.params.version_floors[0] = NO_NEGATIVE,
    )
    .under(Network::Mainnet, ChainRules::WithoutWork),
    Flaw::new(
        AREA,
        "longest-chain",
        "The chain with the most headers is followed, not the one with the most work",
        "known as longest chain instead of most work",
        |it| it.params.best_chain = BestChain::MostBlocks,
    )
    .under(Network::Regtest, ChainRules::SmallPeriod),
    Flaw::new(
        AREA,
        "fork-point-wrong",
        "A locator of a side branch is answered from its own height on",
        "gonative #35",
        |it| it.headers.fork = ForkPoint::AnyBranch,
    ),
    Flaw::new(
        AREA,
        "locator-limit-missing",
        "A locator may have more than 101 hashes",
        "Bitcoin Core MAX_LOCATOR_SZ",
        |it| it.wire.max_locator = u64::MAX,
    ),
    Flaw::new(
        AREA,
        "unknown-locator-unanswered",
        "A locator of unknown hashes is not answered",
        "Bitcoin Core FindForkInGlobalIndex",
        |it| it.headers.fork = ForkPoint::OnlyKnown,
    ),
    Flaw::new(
        AREA,
        "stop-hash-ignored",
        "An answer to getheaders goes on behind the stop hash",
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
