//! The server over loopback, with many connections, with its limits, and at its end.

use std::net::SocketAddr;
use std::sync::Arc;

use fake_peer::core::Header;
use fake_peer::core::chain::{HeaderTree, Params};
use fake_peer::core::message::{GetHeaders, Headers, Ping, Pong};
use fake_peer::core::wire::RawEnvelope;
use fake_peer::drive::tcp::Stop;
use fake_peer::{Network, Peer, PeerConfig, PeerError, Server, ServerConfig};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const HEADERS: usize = 5_000;

/// A server on a free port, the sender that stops it, and the task that runs it.
async fn serve(
    change: impl FnOnce(&mut ServerConfig),
) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<Stop>) {
    let mut tree = HeaderTree::new(Params::mainnet());
    for header in &fake_peer_fixtures::mainnet()[1..HEADERS] {
        tree.insert(header, u64::from(header.time)).unwrap();
    }
    let mut config = ServerConfig::new(Network::MAINNET);
    change(&mut config);
    let server = Server::bind("127.0.0.1:0", Arc::new(tree), config)
        .await
        .unwrap();
    let address = server.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let running = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    (address, stop, running)
}

async fn connect(address: SocketAddr) -> Result<Peer, PeerError> {
    let mut peer = Peer::connect(address, PeerConfig::new(Network::MAINNET)).await?;
    peer.handshake().await?;
    Ok(peer)
}

/// Returns how the connection ends, ignoring all messages before.
async fn end_of(peer: &mut Peer) -> PeerError {
    loop {
        if let Err(end) = peer.read().await {
            return end;
        }
    }
}

fn after(header: &Header) -> GetHeaders {
    GetHeaders {
        locator: vec![header.hash()],
        ..GetHeaders::default()
    }
}

#[tokio::test]
async fn twenty_clients_sync_at_once() {
    let (address, _stop, _running) = serve(|_| {}).await;
    let clients: Vec<_> = (0..20)
        .map(|_| {
            tokio::spawn(async move {
                let mut peer = connect(address).await.unwrap();
                assert_eq!(peer.version().unwrap().start_height, 4_999);
                let mut chain = vec![Network::MAINNET.params.genesis];
                loop {
                    peer.send(after(chain.last().unwrap())).await.unwrap();
                    let batch: Headers = peer.wait_for().await.unwrap();
                    if batch.headers.is_empty() {
                        return chain;
                    }
                    chain.extend(batch.headers);
                }
            })
        })
        .collect();
    for client in clients {
        assert_eq!(
            client.await.unwrap(),
            fake_peer_fixtures::mainnet()[..HEADERS]
        );
    }
}

#[tokio::test]
async fn each_connection_has_a_nonce_of_its_own() {
    let (address, _stop, _running) = serve(|_| {}).await;
    let [first, second] = [
        connect(address).await.unwrap(),
        connect(address).await.unwrap(),
    ];
    let nonce = |peer: &Peer| peer.version().unwrap().nonce;
    assert_ne!(nonce(&first), nonce(&second));
}

#[tokio::test]
async fn one_connection_too_many_is_closed() {
    let (address, _stop, _running) = serve(|config| config.max_connections = 1).await;
    let mut first = connect(address).await.unwrap();
    let error = connect(address).await.unwrap_err();
    assert!(
        matches!(error, PeerError::Closed | PeerError::Reset),
        "{error:?}"
    );
    first.send(Ping { nonce: 1 }).await.unwrap();
    assert_eq!(first.wait_for::<Pong>().await.unwrap(), Pong { nonce: 1 });
}

#[tokio::test]
async fn a_server_that_is_stopped_closes_its_connections() {
    let (address, stop, running) = serve(|_| {}).await;
    let mut peer = connect(address).await.unwrap();
    stop.send(()).unwrap();
    assert_eq!(running.await.unwrap(), Stop::Requested);
    let error = end_of(&mut peer).await;
    assert!(
        matches!(error, PeerError::Closed | PeerError::Reset),
        "{error:?}"
    );
}

