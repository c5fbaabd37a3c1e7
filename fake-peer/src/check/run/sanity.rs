//! Whether a node works: a handshake, and a ping behind it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::Network;

use super::attempt::{Health, knows_a_chain, seen};
use crate::check::result::Seen;
use crate::drive::play::over_tcp;
use crate::drive::tcp::Sockets;
use crate::script::load;
use crate::script::model::Role;
use crate::script::player::{FailureKind, PlayConfig, Prepared, Verdict};

/// What is asked of a node before and after each case.
#[derive(Debug, Clone)]
pub(super) struct Sanity {
    script: Arc<Prepared>,
    timeout: Duration,
    unix_time: u64,
}

/// A node that answered.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// What it says of itself.
    pub(super) seen: Option<Seen>,
    /// Whether it knows block 0 only.
    pub(super) is_new: bool,
}

impl Sanity {
    /// # Errors
    /// None: it is the same small script for each network.
    pub(super) fn new(network: Network, timeout: Duration, unix_time: u64) -> io::Result<Self> {
        let text = format!("script sanity network={network} {{ handshake; barrier; }}");
        let script = load("sanity.kdl", &text).map_err(io::Error::other)?;
        let script = Prepared::new(script, unix_time, &|_| None).map_err(io::Error::other)?;
        Ok(Self {
            script: Arc::new(script),
            timeout,
            unix_time,
        })
    }

    /// How long each answer may take.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Asks the node at an address.
    pub(super) async fn ask(&self, address: SocketAddr) -> Result<Answer, Health> {
        let config = PlayConfig {
            timeout: self.timeout,
            unix_time: self.unix_time,
            ..PlayConfig::new(Role::Listens)
        };
        let sockets = Sockets {
            target: Some(address),
            ..Sockets::default()
        };
        let script = Arc::clone(&self.script);
        let played = over_tcp(script, config, sockets, std::future::pending()).await;
        match played.verdict {
            Verdict::Fail(failure) => Err(match failure.kind {
                FailureKind::Refused | FailureKind::Died => {
                    Health::Dead("it takes no connections".to_owned())
                }
                FailureKind::TimedOut => Health::Hung,
                _ => Health::TurnsUsAway,
            }),
            Verdict::Error(error) => Err(Health::Dead(error.to_string())),
            Verdict::Pass { .. } | Verdict::Weaker { .. } | Verdict::Unsupported(_) => Ok(Answer {
                seen: seen(&played.transcript),
                is_new: !knows_a_chain(&played.transcript),
            }),
        }
    }
}
