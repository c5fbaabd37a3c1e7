//! Servers that misbehave, each for one client, on free ports.

use std::net::{SocketAddr, TcpListener};
use std::thread;

use fake_peer::core::message::{GetHeaders, Headers};
use fake_peer::core::{Header, Message};
use fake_peer::{Network, Peer, PeerConfig};

/// Accepts one connection, and calls `act` with it.
pub(crate) fn server<F>(network: Network, act: F) -> SocketAddr
where
    F: AsyncFnOnce(Peer) + Send + 'static,
{
    server_with(PeerConfig::new(network), act)
}

/// As [`server`], with another configuration.
pub(crate) fn server_with<F>(config: PeerConfig, act: F) -> SocketAddr
where
    F: AsyncFnOnce(Peer) + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let stream = tokio::net::TcpStream::from_std(stream).unwrap();
            act(Peer::accept(stream, config)).await;
        });
    });
    address
}

/// Completes the handshake, and answers each `getheaders` with the result of `answer`, which is
/// given the number of requests before, until it returns `None`.
pub(crate) fn answering<F>(mut answer: F) -> SocketAddr
where
    F: FnMut(usize) -> Option<Vec<Header>> + Send + 'static,
{
    server(Network::MAINNET, async move |mut peer| {
        peer.handshake().await.unwrap();
        for number in 0.. {
            if peer.wait_for::<GetHeaders>().await.is_err() {
                return;
            }
            let Some(headers) = answer(number) else {
                break;
            };
            let message: Message = Headers { headers }.into();
            if peer.send(message).await.is_err() {
                return;
            }
        }
        peer.close().await.unwrap();
    })
}

/// The recorded headers after a height, as many as fit into one message.
pub(crate) fn batch(after: usize) -> Vec<Header> {
    fake_peer_fixtures::mainnet()[after + 1..=after + Headers::MAX].to_vec()
}
