//! Flaws of the handshake and of housekeeping.

use std::time::Duration;

use fake_peer_core::session;
use fake_peer_core::wire::Tolerance;

use super::Flaw;
use crate::behaviour::Reaction;

const AREA: &str = "handshake";

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_hours(24 * 365 * 100);

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        AREA,
        "early-verack-accepted",
        "A verack before version counts",
        "Bitcoin Core #8569",
        |it| it.session.early_verack = true,
    ),
    Flaw::new(
        AREA,
        "messages-before-verack-answered",
        "A message between version and verack is processed",
        "Bitcoin Core #8569",
        |it| it.session.reactions.before_verack = session::Reaction::Accept,
    ),
    Flaw::new(
        AREA,
        "messages-before-version-answered",
        "A message before version is processed",
        "Bitcoin Core #8569",
        |it| it.session.reactions.before_version = session::Reaction::Accept,
    ),
    Flaw::new(
        AREA,
        "second-version-crashes",
        "A second version ends the process",
        "Bitcoin Core #8569: two versions",
        |it| it.reactions.second_version = Reaction::Crash,
    ),
    Flaw::new(
        AREA,
        "handshake-timeout-missing",
        "Who never shakes hands keeps the connection",
        "Bitcoin Core #8569: silence",
        |it| it.session.timeouts.handshake = FOR_EVER,
    ),
    Flaw::new(
        AREA,
        "silence-timeout-missing",
        "Who says nothing and answers no ping keeps the connection",
        "Bitcoin Core TIMEOUT_INTERVAL",
        |it| {
            it.session.timeouts.silence = FOR_EVER;
            it.session.timeouts.pong = FOR_EVER;
        },
    ),
    Flaw::new(
        AREA,
        "version-timestamp-overflow",
        "A timestamp at the end of 64 bits overflows the time offset",
        "CVE-2024-52912, Bitcoin Core before 0.21",
        |it| it.reactions.clock_overflow = Reaction::Crash,
    ),
    Flaw::new(
        AREA,
        "old-version-accepted",
        "A protocol version below 31800, or a negative one, is good enough",
        "Bitcoin Core MIN_PEER_PROTO_VERSION",
        |it| it.session.min_version = i32::MIN,
    ),
    Flaw::new(
        "negotiation",
        "wtxidrelay-after-verack-accepted",
        "wtxidrelay and sendaddrv2 after verack are passed over, where BIP339 asks for an end",
        "BIP339; Bitcoin Core ProcessMessage",
        |it| it.session.reactions.late_negotiation = session::Reaction::Ignore,
    ),
    Flaw::new(
        "negotiation",
        "feature-after-verack-accepted",
        "feature after verack is passed over",
        "BIP434 (2026)",
        |it| it.session.reactions.late_feature = session::Reaction::Ignore,
    ),
    Flaw::new(
        "negotiation",
        "feature-below-70017-accepted",
        "feature of a peer that is too old to know it is passed over",
        "BIP434 (2026)",
        |it| it.reactions.early_feature = Reaction::Ignore,
    ),
    Flaw::new(
        "negotiation",
        "feature-short-id-accepted",
        "A feature's id may be shorter than 4 bytes",
        "BIP434 (2026)",
        |it| it.wire.min_feature_id = 0,
    ),
    Flaw::new(
        "negotiation",
        "feature-long-id-accepted",
        "A feature's id may be longer than 80 bytes",
        "BIP434 (2026)",
        |it| it.wire.max_feature_id = u64::MAX,
    ),
    Flaw::new(
        "negotiation",
        "feature-long-data-accepted",
        "A feature's data may be longer than 512 bytes",
        "BIP434 (2026)",
        |it| it.wire.max_feature_data = u64::MAX,
    ),
    Flaw::new(
        "negotiation",
        "feature-trailing-bytes-accepted",
        "Bytes behind the data of a feature are passed over",
        "BIP434 (2026)",
        |it| it.wire.feature_trailing_bytes = Tolerance::Ignore,
    ),
];
