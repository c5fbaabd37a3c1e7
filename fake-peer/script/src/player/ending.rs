//! The end of a choice, and of the play.

use std::cmp::Reverse;

use super::Player;
use super::prepared::Prepared;
use super::task::{Task, TaskFailure};
use super::transcript::Note;
use super::verdict::{Failure, FailureKind, Observed, PlayError, Verdict};
use crate::model::{Class, Step, StepPath};
use crate::text;
use fake_peer_machine::Action;

impl Player {
    /// Returns the operation at which the script continues after a choice. On several connections,
    /// the worst outcome counts.
    pub(super) fn choose(
        &mut self,
        script: &Prepared,
        group: usize,
        path: &StepPath,
        starts: &[usize],
    ) -> Option<usize> {
        let expectation = script.step(path)?.expectation()?;
        let outcomes = expectation.branches()?.outcomes()?;
        let observed = |at: &usize| match self.connections[*at].task {
            Task::Done(outcome) => Some((outcome, *at)),
            _ => None,
        };
        let members = self.groups[group].members.iter();
        let worth = |(outcome, _): &(usize, usize)| {
            let class = outcomes.get(*outcome).map(|outcome| outcome.class);
            (class, Reverse(*outcome))
        };
        let (chosen, at) = members.filter_map(observed).max_by_key(worth)?;
        let outcome = outcomes.get(chosen)?;
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
                observed: Observed::default(),
                expectations: vec![outcome.observation.clone()],
            };
            self.conclude(Verdict::Fail(Box::new(failure)));
        } else {
            self.judge.observe(outcome);
        }
        starts.get(chosen).copied()
    }

    /// Ends the play because the target failed on this connection.
    pub(super) fn fail(&mut self, at: usize, kind: FailureKind) {
        let failure = TaskFailure {
            kind,
            observed: Observed::default(),
            expected: None,
        };
        self.fail_with(at, failure);
    }

    /// Ends the play because the target did not do what the step waited for.
    pub(super) fn fail_with(&mut self, at: usize, failure: TaskFailure) {
        let TaskFailure {
            kind,
            observed,
            expected,
        } = failure;
        let mut step = self.step_ref();
        if let Some(expected) = &expected {
            step.text = text::step_line(&Step::Expect(expected.clone()));
        }
        let connection = &mut self.connections[at];
        match kind {
            FailureKind::TimedOut => connection.timed_out(&mut self.out),
            FailureKind::Unresponsive => connection.unresponsive(&mut self.out),
            FailureKind::Ended(_)
            | FailureKind::OtherEnd(_)
            | FailureKind::Spoke { .. }
            | FailureKind::Forbidden { .. }
            | FailureKind::NotAllowed { .. }
            | FailureKind::NoEnvelope(_)
            | FailureKind::Refused
            | FailureKind::Died
            | FailureKind::DidNotDial => {}
        }
        let failure = Failure {
            connection: connection.port.label.clone(),
            step,
            observed,
            expectations: expected.map_or_else(Vec::new, |expected| {
                expected.observations().cloned().collect()
            }),
            kind,
        };
        self.conclude(Verdict::Fail(Box::new(failure)));
    }

    pub(super) fn stop(&mut self, error: PlayError) {
        self.conclude(Verdict::Error(error));
    }

    pub(super) fn conclude(&mut self, verdict: Verdict) {
        self.judge.close(verdict);
        self.release_all();
    }

    /// Releases every connection.
    pub(super) fn release_all(&mut self) {
        for connection in &mut self.connections {
            connection.release(&mut self.out);
        }
        for waiting in self.waiting.drain(..) {
            self.out.act(Action::Close(waiting.id));
        }
    }
}
