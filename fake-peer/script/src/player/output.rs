//! The actions of a player, and its transcript.

use std::collections::VecDeque;
use std::time::Duration;

use super::config::Limits;
use super::log::Log;
use super::transcript::{Label, Note};
use fake_peer_machine::Action;

/// The number of bytes that are sent before the target gets its turn.
const BURST: usize = 4 << 20;

/// The actions of a player, and its transcript.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) actions: VecDeque<Action>,
    pub(super) log: Log,
    pub(super) now: Duration,
    /// The number of bytes that may still be sent in this turn.
    room: usize,
    /// The number of bytes that the script has sent, counted as for [`Limits::sent`].
    sent: u64,
}

impl Output {
    pub(super) fn new(log: Log) -> Self {
        Self {
            actions: VecDeque::new(),
            log,
            now: Duration::ZERO,
            room: BURST,
            sent: 0,
        }
    }

    pub(super) fn act(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    pub(super) fn note(&mut self, connection: &Label, note: Note) {
        self.log.note(self.now, connection, note);
    }

    /// Starts a turn of the player at a time. An earlier time than before is ignored.
    pub(super) fn turn(&mut self, now: Duration) {
        if now > self.now {
            self.room = BURST;
        }
        self.now = self.now.max(now);
    }

    pub(super) fn has_room(&self) -> bool {
        self.room > 0
    }

    pub(super) fn spend(&mut self, bytes: usize) {
        self.room = self.room.saturating_sub(bytes);
    }

    /// Counts a piece of what a script sends. A short piece costs more than its bytes, and an empty
    /// one is not free.
    pub(super) fn spend_piece(&mut self, bytes: usize) {
        let cost = bytes.saturating_add(Limits::PIECE);
        self.sent = self.sent.saturating_add(cost as u64);
        self.spend(cost);
    }

    /// The number of bytes that the script has sent, counted as for [`Limits::sent`].
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }
}
