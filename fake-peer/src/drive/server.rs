//! A listener and its connections, each answered by a [`HeaderServer`].

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::chain::HeaderTree;
use fake_peer_core::message::{
    Addr, AddrV2, DecodeError, GetBlocks, GetData, GetHeaders, Headers, Inv, NetAddress, Payload,
    Services,
};
use fake_peer_core::session::Role;
use fake_peer_core::wire::{Command, MalformedKind, Step};
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tracing::Instrument;

use super::clock::{after, unix_time};
use super::config::PeerConfig;
use super::connection::Connection;
use super::error::PeerError;
use crate::peer::HeaderServer;

/// What a [`Server`] says, and how many it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// For each connection.
    pub peer: PeerConfig,
    /// How many connections may be open. One more is closed at once.
    pub max_connections: usize,
}

impl ServerConfig {
    /// A full node for `network` with as many connections as Bitcoin Core allows
    /// (`DEFAULT_MAX_PEER_CONNECTIONS`), and small buffers, since strangers fill them. A
    /// message larger than a buffer is held whole, one at a time.
    pub fn new(network: fake_peer_core::Network) -> Self {
        let mut peer = PeerConfig::new(network);
        peer.session.version.services = Services::NETWORK;
        peer.receive_buffer = 256 * 1024;
        peer.send_buffer = 512 * 1024;
        Self {
            peer,
            max_connections: 125,
        }
    }
}

/// A listener whose connections are served the headers of one chain.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    config: ServerConfig,
    chain: Arc<HeaderTree>,
}

