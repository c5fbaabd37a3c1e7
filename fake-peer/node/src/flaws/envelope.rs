//! Flaws in the byte stream and its envelopes.

use fake_peer_core::wire::Tolerance;

use super::Flaw;
use crate::behaviour::{PartialHeader, Reaction, Reserve};

const AREA: &str = "envelope";

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        AREA,
        "length-reserved-before-data",
        "A payload of up to 32 MiB is accepted, and its memory is reserved before it arrives",
        "CVE-2015-3641, Bitcoin Core before 0.10.2",
        |it| {
            it.wire.max_payload = 32 << 20;
            it.memory.payloads = Reserve::Announced;
        },
    ),
    Flaw::new(
        AREA,
        "length-limit-missing",
        "A payload of any length is accepted, and its memory is reserved before it arrives",
        "Floresta #880",
        |it| {
            it.wire.max_payload = u32::MAX;
            it.memory.payloads = Reserve::Announced;
        },
    ),
    Flaw::new(
        AREA,
        "length-over-limit-crashes",
        "A payload length above the limit crashes the node",
        "bitcoinj #1230",
        |it| it.reactions.oversized_payload = Reaction::Crash,
    ),
    Flaw::new(
        AREA,
        "split-header-lost",
        "The start of an envelope header is lost when a read ends inside the header",
        "bitcoinj #342",
        |it| it.stream.partial_header = PartialHeader::Lost,
    ),
    Flaw::new(
        AREA,
        "checksum-not-verified",
        "A message with a wrong checksum is processed",
        "libdogecoin #341",
        |it| it.wire.wrong_checksum = Tolerance::Ignore,
    ),
    Flaw::new(
        AREA,
        "checksum-disconnects",
        "A wrong checksum closes the connection; Bitcoin Core drops the message",
        "btcd, as read in 2026",
        |it| it.reactions.bad_envelope = Reaction::Disconnect,
    ),
    Flaw::new(
        AREA,
        "command-padding-accepted",
        "Bytes after the NUL that ends a command are ignored",
        "Programming Bitcoin, chapter 10: non-NUL padding must be refused",
        |it| it.wire.command_padding = Tolerance::Ignore,
    ),
    Flaw::new(
        "handshake",
        "trailing-bytes-refused",
        "A message with bytes after its last field is dropped; Bitcoin Core accepts it",
        "rust-bitcoin since #6140",
        |it| it.wire.trailing_bytes = Tolerance::Refuse,
    ),
    Flaw::new(
        "liveness",
        "malformed-disconnects",
        "A payload that does not parse closes the connection; Bitcoin Core ignores it",
        "btcd, as read in 2026",
        |it| it.reactions.malformed = Reaction::Disconnect,
    ),
    Flaw::new(
        AREA,
        "wrong-magic-ignored",
        "A message for another network is ignored, and the connection stays open but unusable",
        "BIP324, \"v1 prefix with the wrong magic\": the reference disconnects",
        |it| it.reactions.wrong_magic = Reaction::Ignore,
    ),
    Flaw::new(
        "liveness",
        "unknown-bytes-hang",
        "64 bytes that are not a message make the node unresponsive",
        "nakamoto #159",
        |it| it.reactions.unknown_protocol = Reaction::Hang,
    ),
];
