//! Waiting for one of several observations, or for all of them.

use std::time::Duration;

use fake_peer_core::Message;
use fake_peer_core::message::Ping;
use fake_peer_core::wire::Command;

use super::connection::Connection;
use super::inbox::{Body, Incoming};
use super::matching::{self, Wanted};
use super::policy::Policy;
use super::task::{Context, Progress, TaskFailure};
use super::verdict::{ConnectionEnd, FailureKind, Observed};
use crate::model::{DisconnectKind, Expectation, Observation, Outcome};
use crate::wire::WireError;

/// A wait on one connection: for the first of several observations, or for all of them.
#[derive(Debug)]
pub(super) struct Watch {
    /// Whether all of the observations must be made.
    needs_all: bool,
    candidates: Vec<Candidate>,
    /// The number of the next message in the inbox.
    next: u64,
    /// The number of the first message that can break a silence.
    quiet_from: u64,
    /// Whether skipped messages stay in the inbox: a later step may expect them after a barrier or
    /// a silence.
    keeps: bool,
    /// How long after its pong a barrier is an outcome.
    settle: Duration,
    since: Duration,
    passed: Observed,
    /// Why the last candidate became impossible.
    reason: FailureKind,
}

/// One of the observations.
#[derive(Debug)]
struct Candidate {
    until: Duration,
    wait: Wait,
}

#[derive(Debug)]
enum Wait {
    Message(Vec<Wanted>),
    Silence,
    Disconnect(DisconnectKind),
    Barrier(u64),
    /// The pong of the barrier has come, and nothing else may.
    Settling,
    /// It has been observed, and others are still missing.
    Met,
    /// It can no longer be observed.
    Lost,
}

impl Candidate {
    fn is_pending(&self) -> bool {
        match self.wait {
            Wait::Message(_)
            | Wait::Silence
            | Wait::Disconnect(_)
            | Wait::Barrier(_)
            | Wait::Settling => true,
            Wait::Met | Wait::Lost => false,
        }
    }
}

impl Watch {
    /// Starts to wait. Each barrier sends its ping.
    pub(super) fn new(
        expectation: &Expectation,
        connection: &mut Connection,
        cx: &mut Context<'_>,
    ) -> Result<Self, WireError> {
        let now = cx.out.now;
        let mut watch = Self {
            needs_all: matches!(expectation, Expectation::All { .. }),
            candidates: Vec::new(),
            next: connection.inbox.first(),
            quiet_from: connection.inbox.quiet_from(),
            keeps: false,
            settle: settle(expectation, cx.config.settle),
            since: now,
            passed: Observed::default(),
            reason: FailureKind::TimedOut,
        };
        let limit = expectation.within();
        for observation in expectation.observations() {
            let (wait, within) = watch.wait(observation, connection, cx)?;
            let is_too_long = matches!(wait, Wait::Silence)
                && limit.is_some_and(|limit| within.is_some_and(|within| within > limit));
            let wait = if is_too_long { Wait::Lost } else { wait };
            let within = within.or(limit).unwrap_or(cx.config.timeout);
            let within = limit.map_or(within, |limit| within.min(limit));
            let within = if matches!(wait, Wait::Silence) {
                within.max(watch.settle)
            } else {
                within
            };
            let until = now.saturating_add(within);
            watch.candidates.push(Candidate { until, wait });
        }
        Ok(watch)
    }

    fn wait(
        &mut self,
        observation: &Observation,
        connection: &mut Connection,
        cx: &mut Context<'_>,
    ) -> Result<(Wait, Option<Duration>), WireError> {
        Ok(match observation {
            Observation::Message(expect) => {
                let resolver = &mut cx.values.at(cx.out.now, cx.script);
                let wanted = matching::resolve(expect, resolver)?;
                (Wait::Message(wanted), expect.within)
            }
            Observation::Disconnect { how, within } => (Wait::Disconnect(*how), *within),
            Observation::Silence { length } => {
                self.keeps = true;
                (Wait::Silence, Some(*length))
            }
            Observation::Barrier { within } => {
                self.keeps = true;
                let nonce = cx.values.random_u64();
                if connection.can_send() {
                    connection.port.send(Ping { nonce }.into(), cx.out);
                }
                (Wait::Barrier(nonce), *within)
            }
        })
    }

