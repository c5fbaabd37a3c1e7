//! How a script is played.

use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::message::Services;
use fake_peer_core::transport::MakeTransport;
use fake_peer_core::wire::Rules;

use crate::model::Role;

/// How a script is played: the kind of target, the seed, the times and the limits.
#[derive(Debug, Clone)]
pub struct PlayConfig {
    /// Which end of the connection the target is. The player dials a target that listens, and waits
    /// for one that dials.
    pub target: Role,
    /// The seed of all random values: the same seed gives the same bytes.
    pub seed: u64,
    /// The time when the play starts, in seconds since 1970: `$now`.
    pub unix_time: u64,
    /// How long to wait for an observation without `within=`, and for a connection.
    pub timeout: Duration,
    /// How long a target must go on doing nothing before a barrier or a silence counts, where
    /// another outcome is that it sends a message. A pong shows that the ping was read: some
    /// implementations answer it before they process the messages that came first.
    pub settle: Duration,
    /// How long the whole play may take.
    pub total: Duration,
    /// The rules for decoding messages of the target, with the limits on their length.
    pub rules: Rules,
    /// The services that we offer in a `version` that does not name them.
    pub services: Services,
    /// Makes the transport of each connection; by default, v1.
    pub transport: Option<Arc<dyn MakeTransport>>,
    /// The limits on what is held and recorded.
    pub limits: Limits,
}

/// Limits on what is held and recorded, whatever the target sends and the script repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of messages that may wait on one connection until a step processes them.
    /// Above the limit, the connection is not read.
    pub inbox: usize,
    /// The most bytes of one message that the transcript keeps.
    pub entry: usize,
    /// The most bytes of all messages that the transcript keeps.
    pub transcript: usize,
    /// The most bytes of memory for the decoded messages that the transcript keeps in addition to
    /// their bytes. Each counts as the most that decoding can take: four bytes for each byte of its
    /// payload. Above the limit, only the bytes are kept.
    pub messages: usize,
    /// The most entries that the transcript keeps.
    pub entries: usize,
    /// The most connections. One that is opened again counts again.
    pub connections: usize,
    /// The most steps that are done: a step counts once for each connection that it is done on, and
    /// again each time that a `repeat` comes back to it.
    pub steps: u64,
    /// The most bytes that `send` steps write, with [`Limits::PIECE`] more for each piece.
    pub sent: u64,
}

impl Limits {
    /// The bytes that a piece counts in addition to its own, since it is an action and, if it is
    /// the first of a message, an entry of the transcript.
    pub const PIECE: usize = 256;
}

impl PlayConfig {
    /// The default of [`PlayConfig::timeout`].
    pub const TIMEOUT: Duration = Duration::from_secs(10);

    /// The default of [`PlayConfig::total`].
    pub const TOTAL: Duration = Duration::from_hours(1);

    /// The default of [`PlayConfig::services`]: those of a full node that serves filters as well.
    /// Some light clients end the connection to a peer without `COMPACT_FILTERS` (neutrino) or
    /// `BLOOM` (bitcoinj).
    ///
    /// Source: Bitcoin Core 31 with `-peerblockfilters -peerbloomfilters` (`g_local_services` in
    /// `src/init.cpp`), without the encrypted transport (BIP324).
    pub const SERVICES: Services = Services::NETWORK
        .union(Services::BLOOM)
        .union(Services::WITNESS)
        .union(Services::COMPACT_FILTERS)
        .union(Services::NETWORK_LIMITED);

    /// A play from seed 0 at time 0, which decodes messages like the reference implementation.
    pub fn new(target: Role) -> Self {
        Self {
            target,
            seed: 0,
            unix_time: 0,
            timeout: Self::TIMEOUT,
            settle: Duration::ZERO,
            total: Self::TOTAL,
            rules: Rules::REFERENCE,
            services: Self::SERVICES,
            transport: None,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            inbox: 8 << 20,
            entry: 1 << 20,
            transcript: 64 << 20,
            messages: 16 << 20,
            entries: 1 << 20,
            connections: 100_000,
            steps: 10_000_000,
            sent: 1 << 30,
        }
    }
}
