//! The settings of a session: what it sends, how long it waits, and how it treats messages out of
//! place.

use std::time::Duration;

use super::error::Violation;
use crate::message::{Feature, Payload as _, Version};

/// The settings of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Our `version`. Its nonce should be random: a peer that sends the same nonce is assumed to be
    /// ourselves, unless the nonce is 0.
    pub version: Version,
    /// Whether to ask for transactions by wtxid (BIP339).
    pub wtxidrelay: bool,
    /// Whether to ask for addresses by `addrv2` (BIP155).
    pub sendaddrv2: bool,
    /// Whether a `verack` that comes before `version` counts. Bitcoin Core ignores it, and then
    /// waits for another until it times out.
    pub early_verack: bool,
    /// The oldest protocol version we talk to (Bitcoin Core `MIN_PEER_PROTO_VERSION`).
    pub min_version: i32,
    /// The nonce of the first ping; the following pings count up from it.
    pub ping_nonce: u64,
    /// The time limits.
    pub timeouts: Timeouts,
    /// The reactions to messages out of place.
    pub reactions: Reactions,
}

impl Config {
    /// The settings of the reference implementation, with this version; but an early `verack`
    /// counts, since that harms no peer.
    pub fn new(version: Version) -> Self {
        Self {
            ping_nonce: version.nonce.rotate_left(32),
            version,
            wtxidrelay: true,
            sendaddrv2: true,
            early_verack: true,
            min_version: 31_800,
            timeouts: Timeouts::REFERENCE,
            reactions: Reactions::REFERENCE,
        }
    }
}

/// The time limits of a session, and the interval between pings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// The time from the connection to the end of the handshake.
    pub handshake: Duration,
    /// The time from one message of the peer to the next.
    pub silence: Duration,
    /// The time from a ping to its pong.
    pub pong: Duration,
    /// The time from one ping of ours to the next; `None` sends no pings.
    pub ping_interval: Option<Duration>,
    /// Whether the first ping is sent right after the handshake, or only after an interval.
    pub ping_at_once: bool,
}

impl Timeouts {
    /// Bitcoin Core's `DEFAULT_PEER_CONNECT_TIMEOUT`, `TIMEOUT_INTERVAL` and `PING_INTERVAL`. Its
    /// first ping is sent at once; this one waits for an interval.
    pub const REFERENCE: Self = Self {
        handshake: Duration::from_mins(1),
        silence: Duration::from_mins(20),
        pong: Duration::from_mins(20),
        ping_interval: Some(Duration::from_mins(2)),
        ping_at_once: false,
    };
}

/// The reaction to a message that is not allowed at this point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Ignore it.
    Ignore,
    /// Accept it as if it were in place. A message that never can be, such as a second `version`,
    /// is ignored.
    Accept,
    /// Close the connection.
    Disconnect,
}

/// A reaction to each [`Violation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reactions {
    /// The reaction to anything but `version` before `version`, except for a `verack` that counts
    /// ([`Config::early_verack`]).
    pub before_version: Reaction,
    /// The reaction to anything but negotiation between `version` and `verack`.
    pub before_verack: Reaction,
    /// The reaction to a second `version`.
    pub duplicate_version: Reaction,
    /// The reaction to a second `verack`.
    pub duplicate_verack: Reaction,
    /// The reaction to `wtxidrelay` and `sendaddrv2` after `verack`.
    pub late_negotiation: Reaction,
    /// The reaction to `feature` after `verack` (BIP434).
    pub late_feature: Reaction,
}

impl Reactions {
    /// The reactions of Bitcoin Core, measured on version 31.
    pub const REFERENCE: Self = Self {
        before_version: Reaction::Ignore,
        before_verack: Reaction::Ignore,
        duplicate_version: Reaction::Ignore,
        duplicate_verack: Reaction::Ignore,
        late_negotiation: Reaction::Disconnect,
        late_feature: Reaction::Disconnect,
    };

    pub(super) fn to(self, violation: Violation) -> Reaction {
        match violation {
            Violation::BeforeVersion => self.before_version,
            Violation::BeforeVerack => self.before_verack,
            Violation::DuplicateVersion => self.duplicate_version,
            Violation::DuplicateVerack => self.duplicate_verack,
            Violation::LateNegotiation { command } if command == Feature::COMMAND => {
                self.late_feature
            }
            Violation::LateNegotiation { .. } => self.late_negotiation,
        }
    }
}
