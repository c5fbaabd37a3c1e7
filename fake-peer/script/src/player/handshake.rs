//! Version and verack, both ways.

use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::Message;
use fake_peer_core::message::{Payload as _, Verack, Version};
use fake_peer_core::wire::Command;

use super::connection::Connection;
use super::honest::Honest;
use super::prepared::Prepared;
use super::task::{Context, Progress, TaskFailure};
use super::values::Values;
use super::verdict::{FailureKind, Observed};
use crate::model::{self, Field, Name, Value};
use crate::wire::{self, WireError};

/// A handshake in progress: the side that dialled sends first, and the other side answers.
#[derive(Debug)]
pub(super) struct Handshake {
    /// Our messages that have not been sent yet.
    version: Option<Message>,
    offers: Vec<Message>,
    verack: Option<Message>,
    /// The honest peer that we are after the handshake, if any.
    then: Option<Honest>,
    since: Duration,
    until: Duration,
}

impl Handshake {
    /// Makes our messages now, so that their random values are generated in the order of the
    /// script.
    pub(super) fn new(
        handshake: &model::Handshake,
        script: &Prepared,
        values: &mut Values,
        now: Duration,
        timeout: Duration,
    ) -> Result<Self, WireError> {
        let mut message = |command: Command, fields: &[Field]| {
            wire::message(command, fields, &mut values.at(now, script))
        };
        let version = message(Version::COMMAND, &handshake.version)?;
        let offers = handshake.offers.iter();
        let offers = offers
            .map(|offer| message(*offer, &[]))
            .collect::<Result<_, _>>()?;
        let verack = message(Verack::COMMAND, &[])?;
        Ok(Self {
            version: Some(version),
            offers,
            verack: Some(verack),
            then: None,
            since: now,
            until: now.saturating_add(timeout),
        })
    }

    /// The rest of the handshake, after which we are an honest peer with a chain.
    pub(super) fn to_be_honest(
        connection: &Connection,
        script: &Arc<Prepared>,
        chain: &Name,
        values: &mut Values,
        now: Duration,
        timeout: Duration,
    ) -> Result<Self, WireError> {
        let height = script.chains().get(chain).map_or(0, <[_]>::len);
        let height = Value::Int(height.saturating_sub(1) as i128);
        let start_height = "start_height".parse().ok().map(|name| Field {
            name,
            value: height,
        });
        let handshake = model::Handshake {
            version: start_height.into_iter().collect(),
            offers: Vec::new(),
        };
        let mut handshake = Self::new(&handshake, script, values, now, timeout)?;
        let handshake_state = &connection.handshake_state;
        handshake.version.take_if(|_| handshake_state.sent_version);
        handshake.verack.take_if(|_| handshake_state.sent_verack);
        handshake.then = Some(Honest {
            script: Arc::clone(script),
            chain: chain.clone(),
        });
        Ok(handshake)
    }

    pub(super) fn poll(&mut self, connection: &mut Connection, cx: &mut Context<'_>) -> Progress {
        let (version, verack) = (
            connection.handshake_state.version,
            connection.handshake_state.verack,
        );
        if connection.can_send() {
            self.send_next(connection, version.is_some(), cx);
        }
        let failed = if self.verack.is_none()
            && let (Some(version), Some(verack)) = (version, verack)
        {
            self.done(connection, version.max(verack));
            return Progress::Done;
        } else if let Some(end) = connection.ended_by_target() {
            FailureKind::Ended(end)
        } else if let Some(error) = connection.lost {
            FailureKind::NoEnvelope(error)
        } else if cx.out.now >= self.until {
            FailureKind::TimedOut
        } else {
            return Progress::Waits(Some(self.until));
        };
        let mut observed = Observed::default();
        for incoming in connection.inbox.from(0) {
            observed.add(incoming.command());
        }
        observed.waited = cx.out.now.saturating_sub(self.since);
        Progress::Failed(Box::new(TaskFailure {
            kind: failed,
            observed,
            expected: None,
        }))
    }

    fn send_next(
        &mut self,
        connection: &mut Connection,
        received_version: bool,
        cx: &mut Context<'_>,
    ) {
        let dialled = connection.dialled();
        if let Some(version) = self.version.take_if(|_| dialled || received_version) {
            connection.handshake_state.sent_version = true;
            connection.port.send(version, cx.out);
        }
        if let Some(verack) = self.verack.take_if(|_| received_version) {
            connection.handshake_state.sent_verack = true;
            for offer in self.offers.drain(..) {
                connection.port.send(offer, cx.out);
            }
            connection.port.send(verack, cx.out);
        }
    }

    fn done(&mut self, connection: &mut Connection, last: u64) {
        connection.inbox.drop_before(last + 1);
        if let Some(honest) = self.then.take() {
            connection.become_honest(honest);
        }
    }
}
