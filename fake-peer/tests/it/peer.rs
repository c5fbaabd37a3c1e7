//! The async peer, over pipes in memory with paused time, and over loopback.

use std::net::SocketAddr;
use std::time::Duration;

use fake_peer::core::Message;
use fake_peer::core::message::{
    GetAddr, Headers, Inv, Payload, Ping, Pong, SendHeaders, SendTxRcncl, Unknown, Verack, Version,
};
use fake_peer::core::wire::{Bytes, RawEnvelope};
use fake_peer::drive::{ErrorKind, Wait};
use fake_peer::{Network, Peer, PeerConfig, PeerError};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::Instant;

fn config() -> PeerConfig {
    PeerConfig::new(Network::REGTEST)
}

fn pair(size: usize) -> (Peer, Peer) {
    pair_with(&config(), size)
}

fn bare() -> (Peer, DuplexStream) {
    bare_with(config())
}

/// Two ends of a pipe that holds `size` bytes each way.
pub(crate) fn pair_with(config: &PeerConfig, size: usize) -> (Peer, Peer) {
    let (near, far) = duplex(size);
    let dialled = Peer::dialled(near, config.clone());
    (dialled, Peer::accept(far, config.clone()))
}

/// Creates a peer, and returns it with the other end of its pipe.
pub(crate) fn bare_with(config: PeerConfig) -> (Peer, DuplexStream) {
    let (near, far) = duplex(1 << 20);
    (Peer::dialled(near, config), far)
}

async fn ready(size: usize) -> (Peer, Peer) {
    let (mut near, mut far) = pair(size);
    let (ours, theirs) = tokio::join!(near.handshake(), far.handshake());
    ours.unwrap();
    theirs.unwrap();
    (near, far)
}

fn big(size: usize) -> Message {
    let payload = Bytes::from(vec![0x5a; size]);
    let command = "big".parse().unwrap();
    Message::Unknown(Unknown { command, payload })
}

fn bytes(message: impl Into<Message>) -> Vec<u8> {
    message
        .into()
        .to_envelope()
        .to_bytes(Network::REGTEST.magic)
}

#[tokio::test(start_paused = true)]
async fn two_ends_shake_hands_through_a_pipe_of_one_byte() {
    let (near, far) = ready(1).await;
    assert_eq!(
        near.version().unwrap().user_agent,
        Version::USER_AGENT.into()
    );
    assert!(far.session().unwrap().features().wtxidrelay);
}

#[tokio::test(start_paused = true)]
async fn a_handshake_can_be_asked_for_again() {
    let (mut near, _far) = ready(64).await;
    let first = near.handshake().await.unwrap().clone();
    assert_eq!(near.handshake().await.unwrap(), &first);
}

#[tokio::test(start_paused = true)]
async fn each_connection_has_a_nonce_of_its_own_unless_one_was_set() {
    let shake_hands = async |config: PeerConfig| {
        let (near, far) = duplex(64);
        let mut near = Peer::dialled(near, config.clone());
        let mut far = Peer::accept(far, config);
        let outcome = tokio::try_join!(near.handshake(), far.handshake());
        outcome.map(|(ours, theirs)| [ours.nonce, theirs.nonce])
    };
    let [ours, theirs] = shake_hands(config()).await.unwrap();
    assert_ne!(ours, theirs);

    let mut same = config();
    same.session.version.nonce = 7;
    let error = shake_hands(same).await.unwrap_err();
    assert!(matches!(error, PeerError::Session(_)), "{error:?}");
}

/// Sixteen megabytes each way, all sent before any is read.
async fn both_send_before_they_read(mut near: Peer, mut far: Peer) {
    let message = big(2_000_000);
    for _ in 0..8 {
        near.send(message.clone()).await.unwrap();
        far.send(message.clone()).await.unwrap();
    }
    for _ in 0..8 {
        assert_eq!(near.read().await.unwrap(), message);
        assert_eq!(far.read().await.unwrap(), message);
    }
}

