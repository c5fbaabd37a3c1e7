//! Running the program.

use std::sync::Arc;
use std::time::Duration;

use super::connection::State;
use super::prepared::Prepared;
use super::program::Op;
use super::task::{self, Context, Progress};
use super::transcript::Note;
use super::verdict::{PlayError, StepRef};
use super::{Loop, Player};
use crate::model::{Name, Step, StepPath};

/// The number of steps that are done before the target gets its turn.
const STEPS_A_TURN: u32 = 1_000;

/// What the player is doing.
#[derive(Debug, Clone, Copy)]
pub(super) enum Phase {
    /// The next operation can begin.
    Next,
    /// Connections are being opened, before the step begins.
    Opening {
        group: usize,
        wanted: usize,
        left: usize,
        since: Duration,
    },
    /// The step is being done; `left` connections have not finished it.
    Doing { group: usize, left: usize },
    /// Time passes.
    Waiting { until: Duration },
}

impl Player {
    /// Continues until it has to wait for the target or for a time.
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

    pub(super) fn is_done(&self) -> bool {
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
                self.release_all();
            }
            Some(
                Op::Do { connection, path }
                | Op::Choose {
                    connection, path, ..
                },
            ) => {
                self.begin_op(&script, *connection, path);
            }
            Some(Op::Loop { count: 0, end } | Op::Jump(end)) => self.go_to(*end),
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
        let (start, left) = match self.loops.last() {
            Some(Loop { start, left }) => (*start, left - 1),
            None => (after, 0),
        };
        if left == 0 {
            self.loops.pop();
            return self.go_to(after);
        }
        if let Some(last) = self.loops.last_mut() {
            last.left = left;
        }
        self.go_to(start);
    }

    /// Begins an operation. A connection opens with its first step.
    fn begin_op(&mut self, script: &Prepared, group: usize, path: &StepPath) {
        let members = &self.groups[group].members;
        self.steps += members.len().max(1) as u64;
        let limit = self.config.limits.steps;
        if self.steps > limit {
            return self.stop(PlayError::TooManySteps { limit });
        }
        let is_over = |at: &usize| matches!(self.connections[*at].state, State::Over(_));
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

    /// Begins the step on every connection of the name, then continues it as far as possible.
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
        self.groups[group].policy.apply(step);
        if let Some(&first) = members.first() {
            let label = &self.connections[first].port.label;
            self.out.note(label, Note::Step(path));
        }
        for &at in &members {
            self.connections[at].busy = true;
            if let Err(error) = self.begin_on(at, step, &script) {
                return self.give_up(error, group);
            }
        }
        for at in members {
            self.poll(at);
            self.update_connection(at);
        }
    }

    /// Continues the step on one connection as far as possible.
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
            policy: &self.groups[connection.group].policy,
            step,
        };
        let progress = task::poll(connection, &mut cx);
        let limit = self.config.limits.sent;
        if self.out.sent() > limit {
            return self.stop(PlayError::TooMuchSent { limit });
        }
        match progress {
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
            Progress::Failed(failure) => self.fail_with(at, *failure),
        }
    }

    /// Does everything that is due.
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
            self.update_connection(at);
        }
    }

    /// Starts or stops reading a connection, and schedules the answers to waiting requests.
    pub(super) fn update_connection(&mut self, at: usize) {
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
            self.update_connection(at);
        }
        self.go_to(next.unwrap_or(self.at + 1));
    }

    pub(super) fn path(&self) -> Option<StepPath> {
        self.script.op(self.at)?.path().cloned()
    }

    /// The step that is being done.
    pub(super) fn step_ref(&self) -> StepRef {
        match self.path() {
            Some(path) => self.script.step_ref(&path),
            None => StepRef {
                path: StepPath::new(&[]),
                text: String::new(),
            },
        }
    }

    pub(super) fn group_name(&self, group: usize) -> Name {
        let names = self.script.connection_names();
        names.get(group).cloned().unwrap_or_else(Name::main)
    }
}
