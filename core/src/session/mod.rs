//! An honest peer's side of one connection, without the connection.
//!
//! A [`Session`] takes the received messages and the time, and returns messages to send and
//! [`Event`]s. It does the handshake in either [`Role`], answers pings, remembers what the peer
//! asked for, and detects timeouts. Times are [`Duration`]s since the connection was opened.
//!
//! ```
//! # use std::time::Duration;
//! use fake_peer_core::message::{Message, Verack, Version};
//! use fake_peer_core::session::{Config, Event, Role, Session};
//!
//! let ours = Version { nonce: 1, ..Version::default() };
//! let theirs = Version { nonce: 2, ..Version::default() };
//! let mut session = Session::new(Role::Outbound, Config::new(ours));
//! assert!(matches!(session.next_outgoing(), Some(Message::Version(_))));
//! let now = Duration::ZERO;
//! session.receive(theirs.into(), now)?;
//! while session.next_outgoing().is_some() {} // wtxidrelay, sendaddrv2, verack
//! assert_eq!(session.receive(Verack {}.into(), now)?, Event::Ready);
//! # Ok::<(), fake_peer_core::session::SessionError>(())
//! ```
//!
//! Source: Bitcoin Core `PeerManagerImpl::ProcessMessage` (`src/net_processing.cpp`) and
//! `CConnman::InactivityCheck` (`src/net.cpp`).

mod config;
mod error;

use std::collections::VecDeque;
use std::time::Duration;

pub use config::{Config, Reaction, Reactions, Timeouts};
pub use error::{SessionError, Violation};

use crate::message::{Message, Ping, Pong, SendAddrV2, Verack, Version, WtxidRelay};

/// The end of the connection that we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// We opened the connection, and send `version` first.
    Outbound,
    /// The peer opened the connection, and sends `version` first.
    Inbound,
}

/// How the session handled a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The session handled the message: it was part of the handshake, a ping or a pong.
    Handled,
    /// The message ended the handshake: from now on both sides may send any message.
    Ready,
    /// The message is for the user of the session.
    Message(Message),
    /// The message was out of place, and was ignored.
    Ignored(Violation),
}

/// The features that the peer asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Features {
    /// Whether it wants new blocks to be announced by `headers` (BIP130).
    pub sendheaders: bool,
    /// Whether it wants transactions to be announced by wtxid (BIP339).
    pub wtxidrelay: bool,
    /// Whether it wants addresses by `addrv2` (BIP155).
    pub sendaddrv2: bool,
}

/// The state of one connection.
#[derive(Debug, Clone)]
pub struct Session {
    role: Role,
    config: Config,
    outgoing: VecDeque<Message>,
    peer_version: Option<Version>,
    peer_verack: bool,
    features: Features,
    last_received: Duration,
    next_ping: Option<Duration>,
    /// The nonce of the ping that has not been answered, and when it was sent.
    pending_ping: Option<(u64, Duration)>,
    pings_sent: u64,
}

impl Session {
    /// A session that starts now, at time zero. If we dialled, our version is the first message to
    /// send.
    pub fn new(role: Role, config: Config) -> Self {
        let mut session = Self {
            role,
            config,
            outgoing: VecDeque::new(),
            peer_version: None,
            peer_verack: false,
            features: Features::default(),
            last_received: Duration::ZERO,
            next_ping: None,
            pending_ping: None,
            pings_sent: 0,
        };
        if role == Role::Outbound {
            session.send_version();
        }
        session
    }

    /// The next message to send.
    pub fn next_outgoing(&mut self) -> Option<Message> {
        self.outgoing.pop_front()
    }

    /// Returns whether the handshake is complete.
    pub fn is_ready(&self) -> bool {
        self.peer_version.is_some() && self.peer_verack
    }

    /// Returns which end opened the connection.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The peer's version, once received.
    pub fn peer_version(&self) -> Option<&Version> {
        self.peer_version.as_ref()
    }

