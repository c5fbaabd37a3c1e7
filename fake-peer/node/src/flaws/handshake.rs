//! Flaws in the handshake, the negotiation and the timeouts.

use std::time::Duration;

use fake_peer_core::session;
use fake_peer_core::wire::Tolerance;

use super::Flaw;
use crate::behaviour::Reaction;

const AREA: &str = "handshake";

/// A timeout that no test reaches.
const NEVER: Duration = Duration::from_hours(24 * 365 * 100);

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        AREA,
        "early-verack-accepted",
        "A verack before version is accepted",
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
        "A second version crashes the node",
        "Bitcoin Core #8569: two versions",
        |it| it.reactions.second_version = Reaction::Crash,
    ),
    Flaw::new(
        AREA,
        "handshake-timeout-missing",
        "A peer that never completes the handshake stays connected",
        "Bitcoin Core #8569: silence",
        |it| it.session.timeouts.handshake = NEVER,
    ),
    Flaw::new(
        AREA,
        "silence-timeout-missing",
        "A peer that sends nothing and answers no ping stays connected",
        "Bitcoin Core TIMEOUT_INTERVAL",
        |it| {
            it.session.timeouts.silence = NEVER;
            it.session.timeouts.pong = NEVER;
        },
    ),
    Flaw::new(
        AREA,
        "version-timestamp-overflow",
        "A version timestamp near the 64-bit limit overflows the time offset",
        "CVE-2024-52912, Bitcoin Core before 0.21",
        |it| it.reactions.clock_overflow = Reaction::Crash,
    ),
    Flaw::new(
        AREA,
        "old-version-accepted",
        "A protocol version below 31800, even a negative one, is accepted",
        "Bitcoin Core MIN_PEER_PROTO_VERSION",
        |it| it.session.min_version = i32::MIN,
    ),
    Flaw::new(
        "negotiation",
        "wtxidrelay-after-verack-accepted",
        "wtxidrelay and sendaddrv2 after verack are ignored; BIP339 requires a disconnect",
        "BIP339; Bitcoin Core ProcessMessage",
        |it| it.session.reactions.late_negotiation = session::Reaction::Ignore,
    ),
    Flaw::new(
        "negotiation",
        "feature-after-verack-accepted",
        "A feature message after verack is ignored",
        "BIP434 (2026)",
        |it| it.session.reactions.late_feature = session::Reaction::Ignore,
    ),
    Flaw::new(
        "negotiation",
        "feature-below-70017-accepted",
        "A feature message from a peer with a protocol version below 70017 is ignored",
        "BIP434 (2026)",
        |it| it.reactions.early_feature = Reaction::Ignore,
    ),
    Flaw::new(
        "negotiation",
        "feature-short-id-accepted",
        "A feature ID shorter than 4 bytes is accepted",
        "BIP434 (2026)",
        |it| it.wire.min_feature_id = 0,
    ),
    Flaw::new(
        "negotiation",
        "feature-long-id-accepted",
        "A feature ID longer than 80 bytes is accepted",
        "BIP434 (2026)",
        |it| it.wire.max_feature_id = u64::MAX,
    ),
    Flaw::new(
        "negotiation",
        "feature-long-data-accepted",
        "Feature data longer than 512 bytes is accepted",
        "BIP434 (2026)",
        |it| it.wire.max_feature_data = u64::MAX,
    ),
    Flaw::new(
        "negotiation",
        "feature-trailing-bytes-accepted",
        "Bytes after the data of a feature are ignored",
        "BIP434 (2026)",
        |it| it.wire.feature_trailing_bytes = Tolerance::Ignore,
    ),
];
