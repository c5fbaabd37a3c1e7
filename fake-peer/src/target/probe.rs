//! Checks whether a node works: a handshake, and a ping after it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::Network;

use super::Settings;
use super::attempt::{Seen, knows_a_chain};
use super::error::TargetError;
use super::health::{Death, Health};
use crate::drive::play::over_tcp;
use crate::drive::tcp::Sockets;
use crate::script::load;
use crate::script::model::Role;
use crate::script::player::{FailureKind, PlayConfig, Prepared, Verdict};

/// The check before and after each play.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    script: Arc<Prepared>,
    timeout: Duration,
    unix_time: u64,
}

/// The answer of a node.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The contents of its `version` message.
    pub(super) seen: Option<Seen>,
    /// Whether it knows only block 0.
    pub(super) is_new: bool,
}

impl Probe {
    /// Creates a probe for nodes on `network`.
    ///
    /// # Errors
    /// None that are known, since the script is the same for each network.
    pub(super) fn new(
        network: Network,
        timeout: Duration,
        unix_time: u64,
    ) -> Result<Self, TargetError> {
        let text = "script probe network=regtest { handshake services=\"\"; barrier; }";
        let script = load("probe.kdl", text)?;
        let script = Prepared::on(network, script, unix_time, &|_| None)?;
        Ok(Self {
            script: Arc::new(script),
            timeout,
            unix_time,
        })
    }

    /// Creates the probe of a target with these settings.
    ///
    /// # Errors
    /// As [`Probe::new`].
    pub(super) fn of(settings: &Settings) -> Result<Self, TargetError> {
        Self::new(settings.network, settings.timeout, settings.unix_time)
    }

    /// Returns what has to be played for the probe of a target in this role.
    pub(super) fn play(&self, target: Role) -> (Arc<Prepared>, PlayConfig) {
        let config = PlayConfig {
            timeout: self.timeout,
            unix_time: self.unix_time,
            ..PlayConfig::new(target)
        };
        (Arc::clone(&self.script), config)
    }

    /// Returns the time limit for each answer.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Probes the node at an address.
    pub(super) async fn ask(&self, address: SocketAddr) -> Result<Answer, Health> {
        let (script, config) = self.play(Role::Listens);
        let sockets = Sockets {
            target: Some(address),
            ..Sockets::default()
        };
        let played = over_tcp(script, config, sockets, std::future::pending()).await;
        match played.verdict {
            Verdict::Fail(failure) => Err(match failure.kind {
                FailureKind::Refused | FailureKind::Died => Health::Died(Death::NoConnections),
                FailureKind::TimedOut | FailureKind::Unresponsive => Health::Unresponsive,
                FailureKind::Ended(_)
                | FailureKind::OtherEnd(_)
                | FailureKind::Spoke { .. }
                | FailureKind::Forbidden { .. }
                | FailureKind::NotAllowed { .. }
                | FailureKind::NoEnvelope(_)
                | FailureKind::DidNotDial => Health::TurnsUsAway,
            }),
            // The probe is not stopped, and is far below every limit.
            Verdict::Error(_) => Err(Health::Unresponsive),
            Verdict::Pass { .. } | Verdict::Weaker { .. } | Verdict::Unsupported(_) => Ok(Answer {
                seen: Seen::find(&played.transcript),
                is_new: !knows_a_chain(&played.transcript),
            }),
        }
    }
}