impl Server {
    /// Listens on `address`; port 0 takes a free one. Tells peers the height of the chain.
    ///
    /// # Errors
    /// The system's: the port is taken, the address is not ours, or it may not be used.
    pub async fn bind(
        address: impl ToSocketAddrs,
        chain: Arc<HeaderTree>,
        mut config: ServerConfig,
    ) -> io::Result<Self> {
        let height = chain.tip().height;
        config.peer.session.version.start_height = i32::try_from(height).unwrap_or(i32::MAX);
        Ok(Self {
            listener: TcpListener::bind(address).await?,
            config,
            chain,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` completes, then closes every connection.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut connections = JoinSet::new();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(_) = connections.join_next() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, from)) => self.admit(&mut connections, stream, from),
                    Err(error) => pause_after(&error).await,
                }
            }
        }
        connections.shutdown().await;
    }

    fn admit(&self, connections: &mut JoinSet<()>, stream: TcpStream, from: SocketAddr) {
        if connections.len() >= self.config.max_connections {
            tracing::warn!(%from, limit = self.config.max_connections, "refused: too many connections");
            return;
        }
        let mut config = self.config.peer.clone().for_one_connection();
        config.session.version.timestamp = i64::try_from(unix_time()).unwrap_or(i64::MAX);
        config.session.version.receiver = NetAddress::new(Services::empty(), from);
        let chain = Arc::clone(&self.chain);
        let span = tracing::info_span!("peer", %from);
        connections.spawn(serve(stream, config, chain).instrument(span));
    }
}

/// Running out of file descriptors, say, passes; until it does, accepting would fail at once again.
async fn pause_after(error: &io::Error) {
    tracing::warn!("cannot accept a connection: {error}");
    sleep(Duration::from_millis(100)).await;
}

async fn serve(stream: TcpStream, config: PeerConfig, chain: Arc<HeaderTree>) {
    tracing::info!("connected");
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("cannot set TCP_NODELAY: {error}");
    }
    let connection = Connection::new(stream, &config);
    let server = HeaderServer::new(Role::Inbound, config.session, chain);
    match converse(connection, server).await {
        PeerError::Closed => tracing::info!("disconnected"),
        error => tracing::warn!("disconnected: {error}"),
    }
}

/// Moves messages until the connection ends, and tells why it did.
///
/// What has to be sent is sent before the next message is taken, so a peer that does not read is
/// not read from either.
pub(super) async fn converse(mut connection: Connection, mut server: HeaderServer) -> PeerError {
    let opened = Instant::now();
    loop {
        if let Err(end) = turn(&mut connection, &mut server, opened).await {
            return end;
        }
    }
}

async fn turn(
    connection: &mut Connection,
    server: &mut HeaderServer,
    opened: Instant,
) -> Result<(), PeerError> {
    // A client that never pauses does not stop the clock.
    if opened.elapsed() >= server.deadline() {
        server.tick(opened.elapsed())?;
    }
    while let Some(message) = server.next_outgoing() {
        let bytes = connection.encode(&message);
        drop(message); // one copy is enough to wait with
        connection.send_bytes(bytes).await?;
    }
    match connection.receive(after(opened, server.deadline())).await {
        Ok(Some(received)) => {
            server.receive(received.message, received.at - opened)?;
        }
        Ok(None) => {} // the clock is looked at first of all
        Err(error) if error.is_about_one_message() && !is_abuse(&error) => {
            tracing::debug!("passed over: {error}"); // strangers must not fill our log
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// The counts over whose limit Bitcoin Core disconnects: `Misbehaving`, and for the locators
/// `fDisconnect`, in `PeerManagerImpl::ProcessMessage` (`src/net_processing.cpp`). All else that
/// is malformed it passes over, since deserializing throws and the connection goes on.
const ABUSIVE_COUNTS: [(Command, &str); 7] = [
    (Addr::COMMAND, "addresses"),
    (AddrV2::COMMAND, "addresses"),
    (GetBlocks::COMMAND, "locator"),
    (GetData::COMMAND, "inventory"),
    (GetHeaders::COMMAND, "locator"),
    (Headers::COMMAND, "headers"),
    (Inv::COMMAND, "inventory"),
];

fn is_abuse(error: &PeerError) -> bool {
    let PeerError::Decode { source, .. } = error else {
        return false;
    };
    let DecodeError { command, malformed } = source;
    let [Step::Field(list), Step::Field("count")] = malformed.field.steps() else {
        return false;
    };
    matches!(malformed.kind, MalformedKind::OverLimit { .. })
        && ABUSIVE_COUNTS.contains(&(*command, *list))
}

#[cfg(test)]
mod tests {
    use fake_peer_core::chain::Params;
    use fake_peer_core::message::{SendHeaders, Verack};
    use fake_peer_core::{Message, Network};
    use tokio::io::{AsyncWriteExt, duplex};

    use super::super::error::Wait;
    use super::*;

    /// A client that asks and asks and never reads: the server stops to read from it, and leaves.
    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_reads_does_not_make_us_grow() {
        let mut tree = HeaderTree::new(Params::mainnet());
        for header in &fake_peer_fixtures::mainnet()[1..=2000] {
            tree.insert(header, u64::from(header.time)).unwrap();
        }
        let genesis = Network::Mainnet.genesis().hash();
        let config = ServerConfig::new(Network::Mainnet).peer;
        let (near, mut far) = duplex(64 * 1024);
        let connection = Connection::new(near, &config);
        let server = HeaderServer::new(Role::Inbound, config.session.clone(), Arc::new(tree));
        let serving = tokio::spawn(converse(connection, server));

        let magic = Network::Mainnet.magic();
        let bytes = |message: Message| message.to_envelope(magic).to_bytes();
        let other = PeerConfig::new(Network::Mainnet).session.version;
        far.write_all(&bytes(other.into())).await.unwrap();
        far.write_all(&bytes(Verack {}.into())).await.unwrap();
        let request = bytes(
            GetHeaders {
                locator: vec![genesis],
                ..GetHeaders::default()
            }
            .into(),
        );
        let mut asked = 0;
        while far.write_all(&request).await.is_ok() {
            asked += 1;
        }
        // What waits is some 256 KiB of requests in our queue, as much again on the way, and no
        // more than four answers.
        assert!(asked < 4_000, "{asked}");
        let end = serving.await.unwrap();
        assert!(
            matches!(
                end,
                PeerError::Timeout {
                    wait: Wait::Send,
                    ..
                }
            ),
            "{end:?}"
        );
    }

    /// A client that fills our queue and never shakes hands.
    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_pauses_is_held_to_its_time() {
        let config = ServerConfig::new(Network::Regtest).peer;
        let chatter = Message::from(SendHeaders {}).to_envelope(Network::Regtest.magic());
        let (near, mut far) = duplex(1 << 20);
        far.write_all(&chatter.to_bytes().repeat(20_000))
            .await
            .unwrap();
        let connection = Connection::new(near, &config);
        let tree = Arc::new(HeaderTree::new(Params::regtest()));
        let server = HeaderServer::new(Role::Inbound, config.session.clone(), tree);
        // Time passes, though there is always work to do.
        tokio::spawn(async {
            loop {
                tokio::time::advance(Duration::from_secs(1)).await;
            }
        });
        let opened = Instant::now();
        let end = converse(connection, server).await;
        insta::assert_snapshot!(end, @"no handshake within 1m");
        assert!(
            opened.elapsed() < Duration::from_secs(65),
            "{:?}",
            opened.elapsed()
        );
    }
}
