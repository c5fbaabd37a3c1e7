//! What happened on one connection of a probe.

use std::time::Duration;

use fake_peer_core::Message;
use fake_peer_core::wire::Command;

use crate::script::player::{ConnectionEnd, Entry, EntryKind, Kept, Label, Played};

/// What happened on one connection of a probe from some time on, in the order of time.
#[derive(Debug, Clone)]
pub(super) struct View<'a> {
    entries: Vec<&'a Entry>,
    /// Where the view begins, as the time since the start of the probe.
    start: Duration,
    /// The end of the probe, as the time since its start.
    end: Duration,
}

/// A message that the target sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Received<'a> {
    /// The time since the start of the view.
    pub(super) after: Duration,
    /// The message.
    pub(super) message: &'a Message,
}

impl<'a> View<'a> {
    /// Returns the connections with a name, in the order in which they were opened.
    pub(super) fn all(played: &'a Played, name: &str) -> Vec<Self> {
        let reports = played.connections.iter();
        let named = reports.filter(|report| &*report.label.name == name);
        let view = |label: &Label| {
            let entries = played.transcript.entries.iter();
            Self {
                entries: entries.filter(|entry| entry.connection == *label).collect(),
                start: Duration::ZERO,
                end: played.elapsed,
            }
        };
        named.map(|report| view(&report.label)).collect()
    }

    /// Returns what happened after the connection was opened, if it was.
    pub(super) fn since_opened(&self) -> Option<Self> {
        self.since(|kind| matches!(kind, EntryKind::Opened))
    }

    /// Returns what happened after we first sent a message with this command, or bytes without one,
    /// if we did.
    pub(super) fn since_sent(&self, wanted: Option<&str>) -> Option<Self> {
        self.since(|kind| is_sent(kind, wanted))
    }

    /// Returns the first message with this command that we sent, if it was a valid one.
    pub(super) fn message_sent(&self, command: &str) -> Option<Message> {
        self.entries.iter().find_map(|entry| match &entry.kind {
            EntryKind::Sent {
                command: Some(sent),
                bytes,
                ..
            } if sent.as_str() == command => match &bytes.kept {
                Kept::Envelope { envelope, .. } => Message::decode(*sent, &envelope.payload).ok(),
                Kept::Part { .. } | Kept::Bytes(_) | Kept::Control(_) => None,
            },
            EntryKind::Opened
            | EntryKind::Ended(_)
            | EntryKind::Sent { .. }
            | EntryKind::Received { .. }
            | EntryKind::Note(_) => None,
        })
    }

    /// Returns what happened after the target sent its `verack`, if it did.
    pub(super) fn since_verack(&self) -> Option<Self> {
        self.since(|kind| match kind {
            EntryKind::Received { bytes, .. } => {
                matches!(bytes.message(), Some(Message::Verack(_)))
            }
            EntryKind::Opened
            | EntryKind::Ended(_)
            | EntryKind::Sent { .. }
            | EntryKind::Note(_) => false,
        })
    }

    fn since(&self, begins: impl Fn(&EntryKind) -> bool) -> Option<Self> {
        let at = self.entries.iter().position(|entry| begins(&entry.kind))?;
        let (before, entries) = self.entries.split_at(at + 1);
        Some(Self {
            entries: entries.to_vec(),
            start: before.last()?.at,
            end: self.end,
        })
    }

    /// Returns what happened before we first sent a message with this command, if we did.
    pub(super) fn until_sent(&self, command: &str) -> Option<Self> {
        let mut entries = self.entries.iter();
        let at = entries.position(|entry| is_sent(&entry.kind, Some(command)))?;
        Some(Self {
            entries: self.entries[..at].to_vec(),
            ..*self
        })
    }

    /// Returns the messages that the target sent.
    pub(super) fn messages(&self) -> impl Iterator<Item = Received<'a>> {
        self.entries.iter().filter_map(|entry| match &entry.kind {
            EntryKind::Received { bytes, .. } => Some(Received {
                after: entry.at.saturating_sub(self.start),
                message: bytes.message()?,
            }),
            EntryKind::Opened
            | EntryKind::Ended(_)
            | EntryKind::Sent { .. }
            | EntryKind::Note(_) => None,
        })
    }

    /// Returns how long it took until the target sent something, whether it is a message or not, and
    /// how many bytes it sent in all.
    pub(super) fn bytes(&self) -> Option<(Duration, u64)> {
        let sizes = self.entries.iter().filter_map(|entry| match &entry.kind {
            EntryKind::Received { bytes, .. } => {
                Some((entry.at.saturating_sub(self.start), bytes.size))
            }
            EntryKind::Opened
            | EntryKind::Ended(_)
            | EntryKind::Sent { .. }
            | EntryKind::Note(_) => None,
        });
        sizes.reduce(|(first, sum), (_, size)| (first, sum + size))
    }

    /// Returns whether the target ended the connection, or did not accept it.
    pub(super) fn was_ended(&self) -> bool {
        self.entries.iter().any(|entry| match entry.kind {
            EntryKind::Ended(end) => match end {
                ConnectionEnd::Closed | ConnectionEnd::Reset | ConnectionEnd::Refused => true,
                ConnectionEnd::Open | ConnectionEnd::Unresponsive | ConnectionEnd::EndedByUs => {
                    false
                }
            },
            EntryKind::Opened
            | EntryKind::Sent { .. }
            | EntryKind::Received { .. }
            | EntryKind::Note(_) => false,
        })
    }

    /// Returns whether the view is at least so long.
    pub(super) fn lasted(&self, patience: Duration) -> bool {
        self.end.saturating_sub(self.start) >= patience
    }
}

/// Returns whether we sent a message with this command, or bytes without one.
fn is_sent(kind: &EntryKind, wanted: Option<&str>) -> bool {
    match kind {
        EntryKind::Sent { command, .. } => command.as_ref().map(Command::as_str) == wanted,
        EntryKind::Opened
        | EntryKind::Ended(_)
        | EntryKind::Received { .. }
        | EntryKind::Note(_) => false,
    }
}
