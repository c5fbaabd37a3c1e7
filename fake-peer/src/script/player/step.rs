//! Going through the program.

use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::message::{Headers, Payload as _, Verack, Version};

use super::connection::{Connection, Life};
use super::handshake::Handshake;
use super::honest::Honest;
use super::inbox::Incoming;
use super::outgoing::Outgoing;
use super::prepared::Prepared;
use super::program::{Op, observations};
use super::task::{self, Context, Progress, Task};
use super::transcript::Note;
use super::verdict::{Failure, FailureKind, Instead, PlayError, StepPath, StepRef, Verdict};
use super::watch::Watch;
use super::{Loop, Player};
use crate::machine::{Action, End};
use crate::script::model::{Class, Content, Name, Observation, Send, Step};
use crate::script::wire::{self, WireError};

/// How many steps are done before the target has its turn.
const STEPS_A_TURN: u32 = 1_000;

/// What the player is at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Phase {
    /// The next operation.
    Next,
    /// Connections are on their way, before the step begins.
    Opening {
        group: usize,
        wanted: usize,
        left: usize,
        since: Duration,
    },
    /// The step is being done, on so many connections.
    Doing { group: usize, left: usize },
    /// Time passes.
    Waiting { until: Duration },
}

/// Why a step cannot begin.
enum Unable {
    Wire(WireError),
    EndedByUs,
    NoChain(Name),
}

impl From<WireError> for Unable {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl Player {
    /// Goes on until the target, or time, has to do something.
    pub(super) fn advance(&mut self) {
        let mut turn = STEPS_A_TURN;
        while !self.is_done() {
            match self.phase {
                Phase::Next if turn == 0 => return self.set_due(self.out.now),
                Phase::Next => {
                    turn -= 1;
                    self.next_op();
                }
                Phase::Opening { group, left: 0, .. } => self.begin_step(group),
                Phase::Doing { left: 0, .. } => self.end_step(),
                Phase::Waiting { until } if until <= self.out.now => self.go_to(self.at + 1),
                _ => return,
            }
        }
    }

    fn is_done(&self) -> bool {
        self.judge.is_over()
    }

    fn go_to(&mut self, at: usize) {
        self.at = at;
        self.phase = Phase::Next;
    }

    fn next_op(&mut self) {
        let script = Arc::clone(&self.script);
        match script.op(self.at) {
            None => {
                self.judge.pass();
                self.wind_up();
            }
            Some(
                Op::Do { connection, path }
                | Op::Choose {
                    connection, path, ..
                },
            ) => {
                self.begin_op(&script, *connection, path);
            }
            Some(Op::Loop { count: 0, end }) | Some(Op::Jump(end)) => self.go_to(*end),
            Some(Op::Loop { count, .. }) => {
                let (start, left) = (self.at + 1, *count);
                self.loops.push(Loop { start, left });
                self.go_to(start);
            }
            Some(Op::Again) => self.again(),
        }
    }

    fn again(&mut self) {
        let after = self.at + 1;
        match self.loops.last_mut() {
            Some(Loop {
                start,
                left: left @ 2..,
            }) => {
                *left -= 1;
                let start = *start;
                self.go_to(start);
            }
            _ => {
                self.loops.pop();
                self.go_to(after);
            }
        }
    }

    /// A connection opens with its first step.
    fn begin_op(&mut self, script: &Prepared, group: usize, path: &StepPath) {
        self.steps += 1;
        let limit = self.config.limits.steps;
        if self.steps > limit {
            return self.stop(PlayError::TooManySteps { limit });
        }
        let members = &self.groups[group].members;
        let is_over = |at: &usize| matches!(self.connections[*at].life, Life::Over(_));
        match script.step(path) {
            Some(Step::Wait(time)) => {
                let until = self.out.now.saturating_add(*time);
                self.phase = Phase::Waiting { until };
                self.set_due(until);
            }
            Some(Step::Connect { .. }) if !members.iter().all(is_over) => {
                let (step, connection) = (self.step_ref(), self.group_name(group));
                self.stop(PlayError::OpenAlready { step, connection });
            }
            Some(Step::Connect { count }) => self.open(group, *count),
            _ if members.is_empty() => self.open(group, 1),
            _ => self.begin_step(group),
        }
    }

    /// Begins the step on every connection of the name, then takes it as far as it goes.
    fn begin_step(&mut self, group: usize) {
        let script = Arc::clone(&self.script);
        let (Some(path), members) = (self.path(), self.groups[group].members.clone()) else {
            return;
        };
        let Some(step) = script.step(&path) else {
            return;
        };
        let left = members.len();
        self.phase = Phase::Doing { group, left };
        self.wish(group, step);
        if let Some(&first) = members.first() {
            let label = &self.connections[first].port.label;
            self.out.note(label, Note::Step(path));
        }
        for &at in &members {
            self.connections[at].busy = true;
            if let Err(unable) = self.begin_on(at, step, &script) {
                return self.give_up(unable, group);
            }
        }
        for at in members {
            self.poll(at);
            self.look_after(at);
        }
    }

