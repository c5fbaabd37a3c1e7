//! The configuration of an end of a connection: its version, time limits and buffers.

use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::Network;
use fake_peer_core::message::Version;
use fake_peer_core::session;
use fake_peer_core::transport::MakeTransport;
use fake_peer_core::wire::Rules;

use super::clock::{nonce, unix_time};

/// The configuration of an end of a connection.
///
/// ```
/// use std::time::Duration;
/// use fake_peer::{Network, PeerConfig};
///
/// let mut config = PeerConfig::new(Network::REGTEST);
/// config.waits.message = Duration::from_secs(5);
/// config.session.version.user_agent = "/my-test:1.0/".into();
/// ```
#[derive(Debug, Clone)]
pub struct PeerConfig {
    /// The network, whose magic starts each envelope.
    pub network: Network,
    /// Our version, and the handshake's time limit and reactions. If the version's nonce is 0, each
    /// connection generates its own.
    pub session: session::Config,
    /// How strictly payloads are read.
    pub rules: Rules,
    /// Makes the transport of each connection; `None` for v1.
    pub transport: Option<Arc<dyn MakeTransport>>,
    /// The time limits.
    pub waits: Waits,
    /// The most bytes of received messages that wait to be read. When there are more, we stop
    /// reading from the socket, and the other end has to wait. The same limit applies separately to
    /// the messages that [`wait_for`](super::Peer::wait_for) keeps.
    pub receive_buffer: usize,
    /// The most bytes of sent messages that wait to be written. When there are more,
    /// [`send`](super::Peer::send) waits.
    pub send_buffer: usize,
}

/// Time limits, so that every wait ends.
///
/// The limit of the handshake is in the session: `config.session.timeouts.handshake`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// The limit for resolving the name and opening the connection.
    pub connect: Duration,
    /// The limit for the expected message, whatever other messages arrive in between.
    pub message: Duration,
    /// The limit for the other end to read some of what we send.
    pub send: Duration,
}

impl Waits {
    /// Returns the same limit for every wait.
    pub const fn all(limit: Duration) -> Self {
        Self {
            connect: limit,
            message: limit,
            send: limit,
        }
    }
}

impl Default for Waits {
    /// 30 seconds for every wait.
    fn default() -> Self {
        Self::all(Duration::from_secs(30))
    }
}

impl PeerConfig {
    /// Returns the configuration of a light client on `network` that accepts what Bitcoin Core
    /// accepts. The time of its version comes from the system clock, and its nonce is generated for
    /// each connection.
    pub fn new(network: Network) -> Self {
        let version = Version {
            timestamp: i64::try_from(unix_time()).unwrap_or(i64::MAX),
            ..Version::default()
        };
        Self {
            network,
            session: session::Config::new(version),
            rules: Rules::REFERENCE,
            transport: None,
            waits: Waits::default(),
            receive_buffer: 32 << 20,
            send_buffer: 8 << 20,
        }
    }

    /// Sets one limit for every wait, including the handshake.
    #[must_use]
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.waits = Waits::all(limit);
        self.session.timeouts.handshake = limit;
        self
    }

    /// Generates a nonce unless one was set. Two connections with the same nonce would each assume
    /// that they are connected to themselves.
    pub(super) fn for_one_connection(mut self) -> Self {
        let session = &mut self.session;
        if session.version.nonce == 0 {
            session.version.nonce = nonce();
            if session.ping_nonce == 0 {
                session.ping_nonce = nonce();
            }
        }
        self
    }
}
