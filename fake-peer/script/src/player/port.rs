//! The sending side of a connection.

use std::sync::Arc;

use fake_peer_core::Message;
use fake_peer_core::transport::Transport;
use fake_peer_core::wire::{Bytes, Command, RawEnvelope};

use super::log::EntryId;
use super::output::Output;
use super::transcript::{Decoded, Label};
use fake_peer_machine::{Action, ConnId};

/// The sending side of a connection, with the transport that encodes messages.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) id: ConnId,
    pub(super) label: Label,
    pub(super) transport: Box<dyn Transport>,
    /// The number of bytes that have been sent.
    pub(super) sent: u64,
}

impl Port {
    pub(super) fn write(&mut self, bytes: Bytes, out: &mut Output) {
        self.sent += bytes.len() as u64;
        if !bytes.is_empty() {
            out.act(Action::Write(self.id, bytes));
        }
    }

    /// Sends the transport's own bytes. It must not be called in the middle of a message.
    pub(super) fn flush(&mut self, out: &mut Output) {
        let pending = self.transport.take_pending();
        if !pending.is_empty() {
            out.log
                .control_sent(out.now, &self.label, self.sent, &pending);
            out.spend(pending.len());
            self.write(pending.into(), out);
        }
    }

    /// The encoded bytes of an envelope, which must be sent next.
    pub(super) fn encode(
        &mut self,
        envelope: &mut RawEnvelope,
        out: &mut Output,
    ) -> Option<Vec<u8>> {
        self.flush(out);
        self.transport.encode(envelope)
    }

    /// Records that a message of `size` bytes is sent.
    pub(super) fn log_message(
        &self,
        command: Option<Command>,
        size: usize,
        envelope: RawEnvelope,
        decoded: Decoded,
        out: &mut Output,
    ) -> EntryId {
        let recorded = out.log.envelope(size, envelope, decoded);
        out.log
            .sent(out.now, &self.label, self.sent, command, recorded)
    }

    /// Records that only the first bytes of a message of `of` bytes are sent.
    pub(super) fn log_part(
        &self,
        command: Option<Command>,
        bytes: &[u8],
        of: usize,
        out: &mut Output,
    ) -> EntryId {
        let recorded = out.log.part(bytes, of);
        out.log
            .sent(out.now, &self.label, self.sent, command, recorded)
    }

    /// Records that bytes are sent that are not a message.
    pub(super) fn log_bytes(&self, bytes: &[u8], out: &mut Output) -> EntryId {
        let recorded = out.log.bytes(bytes);
        out.log
            .sent(out.now, &self.label, self.sent, None, recorded)
    }

    /// Sends a whole message of our own.
    pub(super) fn send(&mut self, message: Message, out: &mut Output) {
        let command = message.command();
        let mut envelope = message.to_envelope();
        // No step begins before the transport is ready.
        let Some(bytes) = self.encode(&mut envelope, out) else {
            return;
        };
        let decoded = Decoded::Message(Arc::new(message));
        self.log_message(Some(command), bytes.len(), envelope, decoded, out);
        out.spend(bytes.len());
        self.write(bytes.into(), out);
    }
}