    /// The features that the peer has asked for so far.
    pub fn features(&self) -> Features {
        self.features
    }

    /// Handles a message that arrived at `now`.
    ///
    /// # Errors
    /// [`SessionError`] if the connection has to be closed.
    pub fn receive(&mut self, message: Message, now: Duration) -> Result<Event, SessionError> {
        self.last_received = now;
        match message {
            Message::Version(version) => self.on_version(version, now),
            Message::Verack(_) => self.on_verack(now),
            Message::WtxidRelay(_)
            | Message::SendAddrV2(_)
            | Message::SendTxRcncl(_)
            | Message::Feature(_) => self.on_negotiation(message),
            message if !self.is_ready() => self.on_early(message),
            message => Ok(self.on_message(message)),
        }
    }

    /// Returns the time at which [`Session::tick`] has to be called at the latest.
    pub fn deadline(&self) -> Duration {
        let timeouts = &self.config.timeouts;
        if !self.is_ready() {
            return timeouts.handshake;
        }
        let silence = self.last_received.saturating_add(timeouts.silence);
        let ping = match self.pending_ping {
            Some((_, sent)) => Some(sent.saturating_add(timeouts.pong)),
            None => self.next_ping,
        };
        ping.map_or(silence, |ping| ping.min(silence))
    }

