//! The state of one connection.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use fake_peer_core::message::{Message, Services, Version};
use fake_peer_core::session::{Config, Role, Session};
use fake_peer_core::transport::Transport;
use fake_peer_core::wire::{Bytes, Command, RawEnvelope};
use fake_peer_core::{Hash256, Header};

use super::addresses::AddressState;
use super::compact::CompactState;
use super::download::DownloadState;
use super::filters::FilterState;
use super::headers::HeaderState;
use super::input::InputState;
use super::inventory::InventoryState;
use super::shared::Shared;
use fake_peer_machine::ConnId;

/// The state of one connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: ConnId,
    pub(super) opened: Duration,
    pub(super) session: Session,
    pub(super) input: InputState,
    pub(super) headers: HeaderState,
    pub(super) blocks: DownloadState,
    pub(super) compact: CompactState,
    pub(super) inventory: InventoryState,
    pub(super) addresses: AddressState,
    pub(super) filters: FilterState,
    /// The number of bytes reserved for an announced list.
    pub(super) reserved: u64,
    outgoing: VecDeque<RawEnvelope>,
}

impl Connection {
    pub(super) fn new(
        id: ConnId,
        role: Role,
        config: Config,
        transport: Box<dyn Transport>,
        now: Duration,
    ) -> Self {
        let mut connection = Self {
            id,
            opened: now,
            session: Session::new(role, config),
            input: InputState::new(transport),
            headers: HeaderState::default(),
            blocks: DownloadState::default(),
            compact: CompactState::default(),
            inventory: InventoryState::default(),
            addresses: AddressState::new(now),
            filters: FilterState::default(),
            reserved: 0,
            outgoing: VecDeque::new(),
        };
        connection.take_session();
        connection
    }

    pub(super) fn is_inbound(&self) -> bool {
        self.session.role() == Role::Inbound
    }

    /// Returns whether the peer offers any of these services.
    pub(super) fn offers(&self, services: Services) -> bool {
        let offered = self.session.peer_version().map(|peer| peer.services);
        offered.is_some_and(|offered| offered.intersects(services))
    }

    /// Returns the highest protocol version that both ends support.
    pub(super) fn common_version(&self, ours: &Version) -> i32 {
        let theirs = self.session.peer_version().map_or(0, |peer| peer.version);
        theirs.min(ours.version)
    }

    pub(super) fn send(&mut self, message: impl Into<Message>) {
        self.outgoing.push_back(message.into().to_envelope());
    }

    pub(super) fn send_payload(&mut self, command: Command, payload: Vec<u8>) {
        self.outgoing.push_back(RawEnvelope::new(command, payload));
    }

    /// Queues the messages that the session wants to send.
    pub(super) fn take_session(&mut self) {
        while let Some(message) = self.session.next_outgoing() {
            self.send(message);
        }
    }

    /// The bytes that are to be sent next, in one piece: what the transport itself wants to send,
    /// or a message, as soon as the transport is ready for it.
    pub(super) fn next_write(&mut self) -> Option<Bytes> {
        let transport = &mut self.input.transport;
        let pending = transport.take_pending();
        if !pending.is_empty() {
            return Some(pending.into());
        }
        let bytes = transport.encode(self.outgoing.front_mut()?)?;
        self.outgoing.pop_front();
        Some(bytes.into())
    }

    /// Returns when something is due if nothing is received before.
    pub(super) fn deadline(&self, shared: &Shared) -> Duration {
        let session = self.opened.saturating_add(self.session.deadline());
        let rules = &shared.config.behaviour;
        let others = [
            self.blocks.deadline(shared, &rules.blocks),
            self.inventory.deadline(&rules.inventory),
        ];
        others.into_iter().flatten().fold(session, Duration::min)
    }
}

/// The most recent hashes that a peer is known to have, which need not be announced to it.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    hashes: HashSet<Hash256>,
    order: VecDeque<Hash256>,
}

impl Known {
    const KEPT: usize = 5_000;

    /// Adds a hash. Returns whether it is new.
    pub(super) fn insert(&mut self, hash: Hash256) -> bool {
        if !self.hashes.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > Self::KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.hashes.remove(&oldest);
        }
        true
    }

    pub(super) fn contains(&self, hash: &Hash256) -> bool {
        self.hashes.contains(hash)
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }
}

/// Returns the hash of each header, in order.
pub(super) fn hashes(headers: &[Header]) -> Vec<Hash256> {
    headers.iter().map(Header::hash).collect()
}
