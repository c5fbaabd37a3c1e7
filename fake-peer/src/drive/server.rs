//! The model peer as a server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::Network;
use fake_peer_core::chain::HeaderTree;
use tokio::net::{TcpListener, ToSocketAddrs};

use super::clock::{nonce, unix_time};
use super::config::Waits;
use super::tcp::{self, Limits, Sockets, Stop};
use crate::node::{Behaviour, Node, NodeConfig};

/// The configuration of a [`Server`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// The behaviour of the node.
    pub behaviour: Behaviour,
    /// The most open connections. Further ones are closed at once.
    pub max_connections: usize,
    /// How long a client may go without reading what it is sent, before its connection is reset.
    pub send: Duration,
}

impl ServerConfig {
    /// Returns the configuration of a full node on `network` that allows as many connections as
    /// Bitcoin Core does (`DEFAULT_MAX_PEER_CONNECTIONS`).
    pub fn new(network: Network) -> Self {
        Self {
            behaviour: Behaviour::reference(network),
            max_connections: 125,
            send: Waits::default().send,
        }
    }

    /// Returns the limits of a connection. The buffers are small, since strangers fill them.
    fn limits(&self) -> Limits {
        Limits {
            send: Some(self.send),
            window: 512 * 1024,
            max_accepted: self.max_connections,
            ..Limits::default()
        }
    }
}

/// A [`Node`] that listens on a port.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    limits: Limits,
    node: Node,
}

impl Server {
    /// Listens on `address`; port 0 chooses a free port. The node has the headers of `chain`.
    ///
    /// # Errors
    /// The system's error: the port is in use, the address is not local, or binding is forbidden.
    pub async fn bind(
        address: impl ToSocketAddrs,
        chain: Arc<HeaderTree>,
        config: ServerConfig,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let limits = config.limits();
        let node = Node::new(NodeConfig {
            chain,
            // The driver refuses excess connections.
            max_connections: usize::MAX,
            seed: nonce(),
            ..NodeConfig::new(config.behaviour, unix_time())
        });
        Ok(Self {
            listener,
            limits,
            node,
        })
    }

    /// Returns the address it listens on.
    ///
    /// # Errors
    /// The system's error.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` completes or a flaw crashes the node. Then every connection ends.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Stop {
        let sockets = Sockets {
            target: None,
            listener: Some(Arc::new(self.listener)),
            limits: self.limits,
        };
        tcp::run(self.node, sockets, stop).await.stop
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use fake_peer_core::Message;
    use fake_peer_core::chain::Params;
    use fake_peer_core::message::{GetHeaders, SendHeaders, Verack, Version};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::time::{Instant, timeout};

    use super::*;
    use crate::machine::{Action, Input, Machine};

    const LONG: Duration = Duration::from_secs(20);

    /// A node whose written bytes are counted.
    struct Counted(Node, Arc<AtomicUsize>);

    impl Machine for Counted {
        fn handle(&mut self, input: Input<'_>, now: Duration) {
            self.0.handle(input, now);
        }

        fn next_action(&mut self) -> Option<Action> {
            let action = self.0.next_action();
            if let Some(Action::Write(_, bytes)) = &action {
                self.1.fetch_add(bytes.len(), Ordering::Relaxed);
            }
            action
        }

        fn deadline(&self) -> Option<Duration> {
            self.0.deadline()
        }
    }

    fn bytes(message: impl Into<Message>) -> Vec<u8> {
        message
            .into()
            .to_envelope()
            .to_bytes(Network::MAINNET.magic)
    }

    /// A client that keeps sending requests and never reads: the server stops reading from it, and
    /// ends the connection.
    #[tokio::test]
    async fn a_client_that_never_reads_does_not_make_us_grow() {
        let mut tree = HeaderTree::new(Params::mainnet());
        for header in &fake_peer_fixtures::mainnet()[1..=2000] {
            tree.insert(header, u64::from(header.time)).unwrap();
        }
        let config = ServerConfig {
            send: Duration::from_millis(200),
            ..ServerConfig::new(Network::MAINNET)
        };
        let server = Server::bind("127.0.0.1:0", Arc::new(tree), config)
            .await
            .unwrap();
        let mut client = TcpStream::connect(server.local_addr().unwrap())
            .await
            .unwrap();
        let said = Arc::new(AtomicUsize::new(0));
        let sockets = Sockets {
            listener: Some(Arc::new(server.listener)),
            limits: server.limits,
            ..Sockets::default()
        };
        let node = Counted(server.node, Arc::clone(&said));
        let serving = tokio::spawn(tcp::run(node, sockets, std::future::pending()));

        let hello = [
            bytes(Version {
                nonce: 1,
                ..Version::default()
            }),
            bytes(Verack {}),
        ];
        client.write_all(&hello.concat()).await.unwrap();
        let request = GetHeaders {
            locator: vec![Network::MAINNET.params.genesis.hash()],
            ..GetHeaders::default()
        };
        let requests = bytes(request).repeat(1_000);
        let mut asked = 0_usize;
        let ends = async {
            while client.write_all(&requests).await.is_ok() {
                asked += 1_000;
            }
        };
        timeout(LONG, ends).await.unwrap();
        // The buffers of the two systems, the window, and the answers to one slice of requests. If
        // every request were answered with 162 kB, it would be hundreds of times as much.
        let said = said.load(Ordering::Relaxed);
        assert!(said < 32 << 20, "{said}");
        assert!(asked * 162_027 > 8 * said, "{asked}, {said}");
        serving.abort();
    }

    /// A client that fills our queue and never completes the handshake.
    #[tokio::test]
    async fn a_client_that_never_pauses_is_held_to_its_time() {
        let mut config = ServerConfig::new(Network::MAINNET);
        config.behaviour.session.timeouts.handshake = Duration::from_millis(200);
        let tree = Arc::new(HeaderTree::new(Params::mainnet()));
        let server = Server::bind("127.0.0.1:0", tree, config).await.unwrap();
        let client = TcpStream::connect(server.local_addr().unwrap())
            .await
            .unwrap();
        let serving = tokio::spawn(server.run(std::future::pending()));
        let (mut read, mut write) = client.into_split();
        let started = Instant::now();
        let chatter = bytes(SendHeaders {}).repeat(1_000);
        let talking = tokio::spawn(async move { while write.write_all(&chatter).await.is_ok() {} });
        // The connection may be reset, since the client keeps sending.
        let _ = timeout(LONG, read.read_to_end(&mut Vec::new()))
            .await
            .unwrap();
        assert!(started.elapsed() < LONG / 2, "{:?}", started.elapsed());
        timeout(LONG, talking).await.unwrap().unwrap();
        serving.abort();
    }
}
