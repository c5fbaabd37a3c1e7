//! What a step is doing on one connection.

use std::time::Duration;

use super::config::PlayConfig;
use super::connection::Connection;
use super::handshake::Handshake;
use super::outgoing::Outgoing;
use super::output::Output;
use super::policy::Policy;
use super::prepared::Prepared;
use super::values::Values;
use super::verdict::{FailureKind, Observed};
use super::watch::Watch;
use crate::model::{Expectation, Step};

/// What a step is doing on one connection.
#[derive(Debug)]
pub(super) enum Task {
    /// The task is done. The number is the index of the outcome that was observed.
    Done(usize),
    Send(Outgoing),
    Handshake(Handshake),
    Watch(Watch),
}

impl Default for Task {
    fn default() -> Self {
        Self::Done(0)
    }
}

/// The progress of a task.
#[derive(Debug)]
pub(super) enum Progress {
    Done,
    /// It waits for the target, or until this time.
    Waits(Option<Duration>),
    Failed(Box<TaskFailure>),
}

/// Why a task failed.
#[derive(Debug)]
pub(super) struct TaskFailure {
    pub(super) kind: FailureKind,
    pub(super) observed: Observed,
    /// What was waited for and has not been observed, if the script says what to wait for.
    pub(super) expected: Option<Expectation>,
}

/// What a task has access to.
pub(super) struct Context<'a> {
    pub(super) script: &'a Prepared,
    pub(super) config: &'a PlayConfig,
    pub(super) values: &'a mut Values,
    pub(super) out: &'a mut Output,
    pub(super) policy: &'a Policy,
    pub(super) step: &'a Step,
}

/// Continues the task of a connection as far as possible.
pub(super) fn poll(connection: &mut Connection, cx: &mut Context<'_>) -> Progress {
    let mut task = std::mem::take(&mut connection.task);
    let progress = match &mut task {
        Task::Done(_) => Progress::Done,
        Task::Send(outgoing) => {
            outgoing.pump(&mut connection.port, cx.out);
            if outgoing.is_done() {
                connection.answers &= !outgoing.truncated;
                Progress::Done
            } else {
                Progress::Waits(Some(outgoing.due()))
            }
        }
        Task::Handshake(handshake) => handshake.poll(connection, cx),
        Task::Watch(watch) => match watch.poll(connection, cx) {
            Ok(observed) => {
                connection.task = Task::Done(observed);
                return Progress::Done;
            }
            Err(progress) => progress,
        },
    };
    if matches!(progress, Progress::Waits(_)) {
        connection.task = task;
    }
    progress
}
