//! How the player handles incoming messages, whatever step is being done.

use std::collections::HashSet;

use fake_peer_core::wire::Command;

use crate::model::Step;

/// How the player handles incoming messages on the connections of one name.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) answer_pings: bool,
    ignored: HashSet<Command>,
    forbidden: HashSet<Command>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            answer_pings: true,
            ignored: HashSet::new(),
            forbidden: HashSet::new(),
        }
    }
}

impl Policy {
    /// Changes the policy, if that is what the step does.
    pub(super) fn apply(&mut self, step: &Step) {
        match step {
            Step::Ignore(commands) => {
                self.forbidden.retain(|command| !commands.contains(command));
                self.ignored.extend(commands);
            }
            Step::Forbid(commands) => {
                self.ignored.retain(|command| !commands.contains(command));
                self.forbidden.extend(commands);
            }
            Step::AnswerPings(answer) => self.answer_pings = *answer,
            Step::Connection { .. }
            | Step::Repeat { .. }
            | Step::Connect { .. }
            | Step::Handshake(_)
            | Step::Send(_)
            | Step::Expect(_)
            | Step::Reading(_)
            | Step::Wait(_)
            | Step::Close
            | Step::HalfClose
            | Step::Reset
            | Step::BeHonest { .. } => {}
        }
    }

    pub(super) fn ignores(&self, command: Command) -> bool {
        self.ignored.contains(&command)
    }

    pub(super) fn forbids(&self, command: Command) -> bool {
        self.forbidden.contains(&command)
    }
}
