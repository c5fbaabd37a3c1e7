//! Opening connections.

use std::time::Duration;

use super::connection::{Connection, State};
use super::step::Phase;
use super::task::TaskFailure;
use super::transcript::Label;
use super::verdict::{ConnectionEnd, Failure, FailureKind, Observed, PlayError, Verdict};
use super::{Player, TURN};
use crate::model::Role;
use fake_peer_core::session;
use fake_peer_core::transport::{MakeTransport as _, MakeV1, Setup, Transport};
use fake_peer_machine::{Action, ConnId};

/// A connection that the target has opened and that the script does not need yet. It is not read;
/// bytes that arrive anyway are kept.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) id: ConnId,
    held: Vec<u8>,
}

impl Player {
    /// Opens `count` connections of a name, which replace its previous ones.
    pub(super) fn open(&mut self, group: usize, count: u32) {
        let limit = self.config.limits.connections;
        let wanted = usize::try_from(count).unwrap_or(usize::MAX);
        if wanted > limit.saturating_sub(self.connections.len()) {
            return self.stop(PlayError::TooManyConnections { limit });
        }
        let old = std::mem::take(&mut self.groups[group].members);
        for at in old {
            self.connections[at].release(&mut self.out);
        }
        self.phase = Phase::Opening {
            group,
            wanted,
            left: wanted,
            since: self.out.now,
        };
        self.set_due(self.out.now.saturating_add(self.config.timeout));
        if self.config.target == Role::Dials {
            return self.assign();
        }
        for _ in 0..wanted {
            let number = u32::try_from(self.connections.len()).unwrap_or(u32::MAX);
            let id = ConnId::Dialled(number);
            self.add(id, group, wanted);
            self.out.act(Action::Open(id));
        }
    }

    /// Assigns connections that the target has opened to the script, as many as it needs.
    fn assign(&mut self) {
        while let Phase::Opening { group, wanted, .. } = self.phase
            && self.groups[group].members.len() < wanted
        {
            let Some(Waiting { id, held }) = self.waiting.pop_front() else {
                return;
            };
            let at = self.add(id, group, wanted);
            self.connections[at].opened(&mut self.out);
            self.out.act(Action::Reading(id, true));
            self.feed(at, &held);
            self.flush_transport(at);
        }
    }

    fn add(&mut self, id: ConnId, group: usize, wanted: usize) -> usize {
        let at = self.connections.len();
        let label = self.label(group, wanted);
        let transport = self.transport(id, label.number);
        let connection = Connection::new(id, label, group, transport);
        self.connections.push(connection);
        self.by_id.insert(id, at);
        self.groups[group].members.push(at);
        at
    }

    /// The label of the next connection of a name.
    fn label(&self, group: usize, wanted: usize) -> Label {
        let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
        Label {
            number: number(self.connections.len()),
            name: self.script.connections()[group].clone(),
            member: (wanted > 1).then(|| number(self.groups[group].members.len())),
        }
    }

    fn transport(&self, id: ConnId, number: u32) -> Box<dyn Transport> {
        let role = match id {
            ConnId::Dialled(_) => session::Role::Outbound,
            ConnId::Accepted(_) => session::Role::Inbound,
        };
        let setup = Setup {
            role,
            magic: self.script.network().magic,
            rules: &self.config.rules,
            seed: self.config.seed.rotate_left(32) ^ u64::from(number),
        };
        match &self.config.transport {
            Some(transport) => transport.make(&setup),
            None => MakeV1.make(&setup),
        }
    }

    /// Sends the own bytes of a connection's transport. Once the transport is ready, the script can
    /// use the connection; if it can no longer become ready, the target fails.
    pub(super) fn flush_transport(&mut self, at: usize) {
        if self.is_done() {
            return;
        }
        let connection = &mut self.connections[at];
        connection.flush(&mut self.out);
        if connection.is_ready() {
            return;
        }
        if let Some(error) = connection.lost {
            let kind = FailureKind::NoEnvelope(error);
            return self.fail(at, kind);
        }
        if connection.becomes_ready()
            && let Phase::Opening { left, .. } = &mut self.phase
        {
            *left = left.saturating_sub(1);
        }
    }

    pub(super) fn on_opened(&mut self, id: ConnId) {
        match (self.by_id.get(&id), id) {
            (Some(&at), _) => {
                if self.connections[at].state == State::Opening {
                    self.connections[at].opened(&mut self.out);
                    self.flush_transport(at);
                }
            }
            (None, ConnId::Accepted(_)) if self.config.target == Role::Dials => {
                self.out.act(Action::Reading(id, false));
                let held = Vec::new();
                self.waiting.push_back(Waiting { id, held });
                self.assign();
            }
            // An unexpected connection.
            (None, _) => self.out.act(Action::Close(id)),
        }
        self.advance();
    }

    /// Keeps bytes that arrive on a connection before the script needs it.
    pub(super) fn hold(&mut self, id: ConnId, bytes: &[u8]) {
        let limit = self.config.limits.inbox;
        let mut waiting = self.waiting.iter_mut();
        if let Some(at) = waiting.position(|waiting| waiting.id == id) {
            self.waiting[at].held.extend(bytes);
            if self.waiting[at].held.len() > limit {
                self.waiting.remove(at);
                self.out.act(Action::Close(id));
            }
        }
    }

    pub(super) fn on_refused(&mut self, id: ConnId) {
        let Some(&at) = self.by_id.get(&id) else {
            return;
        };
        self.refuse(at);
    }

    /// Ends the play because a connection cannot be opened.
    fn refuse(&mut self, at: usize) {
        let kind = if self.connections.iter().any(Connection::was_open) {
            FailureKind::Died
        } else {
            FailureKind::Refused
        };
        self.connections[at].ended(ConnectionEnd::Refused, &mut self.out);
        self.fail(at, kind);
    }

    /// Ends the play if a connection was not opened in time.
    pub(super) fn check_opening(&mut self, group: usize, wanted: usize, since: Duration) {
        let until = since.saturating_add(self.config.timeout);
        if self.out.now < until {
            return self.set_due(until);
        }
        let members = &self.groups[group].members;
        let opening = |at: &&usize| !self.connections[**at].is_ready();
        if let Some(&at) = members.iter().find(opening) {
            if self.connections[at].was_open() {
                // It is open, but its transport never became ready.
                let failure = TaskFailure {
                    kind: FailureKind::TimedOut,
                    observed: Observed {
                        waited: self.out.now.saturating_sub(since),
                        ..Observed::default()
                    },
                    expected: None,
                };
                return self.fail_with(at, failure);
            }
            return self.refuse(at);
        }
        let failure = Failure {
            kind: FailureKind::DidNotDial,
            step: self.step_ref(),
            connection: self.label(group, wanted),
            observed: Observed {
                waited: self.out.now.saturating_sub(since),
                ..Observed::default()
            },
            expectations: Vec::new(),
        };
        self.conclude(Verdict::Fail(Box::new(failure)));
    }

    /// Schedules the next tick at this time, or in the next turn if the time has passed.
    pub(super) fn set_due(&mut self, due: Duration) {
        let due = if due > self.out.now {
            due
        } else {
            self.out.now.saturating_add(TURN)
        };
        self.due = Some(self.due.map_or(due, |before| before.min(due)));
    }
}