#[tokio::test]
async fn malformed_messages_are_passed_over_and_another_network_is_not() {
    let (address, _stop, _running) = serve(|_| {}).await;
    let mut peer = connect(address).await.unwrap();
    let mut lie = RawEnvelope::new("ping".parse().unwrap(), vec![1; 8]);
    lie.checksum = Some([0; 4]);
    peer.send_raw(&lie).await.unwrap();
    let short = RawEnvelope::new("getheaders".parse().unwrap(), vec![0; 3]);
    peer.send_raw(&short).await.unwrap();
    peer.send(Ping { nonce: 9 }).await.unwrap();
    assert_eq!(peer.wait_for::<Pong>().await.unwrap(), Pong { nonce: 9 });

    peer.send_bytes(Network::REGTEST.magic.repeat(6))
        .await
        .unwrap();
    let error = end_of(&mut peer).await;
    assert!(
        matches!(error, PeerError::Closed | PeerError::Reset),
        "{error:?}"
    );
}

fn envelope(command: &str, payload: Vec<u8>) -> RawEnvelope {
    RawEnvelope::new(command.parse().unwrap(), payload)
}

/// Bitcoin Core disconnects if some counts are over their limits, and ignores messages with the
/// others.
#[tokio::test]
async fn over_limits_that_do_not_end_the_connection() {
    let (address, _stop, _running) = serve(|_| {}).await;
    let mut peer = connect(address).await.unwrap();
    let mut version = vec![0; 80];
    version.extend([0xfd, 0x01, 0x01]); // a user agent of 257 bytes
    version.extend([0x61; 257]);
    let passed_over = [
        ("version", version),
        ("notfound", vec![0xfd, 0x51, 0xc3]), // 50,001
        (
            "reject",
            [&[2, b't', b'x', 0x10, 0xfd, 0x00, 0x01][..], &[0x61; 256]].concat(),
        ),
        (
            "addrv2",
            [&[1, 0, 0, 0, 0, 0, 7, 0xfd, 0x01, 0x02][..], &[0; 515]].concat(),
        ),
        ("cfheaders", [&[0; 65][..], &[0xfd, 0xd1, 0x07]].concat()), // 2,001
    ];
    for (nonce, (command, payload)) in (0..).zip(passed_over) {
        peer.send_raw(&envelope(command, payload)).await.unwrap();
        peer.send(Ping { nonce }).await.unwrap();
        let pong = peer.wait_for::<Pong>().await;
        assert_eq!(pong.unwrap(), Pong { nonce }, "{command}");
    }
}

#[tokio::test]
async fn counts_over_the_limit_end_the_connection() {
    let (address, _stop, _running) = serve(|_| {}).await;
    let abuse: [(&str, &[u8]); 7] = [
        ("addr", &[0xfd, 0xe9, 0x03]),   // 1,001
        ("addrv2", &[0xfd, 0xe9, 0x03]), // 1,001
        ("getblocks", &[0, 0, 0, 0, 102]),
        ("getdata", &[0xfd, 0x51, 0xc3]), // 50,001
        ("getheaders", &[0, 0, 0, 0, 102]),
        ("headers", &[0xfd, 0xd1, 0x07]), // 2,001
        ("inv", &[0xfd, 0x51, 0xc3]),     // 50,001
    ];
    for (command, payload) in abuse {
        let mut peer = connect(address).await.unwrap();
        peer.send_raw(&envelope(command, payload.to_vec()))
            .await
            .unwrap();
        peer.send(Ping { nonce: 1 }).await.unwrap();
        let error = peer.wait_for::<Pong>().await.unwrap_err();
        assert!(
            matches!(error, PeerError::Closed | PeerError::Reset),
            "{command}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_locator_over_the_limit_ends_the_connection() {
    let (address, _stop, _running) = serve(|_| {}).await;
    let mut peer = connect(address).await.unwrap();
    let hash = Network::MAINNET.params.genesis.hash();
    let locator = |count| GetHeaders {
        locator: vec![hash; count],
        ..GetHeaders::default()
    };
    peer.send(locator(101)).await.unwrap();
    let batch: Headers = peer.wait_for().await.unwrap();
    assert_eq!(batch.headers.len(), 2_000);
    peer.send(locator(102)).await.unwrap();
    let error = end_of(&mut peer).await;
    assert!(
        matches!(error, PeerError::Closed | PeerError::Reset),
        "{error:?}"
    );
}
