//! A case at its target, before it is judged.

use std::time::Duration;

use fake_peer_core::Message;
use fake_peer_core::message::InvType;

use crate::check::result::Seen;
use crate::script::player::{EntryKind, Played, Transcript};
use crate::transcript::received;

/// What came of a case, and of its target.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) played: Played,
    pub(super) health: Health,
    pub(super) cost: Option<Cost>,
}

/// How the target is after a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Health {
    /// As before.
    Well,
    /// It ended; this is how, as far as it is known.
    Dead(String),
    /// It is there, and answers no handshake.
    Hung,
    /// It ends our connections at once: it is said to ban us.
    TurnsUsAway,
}

/// What a case cost the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    /// The bytes by which it grew at the most.
    pub(super) grown: u64,
    /// The time that its processors worked.
    pub(super) worked: Duration,
}

/// What the target says of itself in the first `version` that it sends.
pub(super) fn seen(transcript: &Transcript) -> Option<Seen> {
    transcript.entries.iter().find_map(|entry| {
        let Some(Message::Version(version)) = received(entry) else {
            return None;
        };
        Some(Seen {
            user_agent: version.user_agent.to_string(),
            version: version.version,
            services: version.services,
        })
    })
}

/// Whether the target shows that it knows more than block 0: by the height it tells, by a locator
/// of more than one hash, or because it asks for a block.
///
/// The locator of a node that has one header behind block 0 is block 0 alone, as that of a new one
/// (Bitcoin Core starts it one before its tip), but such a node asks for the block.
pub(super) fn knows_a_chain(transcript: &Transcript) -> bool {
    transcript
        .entries
        .iter()
        .any(|entry| match received(entry) {
            Some(Message::Version(version)) => version.start_height > 0,
            Some(Message::GetHeaders(request)) => request.locator.len() > 1,
            Some(Message::GetData(request)) => request
                .inventory
                .iter()
                .any(|item| names_a_block(item.kind)),
            _ => false,
        })
}

fn names_a_block(kind: InvType) -> bool {
    let blocks = [
        InvType::BLOCK,
        InvType::WITNESS_BLOCK,
        InvType::FILTERED_BLOCK,
        InvType::CMPCT_BLOCK,
    ];
    blocks.contains(&kind)
}

/// How many bytes we sent.
pub(super) fn bytes_sent(transcript: &Transcript) -> u64 {
    let sent = transcript.entries.iter().map(|entry| match &entry.kind {
        EntryKind::Sent { bytes, .. } => bytes.size,
        _ => 0,
    });
    sent.sum()
}
