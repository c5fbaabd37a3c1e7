//! What an end of a connection says, how long it waits, and how much it holds.

use std::time::Duration;

use fake_peer_core::Network;
use fake_peer_core::message::Version;
use fake_peer_core::session;
use fake_peer_core::wire::Rules;

use super::clock::{nonce, unix_time};

/// Everything that an end of a connection is told at its start.
///
/// ```
/// use std::time::Duration;
/// use fake_peer::{Network, PeerConfig};
///
/// let mut config = PeerConfig::new(Network::REGTEST);
/// config.waits.message = Duration::from_secs(5);
/// config.session.version.user_agent = "/my-test:1.0/".into();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerConfig {
    /// Whose magic starts each envelope.
    pub network: Network,
    /// Our version, and the handshake's time limit and reactions. While the version's nonce is 0,
    /// each connection draws one of its own.
    pub session: session::Config,
    /// How strictly payloads are read.
    pub rules: Rules,
    /// How long to wait.
    pub waits: Waits,
    /// How many bytes of messages are held that came and were not asked for yet. When they are
    /// more, we stop reading from the socket, and the other end has to wait. The same limit
    /// again holds for the messages that [`wait_for`](super::Peer::wait_for) kept.
    pub receive_buffer: usize,
    /// How many bytes of messages are held that were sent and not written yet. When they are
    /// more, [`send`](super::Peer::send) waits.
    pub send_buffer: usize,
}

/// How long to wait at most, so that nothing waits for ever.
///
/// The handshake's limit is the session's: `config.session.timeouts.handshake`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// For a name to be looked up and the connection to be made.
    pub connect: Duration,
    /// For the message that is asked for, whatever else comes in between.
    pub message: Duration,
    /// For the other end to take what we send.
    pub send: Duration,
}

impl Waits {
    /// The same limit on everything.
    pub const fn all(limit: Duration) -> Self {
        Self {
            connect: limit,
            message: limit,
            send: limit,
        }
    }
}

impl Default for Waits {
    /// 30 seconds on everything.
    fn default() -> Self {
        Self::all(Duration::from_secs(30))
    }
}

impl PeerConfig {
    /// A light client on `network` that reads as Bitcoin Core does. Takes the time of its version
    /// from the system clock; its nonce is drawn anew for each connection.
    pub fn new(network: Network) -> Self {
        let version = Version {
            timestamp: i64::try_from(unix_time()).unwrap_or(i64::MAX),
            ..Version::default()
        };
        Self {
            network,
            session: session::Config::new(version),
            rules: Rules::REFERENCE,
            waits: Waits::default(),
            receive_buffer: 32 << 20,
            send_buffer: 8 << 20,
        }
    }

    /// The same with one limit on every wait, the handshake included.
    #[must_use]
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.waits = Waits::all(limit);
        self.session.timeouts.handshake = limit;
        self
    }

    /// With a nonce of its own, unless one was set: two connections with the same would take each
    /// other for themselves.
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
