//! The state shared by all connections.

use std::collections::HashMap;
use std::time::Duration;

use fake_peer_core::Hash256;
use fake_peer_core::session::Role;
use fake_peer_core::transport::{Setup, Transport};
use fake_peer_fixtures::synthetic::SplitMix64;

use super::NodeConfig;
use super::addrman::AddrMan;
use super::chain::Chain;
use super::connection::Connection;
use super::input;
use super::pool::Pool;
use fake_peer_machine::ConnId;

/// The state shared by all connections.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) config: NodeConfig,
    pub(super) now: Duration,
    pub(super) chain: Chain,
    pub(super) pool: Pool,
    pub(super) addrman: AddrMan,
    /// The connections on which each block was requested.
    pub(super) blocks_in_flight: HashMap<Hash256, Vec<ConnId>>,
    /// The connection on which each transaction was requested.
    pub(super) transactions_in_flight: HashMap<Hash256, ConnId>,
    /// The connection whose peer stalls the download window.
    pub(super) staller: Option<ConnId>,
    /// The number of peers that headers are synchronized from.
    pub(super) sync_peers: usize,
    /// The number of peers that were asked to announce new blocks as compact blocks.
    pub(super) high_bandwidth_peers: usize,
    /// The number of peers that blocks are being downloaded from.
    pub(super) serving_peers: usize,
    /// The last block whose `inv` caused a `getheaders` although headers are synchronized from
    /// another peer.
    pub(super) last_inv_block: Option<Hash256>,
    /// The nonces sent on dialled connections whose handshake is not complete.
    pub(super) dialled_nonces: HashMap<ConnId, u64>,
    caught_up: bool,
    news: Vec<News>,
    numbers: SplitMix64,
}

/// Something to announce to other peers.
#[derive(Debug, Clone, Copy)]
pub(super) enum News {
    /// A new block, by its hash.
    Block(Hash256),
    /// A new transaction, by its wtxid, and the connection on which it was received.
    Transaction(Hash256, ConnId),
}

impl Shared {
    pub(super) fn new(config: NodeConfig) -> Self {
        let mut shared = Self {
            chain: Chain::new(&config),
            addrman: AddrMan::new(&config.addresses),
            numbers: SplitMix64::new(config.seed),
            config,
            now: Duration::ZERO,
            pool: Pool::default(),
            blocks_in_flight: HashMap::new(),
            transactions_in_flight: HashMap::new(),
            staller: None,
            sync_peers: 0,
            high_bandwidth_peers: 0,
            serving_peers: 0,
            last_inv_block: None,
            dialled_nonces: HashMap::new(),
            caught_up: false,
            news: Vec::new(),
        };
        shared.look_at_tip();
        shared
    }

    pub(super) fn magic(&self) -> [u8; 4] {
        self.config.behaviour.magic
    }

    /// Returns the time, in seconds since 1970.
    pub(super) fn unix_time(&self) -> u64 {
        self.config.unix_time.saturating_add(self.now.as_secs())
    }

    pub(super) fn connect(&mut self, id: ConnId) -> Connection {
        let role = match id {
            ConnId::Dialled(_) => Role::Outbound,
            ConnId::Accepted(_) => Role::Inbound,
        };
        let mut session = self.config.behaviour.session.clone();
        let nonce = self.draw();
        session.version.nonce = nonce;
        session.version.timestamp = i64::try_from(self.unix_time()).unwrap_or(i64::MAX);
        let height = self.chain.active().tip().height;
        session.version.start_height = i32::try_from(height).unwrap_or(i32::MAX);
        session.ping_nonce = self.draw();
        if role == Role::Outbound {
            self.dialled_nonces.insert(id, nonce);
        }
        Connection::new(id, role, session, self.transport(id, role), self.now)
    }

    fn transport(&self, id: ConnId, role: Role) -> Box<dyn Transport> {
        let (ConnId::Dialled(number) | ConnId::Accepted(number)) = id;
        let behaviour = &self.config.behaviour;
        let setup = Setup {
            role,
            magic: self.magic(),
            rules: &behaviour.wire,
            seed: self.config.seed.rotate_left(32) ^ u64::from(number),
        };
        match &self.config.transport {
            Some(transport) => transport.make(&setup),
            None => input::v1(&setup, behaviour.stream.partial_header),
        }
    }

    /// Releases everything that was assigned to a connection.
    pub(super) fn disconnect(&mut self, connection: &Connection) {
        let id = connection.id;
        self.dialled_nonces.remove(&id);
        self.sync_peers -= usize::from(connection.headers.sync_started);
        self.high_bandwidth_peers -= usize::from(connection.compact.asked);
        self.serving_peers -= usize::from(!connection.blocks.in_flight.is_empty());
        self.blocks_in_flight.retain(|_, askers| {
            askers.retain(|asked| *asked != id);
            !askers.is_empty()
        });
        self.transactions_in_flight.retain(|_, asked| *asked != id);
        if self.staller == Some(id) {
            self.staller = None;
        }
    }

    pub(super) fn announce(&mut self, news: News) {
        self.news.push(news);
    }

    pub(super) fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// Returns whether the tip has never been recent (`IsInitialBlockDownload`).
    pub(super) fn is_initial_download(&self) -> bool {
        !self.caught_up
    }

    /// Updates the state of the initial download after a change of the tip.
    pub(super) fn look_at_tip(&mut self) {
        self.caught_up |= self.is_recent(self.chain.active().tip().time);
    }

    /// Returns whether the best header is recent.
    pub(super) fn has_recent_headers(&self) -> bool {
        self.is_recent(self.chain.headers().tip().time)
    }

    /// Returns whether the tip is so recent that announced blocks probably follow it
    /// (`CanDirectFetch`).
    pub(super) fn can_fetch_directly(&self) -> bool {
        let limit = u64::from(self.config.behaviour.params.target_spacing) * 20;
        u64::from(self.chain.active().tip().time) + limit > self.unix_time()
    }

    fn is_recent(&self, time: u32) -> bool {
        let limit = self.config.behaviour.headers.max_tip_age.as_secs();
        u64::from(time).saturating_add(limit) > self.unix_time()
    }

    /// Returns the next number generated from the seed.
    pub(super) fn draw(&mut self) -> u64 {
        self.numbers.next_u64()
    }
}
