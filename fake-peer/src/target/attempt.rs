//! The result of a play.

use std::time::Duration;

use fake_peer_core::Message;
use fake_peer_core::message::{InvType, Services};
use serde::{Deserialize, Serialize};

use super::health::{Death, Health};
use super::process::ProcessEnd;
use crate::script::player::{Entry, EntryKind, FailureKind, Played, Transcript, Verdict};

/// The result of a play, and the state of the target after it.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The result of the player.
    pub played: Played,
    /// The state of the target after the play.
    pub health: Health,
    /// The cost of the play for the target, if it was measured.
    pub cost: Option<Cost>,
    /// The process, if it was started for this play only, or if it ended by itself.
    pub process: Option<ProcessEnd>,
}

/// The cost of a play for the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// The growth of its resident memory at the peak, in bytes.
    pub grown: u64,
    /// The processor time that it used.
    pub worked: Duration,
}

/// The contents of a target's `version` message. Its text is untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The user agent, such as `/Satoshi:31.0.0/`.
    pub user_agent: String,
    /// The protocol version.
    pub version: i32,
    /// The service bits.
    pub services: Services,
    /// The height of its best block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_height: Option<i32>,
    /// Whether it asks for announcements of transactions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relay: Option<bool>,
}

impl Attempt {
    /// Creates an attempt without a cost and a process.
    pub fn new(played: Played, health: Health) -> Self {
        Self {
            played,
            health,
            cost: None,
            process: None,
        }
    }

    /// Creates the attempt of a process that was started for it, and has died if it failed.
    pub(super) fn of_process(played: Played, process: ProcessEnd) -> Self {
        let health = if process.failed() {
            Health::Died(Death::Process(process.clone()))
        } else {
            Health::NotAsked
        };
        Self {
            process: Some(process),
            ..Self::new(played, health)
        }
    }

    /// Returns whether the target died.
    pub(crate) fn has_died(&self) -> bool {
        matches!(self.health, Health::Died(_))
    }

    /// Returns whether the target accepted no connection at all, so that the play did nothing.
    pub(crate) fn was_refused(&self) -> bool {
        match &self.played.verdict {
            Verdict::Fail(failure) => failure.kind == FailureKind::Refused,
            Verdict::Pass { .. }
            | Verdict::Weaker { .. }
            | Verdict::Unsupported(_)
            | Verdict::Error(_) => false,
        }
    }

    /// Returns the number of bytes that we sent.
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
    /// Returns the contents of the first `version` message that the target sent.
    pub fn find(transcript: &Transcript) -> Option<Self> {
        transcript.entries.iter().find_map(|entry| {
            let Message::Version(version) = received(entry)? else {
                return None;
            };
            Some(Self {
                user_agent: version.user_agent.to_string(),
                version: version.version,
                services: version.services,
                start_height: Some(version.start_height),
                relay: Some(version.relay),
            })
        })
    }
}

/// Returns whether the target shows that it knows more than block 0: by the height in its
/// `version`, by a locator of more than one hash, or by requesting a block.
///
/// The locator of a node that has one header after block 0 contains only block 0, as that of a new
/// node does (Bitcoin Core starts it one block before its tip). But such a node requests the block.
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

/// Returns the message in an entry, if the target sent one.
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