    /// Processes new messages, and returns the index of the observation that ended the wait.
    pub(super) fn poll(
        &mut self,
        connection: &mut Connection,
        cx: &mut Context<'_>,
    ) -> Result<usize, Progress> {
        while let Some(incoming) = connection.inbox.get(self.next) {
            let found = self.look_at(incoming, cx);
            let number = self.next;
            self.next += 1;
            if let Some(found) = found {
                self.consume(found, number, connection);
                if !self.settles(found, cx.out.now) && self.is_met_by(found) {
                    return Ok(found);
                }
            } else if !self.keeps {
                connection.inbox.drop_before(self.next);
            }
        }
        let ended = connection.ended_by_target();
        if let Some(found) = ended.and_then(|end| self.at_end(end)) {
            return Ok(found);
        }
        self.on_lost_stream(connection);
        while let Some(found) = self.at_time(cx.out.now) {
            if self.is_met_by(found) {
                return Ok(found);
            }
        }
        match self.waits_until() {
            Some(until) => Err(Progress::Waits(Some(until))),
            None => Err(Progress::Failed(Box::new(self.failure(cx)))),
        }
    }

    /// Notes an observation, and returns whether the wait is over.
    fn is_met_by(&mut self, found: usize) -> bool {
        if !self.needs_all {
            return true;
        }
        if let Some(candidate) = self.candidates.get_mut(found) {
            candidate.wait = Wait::Met;
        }
        let is_met = |candidate: &Candidate| matches!(candidate.wait, Wait::Met);
        self.candidates.iter().all(is_met)
    }

    /// When the next observation is due; none if what is needed can no longer be observed.
    fn waits_until(&self) -> Option<Duration> {
        let is_lost = |candidate: &Candidate| matches!(candidate.wait, Wait::Lost);
        if self.needs_all && self.candidates.iter().any(is_lost) {
            return None;
        }
        let pending = self.candidates.iter().filter(|it| it.is_pending());
        pending.map(|candidate| candidate.until).min()
    }

    fn failure(&mut self, cx: &Context<'_>) -> TaskFailure {
        let mut observed = std::mem::take(&mut self.passed);
        observed.waited = cx.out.now.saturating_sub(self.since);
        let expectation = cx.step.expectation();
        TaskFailure {
            kind: self.reason.clone(),
            observed,
            expected: expectation.map(|expectation| self.missing(expectation)),
        }
    }

    /// The part of an expectation that has not been observed.
    fn missing(&self, expectation: &Expectation) -> Expectation {
        match expectation {
            Expectation::One(_) | Expectation::OneOf(_) => expectation.clone(),
            Expectation::All {
                within,
                observations,
            } => {
                let all = self.candidates.iter().zip(observations);
                let missing = all.filter(|(candidate, _)| !matches!(candidate.wait, Wait::Met));
                Expectation::All {
                    within: *within,
                    observations: missing.map(|(_, it)| it.clone()).collect(),
                }
            }
        }
    }

    /// The observation that a message is. A message that is none of them breaks a silence.
    fn look_at(&mut self, incoming: &Incoming, cx: &mut Context<'_>) -> Option<usize> {
        let found = match &incoming.body {
            Body::Taken => return None,
            Body::Bad(_) => None,
            Body::Message(message) => self.find(message, cx),
        };
        if found.is_none() {
            self.break_silence(incoming.command(), cx.policy);
            self.passed.add(incoming.command());
        }
        found
    }

    fn find(&self, message: &Message, cx: &mut Context<'_>) -> Option<usize> {
        let observations = cx.step.expectation()?.observations();
        let mut candidates = self.candidates.iter().zip(observations);
        candidates.position(|(candidate, observation)| match &candidate.wait {
            Wait::Message(wanted) => match observation {
                Observation::Message(expect) => {
                    matching::matches(expect, wanted, message, cx.values)
                }
                Observation::Disconnect { .. }
                | Observation::Silence { .. }
                | Observation::Barrier { .. } => false,
            },
            Wait::Barrier(nonce) => matches!(message, Message::Pong(pong) if pong.nonce == *nonce),
            Wait::Silence | Wait::Disconnect(_) | Wait::Settling | Wait::Met | Wait::Lost => false,
        })
    }

