//! Flaws of the stream and its envelopes.

use fake_peer_core::wire::Tolerance;

use super::Flaw;
use crate::behaviour::{PartialHeader, Reaction, Reserve};

const AREA: &str = "envelope";

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        AREA,
        "length-reserved-before-data",
        "32 MiB may be announced, and are reserved before they come",
        "CVE-2015-3641, Bitcoin Core before 0.10.2",
        |it| {
            it.wire.max_payload = 32 << 20;
            it.memory.payloads = Reserve::Announced;
        },
    ),
    Flaw::new(
        AREA,
        "length-limit-missing",
        "Any length may be announced, and is reserved before it comes",
        "Floresta #880",
        |it| {
            it.wire.max_payload = u32::MAX;
            it.memory.payloads = Reserve::Announced;
        },
    ),
    Flaw::new(
        AREA,
        "length-over-limit-crashes",
        "A length that looks negative ends the process",
        "bitcoinj #1230",
        |it| it.reactions.oversized_payload = Reaction::Crash,
    ),
    Flaw::new(
        AREA,
        "split-header-lost",
        "The header of an envelope is lost when a read ends inside it",
        "bitcoinj #342",
        |it| it.stream.partial_header = PartialHeader::Lost,
    ),
    Flaw::new(
        AREA,
        "checksum-not-verified",
        "A message with a wrong checksum is acted on",
        "libdogecoin #341",
        |it| it.wire.wrong_checksum = Tolerance::Ignore,
    ),
    Flaw::new(
        AREA,
        "checksum-disconnects",
        "A wrong checksum ends the connection, where the reference drops the message",
        "btcd, as read in 2026",
        |it| it.reactions.bad_envelope = Reaction::Disconnect,
    ),
    Flaw::new(
        AREA,
        "command-padding-accepted",
        "Bytes behind the NUL that ends a command are passed over",
        "Programming Bitcoin, chapter 10: non-NUL padding must be refused",
        |it| it.wire.command_padding = Tolerance::Ignore,
    ),
    Flaw::new(
        "handshake",
        "trailing-bytes-refused",
        "A message with bytes behind its last field is dropped, where the reference reads it",
        "rust-bitcoin since #6140",
        |it| it.wire.trailing_bytes = Tolerance::Refuse,
    ),
    Flaw::new(
        "liveness",
        "malformed-disconnects",
        "A payload that does not parse ends the connection, where the reference passes it over",
        "btcd, as read in 2026",
        |it| it.reactions.malformed = Reaction::Disconnect,
    ),
    Flaw::new(
        AREA,
        "wrong-magic-ignored",
        "A message for another network is passed over, and the connection goes nowhere",
        "BIP324, \"v1 prefix with the wrong magic\": the reference disconnects",
        |it| it.reactions.wrong_magic = Reaction::Ignore,
    ),
    Flaw::new(
        "liveness",
        "unknown-bytes-hang",
        "64 bytes that are no message stop the node",
        "nakamoto #159",
        |it| it.reactions.unknown_protocol = Reaction::Hang,
    ),
];