    /// What is said of all connections of a name, once.
    fn wish(&mut self, group: usize, step: &Step) {
        let wishes = &mut self.groups[group].wishes;
        match step {
            Step::Ignore(commands) => wishes.ignore(commands),
            Step::Forbid(commands) => wishes.forbid(commands),
            Step::AnswerPings(answer) => wishes.answer_pings = *answer,
            _ => {}
        }
    }

    fn begin_on(&mut self, at: usize, step: &Step, script: &Arc<Prepared>) -> Result<(), Unable> {
        let connection = &mut self.connections[at];
        let (now, timeout) = (self.out.now, self.config.timeout);
        match step {
            Step::Send(send) => {
                let network = script.script().network;
                let bytes = wire::encode(send, network, &mut self.values.at(now, script))?;
                self.begin_send(at, send, bytes)?;
            }
            Step::Handshake(handshake) => {
                refuse_if(connection.cannot_speak())?;
                let handshake = Handshake::new(handshake, script, &mut self.values, now, timeout)?;
                connection.task = Task::Handshake(handshake);
            }
            Step::BeHonest { chain } => {
                refuse_if(connection.cannot_speak())?;
                self.begin_to_be_honest(at, chain, script)?;
            }
            Step::Expect(_) | Step::ExpectOneOf(_) => {
                let mut observed = observations(step);
                let asks = observed.any(|it| matches!(it, Observation::Barrier { .. }));
                refuse_if(connection.ended_by_us() || asks && connection.cannot_speak())?;
                let mut cx = Context {
                    script,
                    config: &self.config,
                    values: &mut self.values,
                    out: &mut self.out,
                    wishes: &self.groups[connection.group].wishes,
                    step,
                };
                connection.task = Task::Watch(Watch::new(connection, &mut cx)?);
            }
            Step::Forbid(_) => self.check_forbidden(at),
            Step::AnswerPings(answer) => connection.answers |= *answer,
            Step::Reading(reading) => connection.wants_reading = *reading,
            Step::Close => connection.end(End::Closed, &mut self.out),
            Step::Reset => connection.end(End::Reset, &mut self.out),
            Step::HalfClose if connection.can_send() => {
                connection.life = Life::HalfClosed;
                self.out.act(Action::HalfClose(connection.port.id));
            }
            _ => {}
        }
        Ok(())
    }

