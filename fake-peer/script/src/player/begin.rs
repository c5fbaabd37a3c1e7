//! Beginning a step on one connection.

use std::sync::Arc;

use fake_peer_core::message::{Block, Headers, Payload as _, Verack, Version};

use super::Player;
use super::connection::{Connection, State};
use super::handshake::Handshake;
use super::honest::Honest;
use super::inbox::Incoming;
use super::outgoing::Outgoing;
use super::prepared::Prepared;
use super::task::{Context, Task};
use super::transcript::Note;
use super::verdict::{ConnectionEnd, FailureKind, PlayError};
use super::watch::Watch;
use crate::model::{Content, Name, Observation, Send, Step};
use crate::wire::{self, Outbound, WireError};
use fake_peer_machine::{Action, End};

/// Why a step cannot begin.
pub(super) enum BeginError {
    Wire(WireError),
    EndedByUs,
    NoChain(Name),
}

impl From<WireError> for BeginError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl Player {
    pub(super) fn begin_on(
        &mut self,
        at: usize,
        step: &Step,
        script: &Arc<Prepared>,
    ) -> Result<(), BeginError> {
        let connection = &mut self.connections[at];
        let (now, timeout) = (self.out.now, self.config.timeout);
        match step {
            Step::Send(send) => {
                let outbound = wire::outbound(send, &mut self.values.at(now, script))?;
                self.begin_send(at, send, outbound)?;
            }
            Step::Handshake(handshake) => {
                refuse_if(connection.is_send_closed())?;
                let handshake = Handshake::new(handshake, script, &mut self.values, now, timeout)?;
                connection.task = Task::Handshake(handshake);
            }
            Step::BeHonest { chain } => {
                refuse_if(connection.is_send_closed())?;
                self.begin_to_be_honest(at, chain, script)?;
            }
            Step::Expect(expectation) => {
                let mut observed = expectation.observations();
                let asks = observed.any(|it| matches!(it, Observation::Barrier { .. }));
                refuse_if(connection.ended_by_us() || asks && connection.is_send_closed())?;
                let mut cx = Context {
                    script,
                    config: &self.config,
                    values: &mut self.values,
                    out: &mut self.out,
                    policy: &self.groups[connection.group].policy,
                    step,
                };
                connection.task = Task::Watch(Watch::new(expectation, connection, &mut cx)?);
            }
            Step::Forbid(_) => self.check_forbidden(at),
            Step::AnswerPings(answer) => connection.answers |= *answer,
            Step::Reading(reading) => connection.reading.wanted = *reading,
            Step::Close => connection.end(End::Closed, &mut self.out),
            Step::Reset => connection.end(End::Reset, &mut self.out),
            Step::HalfClose => {
                if connection.can_send() {
                    connection.state = State::HalfClosed;
                    self.out.act(Action::HalfClose(connection.port.id));
                }
            }
            // These change the policy of the name, are done before a step begins, or are jumps of
            // the program.
            Step::Ignore(_)
            | Step::Connect { .. }
            | Step::Wait(_)
            | Step::Connection { .. }
            | Step::Repeat { .. } => {}
        }
        Ok(())
    }

    fn begin_send(
        &mut self,
        at: usize,
        send: &Send,
        outbound: Vec<Outbound>,
    ) -> Result<(), BeginError> {
        let connection = &mut self.connections[at];
        refuse_if(connection.is_send_closed())?;
        if !connection.can_send() {
            self.not_sent(at);
            return Ok(());
        }
        let command = match &send.content {
            Content::Message { command, .. } => Some(*command),
            Content::Headers(_) => Some(Headers::COMMAND),
            Content::Blocks(_) => Some(Block::COMMAND),
            Content::Raw(_) => None,
        };
        connection.handshake_state.sent_version |= command == Some(Version::COMMAND);
        connection.handshake_state.sent_verack |= command == Some(Verack::COMMAND);
        let outgoing = Outgoing::new(command, outbound, &send.delivery, self.out.now);
        connection.task = Task::Send(outgoing);
        Ok(())
    }

    fn not_sent(&mut self, at: usize) {
        if let Some(path) = self.path() {
            let label = &self.connections[at].port.label;
            self.out.note(label, Note::NotSent(path));
        }
    }

    fn begin_to_be_honest(
        &mut self,
        at: usize,
        chain: &Name,
        script: &Arc<Prepared>,
    ) -> Result<(), BeginError> {
        let connection = &mut self.connections[at];
        if script.chains().get(chain).is_none() {
            return Err(BeginError::NoChain(chain.clone()));
        }
        if connection.handshake_state.is_done() {
            connection.become_honest(Honest {
                script: Arc::clone(script),
                chain: chain.clone(),
            });
            connection.answer(&mut self.out);
            return Ok(());
        }
        let (now, timeout) = (self.out.now, self.config.timeout);
        let handshake =
            Handshake::to_be_honest(connection, script, chain, &mut self.values, now, timeout)?;
        connection.task = Task::Handshake(handshake);
        Ok(())
    }

    /// Messages that are waiting in the inbox must not be forbidden either.
    fn check_forbidden(&mut self, at: usize) {
        let connection = &self.connections[at];
        let policy = &self.groups[connection.group].policy;
        let inbox = &connection.inbox;
        let waiting = inbox.from(inbox.quiet_from());
        let mut commands = waiting.filter_map(Incoming::command);
        let found = commands.find(|command| policy.forbids(*command));
        drop(commands);
        if let Some(command) = found {
            self.fail(at, FailureKind::Forbidden { command });
        }
    }

    pub(super) fn give_up(&mut self, error: BeginError, group: usize) {
        let (step, connection) = (self.step_ref(), self.group_name(group));
        self.stop(match error {
            BeginError::Wire(error) => PlayError::Wire { step, error },
            BeginError::EndedByUs => PlayError::Ended { step, connection },
            BeginError::NoChain(chain) => PlayError::NoChain { step, chain },
        });
    }
}

fn refuse_if(ended: bool) -> Result<(), BeginError> {
    if ended {
        Err(BeginError::EndedByUs)
    } else {
        Ok(())
    }
}

impl Connection {
    fn ended_by_us(&self) -> bool {
        self.state == State::Over(ConnectionEnd::EndedByUs)
    }

    /// Whether we have closed our direction.
    fn is_send_closed(&self) -> bool {
        self.ended_by_us() || self.state == State::HalfClosed
    }
}