#[tokio::test(start_paused = true)]
async fn two_that_both_send_megabytes_do_not_wait_for_each_other_in_memory() {
    let (near, far) = pair(1_000);
    both_send_before_they_read(near, far).await;
}

#[tokio::test]
async fn two_that_both_send_megabytes_do_not_wait_for_each_other_over_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let near = Peer::connect(address, config()).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    both_send_before_they_read(near, Peer::accept(stream, config())).await;
}

#[tokio::test(start_paused = true)]
async fn who_sends_more_than_the_buffers_hold_to_one_who_does_not_read_is_told() {
    let (mut near, _far) = pair(1_000);
    let mut sent = 0;
    let error = loop {
        match near.send(big(1_000_000)).await {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
    };
    insta::assert_snapshot!(error, @"the peer read nothing of what we sent within 30s");
    // Our buffer holds 8 MiB, theirs 32 MiB, and one message is in transit.
    assert!((40..=43).contains(&sent), "{sent}");
}

#[tokio::test(start_paused = true)]
async fn wait_for_answers_pings_and_keeps_the_rest_in_order() {
    let (mut near, mut far) = ready(64).await;
    let messages: [Message; 6] = [
        Ping { nonce: 1 }.into(),
        Inv::default().into(),
        GetAddr {}.into(),
        Headers::default().into(),
        Ping { nonce: 2 }.into(),
        GetAddr {}.into(),
    ];
    for message in messages {
        far.send(message).await.unwrap();
    }
    assert_eq!(
        near.wait_for::<Headers>().await.unwrap(),
        Headers::default()
    );
    assert_eq!(near.wait_for::<GetAddr>().await.unwrap(), GetAddr {});
    assert_eq!(near.read().await.unwrap(), Inv::default().into());
    assert_eq!(near.read().await.unwrap(), GetAddr {}.into());
    for nonce in [1, 2] {
        assert_eq!(far.wait_for::<Pong>().await.unwrap(), Pong { nonce });
    }
}

#[tokio::test(start_paused = true)]
async fn before_the_handshake_every_message_is_handed_out() {
    let (mut near, mut far) = pair(64);
    far.send(Ping { nonce: 7 }).await.unwrap();
    assert_eq!(near.read().await.unwrap(), Ping { nonce: 7 }.into());
}

/// Negotiation messages that the session does not handle are returned to the reader.
#[tokio::test(start_paused = true)]
async fn what_comes_within_the_handshake_is_not_lost() {
    let (mut near, mut far) = pair(64);
    let offer = SendTxRcncl {
        version: 1,
        salt: 2,
    };
    far.send(Version::default()).await.unwrap();
    far.send(offer).await.unwrap();
    far.send(Verack {}).await.unwrap();
    near.handshake().await.unwrap();
    assert_eq!(near.read().await.unwrap(), offer.into());
}

#[tokio::test(start_paused = true)]
async fn every_wait_has_an_end_and_a_name() {
    let (mut near, _far) = bare();
    let error = near.handshake().await.unwrap_err();
    insta::assert_snapshot!(error, @"no handshake within 1m");

    let (mut near, _far) = ready(64).await;
    insta::assert_snapshot!(near.read().await.unwrap_err(), @"no message within 30s");
    insta::assert_snapshot!(near.wait_for::<Headers>().await.unwrap_err(), @"no headers message within 30s");
    let error = near.wait_for::<Inv>().await.unwrap_err();
    assert!(
        matches!(
            error,
            PeerError::Timeout {
                wait: Wait::MessageOf(Inv::COMMAND),
                ..
            }
        ),
        "{error:?}"
    );
}

/// The clock cannot represent such times, and no wait may end early because of that.
#[tokio::test(start_paused = true)]
async fn limits_may_be_longer_than_any_time() {
    let (near, far) = duplex(64);
    let forever = || {
        let mut config = config().with_timeout(Duration::MAX);
        let timeouts = &mut config.session.timeouts;
        (timeouts.silence, timeouts.pong) = (Duration::MAX, Duration::MAX);
        timeouts.ping_interval = None;
        config
    };
    let mut near = Peer::dialled(near, forever());
    let mut far = Peer::accept(far, forever());
    tokio::try_join!(near.handshake(), far.handshake()).unwrap();
    far.send(GetAddr {}).await.unwrap();
    assert_eq!(near.wait_for::<GetAddr>().await.unwrap(), GetAddr {});
    far.send(GetAddr {}).await.unwrap();
    assert_eq!(near.read().await.unwrap(), GetAddr {}.into());
    near.close().await.unwrap();
}

/// Other messages do not lengthen the wait.
#[tokio::test(start_paused = true)]
async fn a_peer_that_chatters_does_not_hold_us() {
    let (mut near, mut far) = ready(64).await;
    let chatter = tokio::spawn(async move {
        while far.send(SendHeaders {}).await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let start = Instant::now();
    near.wait_for::<Headers>().await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::from_secs(30));
    drop(near);
    chatter.await.unwrap();
}

/// A peer whose messages fill our queue from the start, while time passes.
async fn flooded(flood: &[u8], step: Duration) -> (Peer, DuplexStream) {
    let (near, mut far) = bare();
    far.write_all(flood).await.unwrap();
    tokio::spawn(async move {
        loop {
            tokio::time::advance(step).await;
        }
    });
    (near, far)
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_never_empty_does_not_hold_us() {
    let chatter = bytes(SendHeaders {}).repeat(20_000);
    let second = Duration::from_secs(1);

    let (mut near, _far) = flooded(
        &[chatter.clone(), bytes(Headers::default())].concat(),
        second,
    )
    .await;
    let start = Instant::now();
    let error = near.wait_for::<Headers>().await.unwrap_err();
    insta::assert_snapshot!(error, @"no headers message within 30s");
    assert!(start.elapsed() < Duration::from_secs(35));

    let (mut near, _far) = flooded(&chatter, second).await;
    let start = Instant::now();
    let error = near.handshake().await.unwrap_err();
    insta::assert_snapshot!(error, @"no handshake within 1m");
    assert!(start.elapsed() < Duration::from_secs(65));
}

/// Pings are sent on time, and a missing pong is detected, whatever other messages arrive.
#[tokio::test(start_paused = true)]
async fn a_peer_that_chatters_owes_us_a_pong_all_the_same() {
    let hands = [bytes(Version::default()), bytes(Verack {})].concat();
    let chatter = bytes(GetAddr {}).repeat(40_000);
    let (mut near, _far) = flooded(&[hands, chatter].concat(), Duration::from_secs(10)).await;
    near.handshake().await.unwrap();
    let start = Instant::now();
    let error = loop {
        if let Err(error) = near.read().await {
            break error;
        }
    };
    insta::assert_snapshot!(error, @"no pong within 20m");
    assert!(start.elapsed() < Duration::from_mins(23));
}

#[tokio::test(start_paused = true)]
async fn how_the_connection_ended_is_told() {
    let (mut near, far) = bare();
    drop(far);
    insta::assert_snapshot!(near.read().await.unwrap_err(), @"the peer closed the connection");
    insta::assert_snapshot!(near.read().await.unwrap_err(), @"the peer closed the connection");

    let (mut near, mut far) = bare();
    let ping = bytes(Ping { nonce: 1 });
    far.write_all(&ping).await.unwrap();
    far.write_all(&ping[..27]).await.unwrap();
    drop(far);
    near.read().await.unwrap();
    insta::assert_snapshot!(near.read().await.unwrap_err(), @"the peer closed the connection inside a message: received 27 of 32 bytes from byte 32 on");
}

#[tokio::test]
async fn a_refused_or_reset_connection_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut near = Peer::connect(address, config()).await.unwrap();
    let (far, _) = listener.accept().await.unwrap();
    far.set_zero_linger().unwrap();
    drop(far);
    insta::assert_snapshot!(near.read().await.unwrap_err(), @"the peer reset the connection");

    // Bound, so that no other program can listen there, but not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = socket.local_addr().unwrap();
    let error = Peer::connect(address, config()).await.unwrap_err();
    let text = error.to_string().replace(&address.to_string(), "ADDRESS");
    insta::assert_snapshot!(text, @"cannot connect to ADDRESS: connection refused");
    assert_eq!(error.kind(), ErrorKind::Network);
}

#[tokio::test(start_paused = true)]
async fn a_bad_message_is_named_and_the_next_one_read() {
    let (mut near, mut far) = bare();
    let magic = Network::REGTEST.magic;
    let mut lie = RawEnvelope::new("ping".parse().unwrap(), vec![1; 8]);
    lie.checksum = Some([0; 4]);
    far.write_all(&lie.to_bytes(magic)).await.unwrap();
    let short = RawEnvelope::new("ping".parse().unwrap(), vec![1; 3]);
    far.write_all(&short.to_bytes(magic)).await.unwrap();
    far.write_all(&bytes(GetAddr {})).await.unwrap();
    far.write_all(&[0xff; 24]).await.unwrap();

    let envelope = near.read().await.unwrap_err();
    insta::assert_snapshot!(envelope, @"message at byte 0: checksum at byte 20: found 00000000, expected 728338d9");
    let decode = near.read().await.unwrap_err();
    insta::assert_snapshot!(decode, @"message at byte 32: ping: nonce at byte 0: truncated: found 3 bytes, expected 8");
    assert!(envelope.is_about_one_message() && decode.is_about_one_message());
    assert_eq!(near.read().await.unwrap(), GetAddr {}.into());
    let stream = near.read().await.unwrap_err();
    insta::assert_snapshot!(stream, @"byte 83: found magic ffffffff, expected fabfb5da");
    assert_eq!(stream.kind(), ErrorKind::Protocol);
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_is_written_before_the_connection_closes() {
    let (mut near, mut far) = pair(10);
    near.send(big(100_000)).await.unwrap();
    let (closed, received) = tokio::join!(near.close(), far.read());
    closed.unwrap();
    assert_eq!(received.unwrap(), big(100_000));
    assert!(matches!(far.read().await, Err(PeerError::Closed)));
}

/// The other end reads 20 bytes a second. Each message takes longer than our limit, and so does the
/// wait for room in the queue.
#[tokio::test(start_paused = true)]
async fn one_who_reads_slowly_is_waited_for() {
    let (near, mut far) = duplex(20);
    let mut config = config();
    config.send_buffer = 1_000;
    let mut near = Peer::dialled(near, config);
    let reading = tokio::spawn(async move {
        let (mut taken, mut some) = (0, [0; 20]);
        loop {
            match far.read(&mut some).await.unwrap() {
                0 => return taken,
                count => taken += count,
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    for _ in 0..3 {
        near.send(big(4_976)).await.unwrap();
    }
    near.close().await.unwrap();
    assert_eq!(reading.await.unwrap(), 15_000);
}

#[tokio::test(start_paused = true)]
async fn closing_does_not_wait_without_limit() {
    let (mut near, far) = duplex(10);
    near.write_all(&[0; 10]).await.unwrap();
    let mut peer = Peer::dialled(near, config());
    peer.send(GetAddr {}).await.unwrap();
    let error = peer.close().await.unwrap_err();
    assert!(
        matches!(
            error,
            PeerError::Timeout {
                wait: Wait::Send,
                ..
            }
        ),
        "{error:?}"
    );
    drop(far);
}

#[tokio::test]
async fn sending_to_one_who_left_fails_and_does_not_panic() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let far = TcpStream::connect(address).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let mut peer = Peer::accept(stream, config());
    far.set_zero_linger().unwrap();
    drop(far);
    let mut failures = 0;
    while failures < 3 {
        // The first few may still be sent.
        if peer.send(big(1_000_000)).await.is_err() {
            failures += 1;
        }
    }
}