    fn begin_send(&mut self, at: usize, send: &Send, bytes: Vec<u8>) -> Result<(), Unable> {
        let connection = &mut self.connections[at];
        refuse_if(connection.cannot_speak())?;
        if !connection.can_send() {
            self.not_sent(at);
            return Ok(());
        }
        let command = match &send.content {
            Content::Message { command, .. } => Some(*command),
            Content::Headers(_) => Some(Headers::COMMAND),
            Content::Raw(_) => None,
        };
        connection.greeting.said_version |= command == Some(Version::COMMAND);
        connection.greeting.said_verack |= command == Some(Verack::COMMAND);
        let outgoing = Outgoing::new(command, bytes, &send.delivery, self.out.now);
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
    ) -> Result<(), Unable> {
        let connection = &mut self.connections[at];
        if script.chains().get(chain).is_none() {
            return Err(Unable::NoChain(chain.clone()));
        }
        if connection.greeting.is_done() {
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

    /// What waits to be looked at must not be forbidden either.
    fn check_forbidden(&mut self, at: usize) {
        let connection = &self.connections[at];
        let forbidden = &self.groups[connection.group].wishes.forbidden;
        let inbox = &connection.inbox;
        let waiting = inbox.from(inbox.quiet_from());
        let mut commands = waiting.filter_map(Incoming::command);
        let found = commands.find(|command| forbidden.contains(command));
        drop(commands);
        if let Some(command) = found {
            self.fail(at, FailureKind::Forbidden { command }, Instead::default());
        }
    }

    /// Takes the step on one connection as far as it goes.
    pub(super) fn poll(&mut self, at: usize) {
        let Phase::Doing { left, .. } = &mut self.phase else {
            return;
        };
        let connection = &mut self.connections[at];
        if !connection.busy || self.judge.is_over() {
            return;
        }
        let script = Arc::clone(&self.script);
        let Some(step) = script
            .op(self.at)
            .and_then(Op::path)
            .and_then(|path| script.step(path))
        else {
            return;
        };
        let mut cx = Context {
            script: &script,
            config: &self.config,
            values: &mut self.values,
            out: &mut self.out,
            wishes: &self.groups[connection.group].wishes,
            step,
        };
        match task::poll(connection, &mut cx) {
            Progress::Done => {
                connection.busy = false;
                *left -= 1;
                connection.answer(&mut self.out);
            }
            Progress::Waits(due) => {
                if let Some(due) = due {
                    self.set_due(due);
                }
            }
            Progress::Failed(kind, instead) => self.fail(at, kind, instead),
        }
    }

    /// Does all that is due.
    pub(super) fn poll_all(&mut self) {
        match self.phase {
            Phase::Opening {
                group,
                wanted,
                left: 1..,
                since,
            } => self.check_opening(group, wanted, since),
            Phase::Doing { group, .. } => {
                for member in 0..self.groups[group].members.len() {
                    self.poll(self.groups[group].members[member]);
                }
            }
            Phase::Waiting { until } if until > self.out.now => self.set_due(until),
            _ => {}
        }
        for at in 0..self.connections.len() {
            self.connections[at].answer(&mut self.out);
            self.look_after(at);
        }
    }

    /// Sees to it that a connection is read if it can be, and answered soon.
    pub(super) fn look_after(&mut self, at: usize) {
        let connection = &mut self.connections[at];
        connection.regulate(self.config.limits.inbox, &mut self.out);
        if connection.has_requests() {
            self.set_due(self.out.now);
        }
    }

    fn end_step(&mut self) {
        let script = Arc::clone(&self.script);
        let Phase::Doing { group, .. } = self.phase else {
            return;
        };
        let next = match script.op(self.at) {
            Some(Op::Choose { path, starts, .. }) => self.choose(&script, group, path, starts),
            _ => Some(self.at + 1),
        };
        if self.is_done() {
            return;
        }
        for member in 0..self.groups[group].members.len() {
            let at = self.groups[group].members[member];
            self.connections[at].release_if_ended(&mut self.out);
            self.look_after(at);
        }
        self.go_to(next.unwrap_or(self.at + 1));
    }

    /// Where the script goes on behind a choice. On several connections the worst outcome counts.
    fn choose(
        &mut self,
        script: &Prepared,
        group: usize,
        path: &StepPath,
        starts: &[usize],
    ) -> Option<usize> {
        let Some(Step::ExpectOneOf(set)) = script.step(path) else {
            return None;
        };
        let observed = |at: &usize| match self.connections[*at].task {
            Task::Done(outcome) => Some((outcome, *at)),
            _ => None,
        };
        let members = self.groups[group].members.iter();
        let worth = |(outcome, _): &(usize, usize)| {
            let class = set.outcomes.get(*outcome).map(|outcome| outcome.class);
            (class, std::cmp::Reverse(*outcome))
        };
        let (chosen, at) = members.filter_map(observed).max_by_key(worth)?;
        let outcome = set.outcomes.get(chosen)?;
        let path = path.inside(chosen);
        let class = outcome.class;
        let label = self.connections[at].port.label.clone();
        let note = Note::Outcome {
            path: path.clone(),
            class,
        };
        self.out.note(&label, note);
        if class == Class::Fail {
            let failure = Failure {
                kind: FailureKind::NotAllowed {
                    note: outcome.note.clone(),
                },
                step: script.step_ref(&path),
                connection: label,
                instead: Instead::default(),
            };
            self.conclude(Verdict::Fail(Box::new(failure)));
        } else {
            self.judge.observe(outcome);
        }
        starts.get(chosen).copied()
    }

    fn give_up(&mut self, unable: Unable, group: usize) {
        let (step, connection) = (self.step_ref(), self.group_name(group));
        self.stop(match unable {
            Unable::Wire(error) => PlayError::Wire { step, error },
            Unable::EndedByUs => PlayError::Ended { step, connection },
            Unable::NoChain(chain) => PlayError::NoChain { step, chain },
        });
    }

    /// The target failed, on this connection.
    pub(super) fn fail(&mut self, at: usize, kind: FailureKind, instead: Instead) {
        let connection = &mut self.connections[at];
        if kind == FailureKind::TimedOut {
            connection.hang(&mut self.out);
        }
        let failure = Failure {
            kind,
            connection: connection.port.label.clone(),
            step: self.step_ref(),
            instead,
        };
        self.conclude(Verdict::Fail(Box::new(failure)));
    }

    pub(super) fn stop(&mut self, error: PlayError) {
        self.conclude(Verdict::Error(error));
    }

    pub(super) fn conclude(&mut self, verdict: Verdict) {
        self.judge.close(verdict);
        self.wind_up();
    }

    /// Lets go of everything.
    fn wind_up(&mut self) {
        for connection in &mut self.connections {
            connection.release(&mut self.out);
        }
        for waiting in self.waiting.drain(..) {
            self.out.act(Action::Close(waiting.id));
        }
    }

    fn path(&self) -> Option<StepPath> {
        self.script.op(self.at)?.path().cloned()
    }

    /// The step that is being done.
    pub(super) fn step_ref(&self) -> StepRef {
        match self.path() {
            Some(path) => self.script.step_ref(&path),
            None => StepRef {
                path: StepPath(Arc::new([])),
                text: String::new(),
            },
        }
    }

    fn group_name(&self, group: usize) -> Name {
        let names = self.script.connection_names();
        names.get(group).cloned().unwrap_or_else(Name::main)
    }
}

fn refuse_if(ended: bool) -> Result<(), Unable> {
    if ended {
        Err(Unable::EndedByUs)
    } else {
        Ok(())
    }
}

impl Connection {
    fn ended_by_us(&self) -> bool {
        self.life == Life::Over(super::ConnectionEnd::EndedByUs)
    }

    /// Whether we have ended our direction.
    fn cannot_speak(&self) -> bool {
        self.ended_by_us() || self.life == Life::HalfClosed
    }
}
