//! What came of a play.

use std::time::Duration;

use fake_peer_core::Message;
use fake_peer_core::message::{InvType, Services};
use serde::{Deserialize, Serialize};

use super::health::Health;
use super::process::ProcessEnd;
use crate::script::player::{Entry, EntryKind, Played, Transcript};

/// What came of a play, and of the target.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What the player saw.
    pub played: Played,
    /// How the target is afterwards.
    pub health: Health,
    /// What the play cost the target, where that was measured.
    pub cost: Option<Cost>,
    /// The process, if we started one for this play alone, or it ended by itself.
    pub process: Option<ProcessEnd>,
}

/// What a play cost the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// By how many bytes its resident memory grew at most.
    pub grown: u64,
    /// How long its processors worked.
    pub worked: Duration,
}

/// What a `version` message says of its sender. A stranger chose the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The user agent, such as `/Satoshi:31.0.0/`.
    pub user_agent: String,
    /// The protocol version.
    pub version: i32,
    /// The service bits.
    pub services: Services,
}

impl Attempt {
    /// A play about which nothing else is known.
    pub fn new(played: Played, health: Health) -> Self {
        Self {
            played,
            health,
            cost: None,
            process: None,
        }
    }

    /// How many bytes we sent.
    pub fn bytes_sent(&self) -> u64 {
        let entries = self.played.transcript.entries.iter();
        let sent = entries.map(|entry| match &entry.kind {
            EntryKind::Sent { bytes, .. } => bytes.size,
            EntryKind::Opened
            | EntryKind::Ended(_)
            | EntryKind::Received { .. }
            | EntryKind::Note(_) => 0,
        });
        sent.sum()
    }
}

impl Seen {
    /// What the target says of itself in the first `version` that it sends.
    pub fn find(transcript: &Transcript) -> Option<Self> {
        transcript.entries.iter().find_map(|entry| {
            let Message::Version(version) = received(entry)? else {
                return None;
            };
            Some(Self {
                user_agent: version.user_agent.to_string(),
                version: version.version,
                services: version.services,
            })
        })
    }
}

/// Whether the target shows that it knows more than block 0: by the height in its `version`, by a
/// locator of more than one hash, or because it asks for a block.
///
/// The locator of a node that has one header after block 0 is block 0 alone, as that of a new one
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

/// The message that the target sent, if the entry is one.
fn received(entry: &Entry) -> Option<&Message> {
    match &entry.kind {
        EntryKind::Received { bytes, .. } => bytes.message(),
        EntryKind::Opened | EntryKind::Ended(_) | EntryKind::Sent { .. } | EntryKind::Note(_) => {
            None
        }
    }
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