    /// Starts to wait whether the target does anything else after the pong of a barrier.
    fn settles(&mut self, found: usize, now: Duration) -> bool {
        let Some(candidate) = self.candidates.get_mut(found) else {
            return false;
        };
        if self.settle.is_zero() || !matches!(candidate.wait, Wait::Barrier(_)) {
            return false;
        }
        *candidate = Candidate {
            until: now.saturating_add(self.settle),
            wait: Wait::Settling,
        };
        true
    }

    fn break_silence(&mut self, command: Option<Command>, policy: &Policy) {
        if self.next < self.quiet_from || command.is_some_and(|command| policy.ignores(command)) {
            return;
        }
        for candidate in &mut self.candidates {
            if matches!(candidate.wait, Wait::Silence) {
                candidate.wait = Wait::Lost;
                self.reason = FailureKind::Spoke { command };
            }
        }
    }

    fn consume(&self, found: usize, number: u64, connection: &mut Connection) {
        let is_barrier = |candidate: &Candidate| matches!(candidate.wait, Wait::Barrier(_));
        if self.candidates.get(found).is_some_and(is_barrier) {
            connection.inbox.take(number);
        } else {
            connection.inbox.drop_before(number + 1);
        }
    }

    /// Handles the end of the connection by the target: it was expected, or nothing else can be
    /// observed.
    fn at_end(&mut self, end: ConnectionEnd) -> Option<usize> {
        let is_it = |candidate: &Candidate| match candidate.wait {
            Wait::Disconnect(DisconnectKind::Any) => true,
            Wait::Disconnect(DisconnectKind::Closed) => end == ConnectionEnd::Closed,
            Wait::Disconnect(DisconnectKind::Reset) => end == ConnectionEnd::Reset,
            Wait::Message(_)
            | Wait::Silence
            | Wait::Barrier(_)
            | Wait::Settling
            | Wait::Met
            | Wait::Lost => false,
        };
        let found = self.candidates.iter().position(is_it);
        if found.is_some_and(|found| self.is_met_by(found)) {
            return found;
        }
        let is_end = |candidate: &Candidate| matches!(candidate.wait, Wait::Disconnect(_));
        let other = self.candidates.iter().any(is_end);
        self.lose_all(if other {
            FailureKind::OtherEnd(end)
        } else {
            FailureKind::Ended(end)
        });
        None
    }

    /// If the stream cannot be read any more, no expected message can arrive.
    fn on_lost_stream(&mut self, connection: &Connection) {
        let Some(error) = connection.lost else { return };
        for candidate in &mut self.candidates {
            if matches!(candidate.wait, Wait::Message(_) | Wait::Barrier(_)) {
                candidate.wait = Wait::Lost;
                self.reason = FailureKind::NoEnvelope(error);
            }
        }
    }

    fn at_time(&mut self, now: Duration) -> Option<usize> {
        let is_it = |candidate: &Candidate| {
            matches!(candidate.wait, Wait::Silence | Wait::Settling) && candidate.until <= now
        };
        if let Some(found) = self.candidates.iter().position(is_it) {
            return Some(found);
        }
        for candidate in &mut self.candidates {
            if !candidate.is_pending() || candidate.until > now {
                continue;
            }
            let was_unresponsive = self.reason == FailureKind::Unresponsive;
            self.reason = match candidate.wait {
                Wait::Barrier(_) => FailureKind::Unresponsive,
                _ if was_unresponsive => FailureKind::Unresponsive,
                Wait::Message(_)
                | Wait::Silence
                | Wait::Disconnect(_)
                | Wait::Settling
                | Wait::Met
                | Wait::Lost => FailureKind::TimedOut,
            };
            candidate.wait = Wait::Lost;
        }
        None
    }

    fn lose_all(&mut self, reason: FailureKind) {
        for candidate in self.candidates.iter_mut().filter(|it| it.is_pending()) {
            candidate.wait = Wait::Lost;
        }
        self.reason = reason;
    }
}

/// How long a barrier or a silence has to last: `settle` if one of several outcomes is a message,
/// which may still be on its way.
fn settle(expectation: &Expectation, settle: Duration) -> Duration {
    let is_message = |outcome: &Outcome| matches!(outcome.observation, Observation::Message(_));
    match expectation {
        Expectation::OneOf(set) if set.outcomes.iter().any(is_message) => settle,
        Expectation::One(_) | Expectation::OneOf(_) | Expectation::All { .. } => Duration::ZERO,
    }
}