    /// Advances the time: sends a ping that is due.
    ///
    /// # Errors
    /// [`SessionError`] if the peer took too long: the connection has to be closed.
    pub fn tick(&mut self, now: Duration) -> Result<(), SessionError> {
        let timeouts = self.config.timeouts;
        if !self.is_ready() && now < timeouts.handshake {
            return Ok(());
        }
        if !self.is_ready() {
            return Err(SessionError::HandshakeTimeout {
                after: timeouts.handshake,
            });
        }
        if now >= self.last_received.saturating_add(timeouts.silence) {
            return Err(SessionError::Silence {
                after: timeouts.silence,
            });
        }
        match self.pending_ping {
            Some((_, sent)) if now >= sent.saturating_add(timeouts.pong) => {
                Err(SessionError::NoPong {
                    after: timeouts.pong,
                })
            }
            None if self.next_ping.is_some_and(|due| now >= due) => {
                self.send_ping(now);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn on_version(&mut self, version: Version, now: Duration) -> Result<Event, SessionError> {
        if self.peer_version.is_some() {
            return self.out_of_place(Violation::DuplicateVersion);
        }
        if version.version < self.config.min_version {
            let (found, oldest) = (version.version, self.config.min_version);
            return Err(SessionError::TooOld { found, oldest });
        }
        // As in the reference: the end that dialled cannot distinguish an echo of its nonce from
        // itself.
        let ours = self.config.version.nonce;
        if self.role == Role::Inbound && version.nonce == ours && ours != 0 {
            return Err(SessionError::SelfConnection {
                nonce: version.nonce,
            });
        }
        if self.role == Role::Inbound {
            self.send_version();
        }
        self.send_negotiation(&version);
        self.outgoing.push_back(Verack {}.into());
        self.peer_version = Some(version);
        Ok(self.progress(now))
    }

    fn on_verack(&mut self, now: Duration) -> Result<Event, SessionError> {
        if self.peer_verack {
            return self.out_of_place(Violation::DuplicateVerack);
        }
        if self.peer_version.is_none() && !self.config.early_verack {
            return self.out_of_place(Violation::BeforeVersion);
        }
        self.peer_verack = true;
        Ok(self.progress(now))
    }

    /// Ends the handshake if this was its last step.
    fn progress(&mut self, now: Duration) -> Event {
        if !self.is_ready() {
            return Event::Handled;
        }
        let Timeouts {
            ping_interval,
            ping_at_once,
            ..
        } = self.config.timeouts;
        self.next_ping =
            ping_interval.map(|interval| if ping_at_once { now } else { now + interval });
        Event::Ready
    }

    /// Handles a message that belongs between `version` and `verack`, or passes it on if the
    /// session does not need it.
    fn on_negotiation(&mut self, message: Message) -> Result<Event, SessionError> {
        let Some(peer) = &self.peer_version else {
            return self.out_of_place(Violation::BeforeVersion);
        };
        let speaks_wtxid = peer.version >= WTXID_RELAY_VERSION;
        if self.is_ready() && !matches!(message, Message::SendTxRcncl(_)) {
            let command = message.command();
            let late = Violation::LateNegotiation { command };
            if self.config.reactions.to(late) != Reaction::Accept {
                return self.out_of_place(late);
            }
        }
        match message {
            Message::WtxidRelay(_) => self.features.wtxidrelay = speaks_wtxid,
            Message::SendAddrV2(_) => self.features.sendaddrv2 = true,
            // The reference also ignores a late sendtxrcncl while it does not reconcile.
            message => return Ok(Event::Message(message)),
        }
        Ok(Event::Handled)
    }

    fn on_early(&mut self, message: Message) -> Result<Event, SessionError> {
        let early = match self.peer_version {
            None => Violation::BeforeVersion,
            Some(_) => Violation::BeforeVerack,
        };
        match self.config.reactions.to(early) {
            Reaction::Accept => Ok(self.on_message(message)),
            _ => self.out_of_place(early),
        }
    }

    fn on_message(&mut self, message: Message) -> Event {
        match message {
            Message::Ping(Ping { nonce }) => {
                if self.expects_pongs() {
                    self.outgoing.push_back(Pong { nonce }.into());
                }
            }
            Message::Pong(Pong { nonce }) if self.awaits(nonce) => self.pending_ping = None,
            Message::SendHeaders(_) => self.features.sendheaders = true,
            message => return Event::Message(message),
        }
        Event::Handled
    }

    /// Whether the peer's version is later than BIP31 (`BIP0031_VERSION` in Bitcoin Core).
    fn expects_pongs(&self) -> bool {
        const BIP31_VERSION: i32 = 60_000;
        let version = self.peer_version.as_ref();
        version.is_none_or(|version| version.version > BIP31_VERSION)
    }

    fn awaits(&self, nonce: u64) -> bool {
        self.pending_ping
            .is_some_and(|(pending, _)| pending == nonce)
    }

    fn out_of_place(&self, violation: Violation) -> Result<Event, SessionError> {
        match self.config.reactions.to(violation) {
            Reaction::Ignore | Reaction::Accept => Ok(Event::Ignored(violation)),
            Reaction::Disconnect => Err(SessionError::Violation(violation)),
        }
    }

    fn send_version(&mut self) {
        self.outgoing.push_back(self.config.version.clone().into());
    }

    /// Asks for the features that we want, which has to happen between `version` and `verack`.
    ///
    /// BIP155 requires no version, but some peers older than this refuse unknown messages, so the
    /// reference does not send them `sendaddrv2` either.
    fn send_negotiation(&mut self, peer: &Version) {
        if peer.version < WTXID_RELAY_VERSION {
            return;
        }
        if self.config.wtxidrelay {
            self.outgoing.push_back(WtxidRelay {}.into());
        }
        if self.config.sendaddrv2 {
            self.outgoing.push_back(SendAddrV2 {}.into());
        }
    }

    fn send_ping(&mut self, now: Duration) {
        let nonce = self.config.ping_nonce.wrapping_add(self.pings_sent);
        self.pings_sent = self.pings_sent.wrapping_add(1);
        self.pending_ping = Some((nonce, now));
        self.next_ping = self
            .config
            .timeouts
            .ping_interval
            .map(|interval| now + interval);
        self.outgoing.push_back(Ping { nonce }.into());
    }
}

/// The first protocol version with `wtxidrelay` (BIP339).
const WTXID_RELAY_VERSION: i32 = 70016;

#[cfg(test)]
mod tests;
