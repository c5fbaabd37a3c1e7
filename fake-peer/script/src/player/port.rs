//! Where bytes go out.

use fake_peer_core::Message;
use fake_peer_core::wire::{Bytes, Command};

use super::log::EntryId;
use super::output::Output;
use super::transcript::{EntryKind, Label};
use fake_peer_machine::{Action, ConnId};

/// Where bytes go out.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) id: ConnId,
    pub(super) label: Label,
    pub(super) magic: [u8; 4],
    /// How many bytes went out.
    pub(super) sent: u64,
}

impl Port {
    pub(super) fn write(&mut self, bytes: Bytes, out: &mut Output) {
        self.sent += bytes.len() as u64;
        if !bytes.is_empty() {
            out.act(Action::Write(self.id, bytes));
        }
    }

    pub(super) fn log_sent(
        &self,
        command: Option<Command>,
        bytes: &[u8],
        out: &mut Output,
    ) -> EntryId {
        let bytes = out.log.record(bytes);
        let kind = EntryKind::Sent {
            offset: self.sent,
            command,
            bytes,
        };
        out.log.add(out.now, &self.label, kind)
    }

    /// Sends a whole message of our own.
    pub(super) fn send(&mut self, message: &Message, out: &mut Output) {
        let bytes = message.to_envelope(self.magic).to_bytes();
        self.send_bytes(message.command(), bytes, out);
    }

    pub(super) fn send_bytes(&mut self, command: Command, bytes: Vec<u8>, out: &mut Output) {
        self.log_sent(Some(command), &bytes, out);
        out.spend(bytes.len());
        self.write(bytes.into(), out);
    }
}
