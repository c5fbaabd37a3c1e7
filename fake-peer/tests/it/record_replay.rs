//! Recordings that are played again: the two halves against each other in memory, and each against
//! a real node.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use fake_peer::core::message::{GetHeaders, Ping, Pong};
use fake_peer::core::wire::Command;
use fake_peer::decode::{Magic, Options, Records};
use fake_peer::drive::play::over_tcp;
use fake_peer::drive::tcp::Sockets;
use fake_peer::machine::memory;
use fake_peer::record::proxy::Proxy;
use fake_peer::record::{Event, Recorded, Side, Writing, import};
use fake_peer::script::model::Role;
use fake_peer::script::player::{
    EntryKind, PlayConfig, PlayError, Played, Player, Prepared, Verdict,
};
use fake_peer::target::Process;
use fake_peer::{Network, Peer, PeerConfig, unix_time};

const NOW: u64 = 1_795_000_000;

fn captured(name: &str) -> Records<'static> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    let options = Options {
        magic: Some(Magic::from(Network::REGTEST)),
        ..Options::default()
    };
    Records::open(File::open(path.join(name)).unwrap(), &options).unwrap()
}

fn prepared(recorded: &Recorded, plays: Side) -> Arc<Prepared> {
    let writing = Writing {
        name: format!("{plays:?}"),
        about: None,
        network: Some(Network::REGTEST.into()),
        pauses: Writing::PAUSES,
    };
    let script = recorded.script(plays, &writing);
    Arc::new(Prepared::new(script, NOW, &|_| None).unwrap())
}

fn config(plays: Side) -> PlayConfig {
    let target = match plays {
        Side::Dialler => Role::Listens,
        Side::Listener => Role::Dials,
    };
    PlayConfig {
        unix_time: NOW,
        ..PlayConfig::new(target)
    }
}

/// Returns what each side sent according to the recording.
fn said(recorded: &Recorded, side: Side) -> Vec<String> {
    let by_it = recorded.entries.iter().filter(|entry| entry.from == side);
    by_it
        .filter_map(|entry| match &entry.event {
            Event::Message(envelope) => {
                Some(Command::from_bytes(envelope.command).ok()?.to_string())
            }
            _ => None,
        })
        .collect()
}

/// Returns what we or the target sent in a play.
fn said_in(played: &Played, by_us: bool) -> Vec<String> {
    let entries = played.transcript.entries.iter();
    entries
        .filter_map(|entry| match &entry.kind {
            EntryKind::Sent { command, .. } if by_us => *command,
            EntryKind::Received { command, .. } if !by_us => *command,
            _ => None,
        })
        .map(|command| command.to_string())
        .collect()
}

/// Plays the two halves against each other. One of them ends first, and stops the other.
fn play_at_itself(recorded: &Recorded) -> [Played; 2] {
    let player = |side| Player::new(prepared(recorded, side), config(side));
    let (mut dialler, mut listener) = (player(Side::Dialler), player(Side::Listener));
    memory::run(&mut dialler, &mut listener);
    [dialler.finish(), listener.finish()]
}

#[test]
fn the_two_halves_of_a_recording_fit_each_other() {
    let recordings = [
        import::network(captured("loopback.pcapng"), 1 << 20).unwrap(),
        import::messages(
            Some(captured("core31-regtest-sent.dat")),
            Some(captured("core31-regtest-recv.dat")),
            1 << 20,
        )
        .unwrap(),
    ];
    for recorded in recordings {
        let [dialler, listener] = play_at_itself(&recorded);
        let passed = |played: &Played| matches!(played.verdict, Verdict::Pass { .. });
        let is_fine = |played: &Played| {
            passed(played) || played.verdict == Verdict::Error(PlayError::Stopped)
        };
        assert!(passed(&dialler) || passed(&listener));
        assert!(is_fine(&dialler), "{:?}", dialler.verdict);
        assert!(is_fine(&listener), "{:?}", listener.verdict);
        assert_eq!(said_in(&dialler, true), said(&recorded, Side::Dialler));
        assert_eq!(said_in(&listener, true), said(&recorded, Side::Listener));
    }
}

#[test]
fn an_import_tells_that_the_limit_was_reached() {
    let messages = |limit| {
        let [sent, received] =
            ["sent", "recv"].map(|name| Some(captured(&format!("core31-regtest-{name}.dat"))));
        import::messages(sent, received, limit).unwrap()
    };
    let network = |limit| import::network(captured("loopback.pcapng"), limit).unwrap();
    let imports: [&dyn Fn(usize) -> Recorded; 2] = [&messages, &network];
    for import in imports {
        let whole = import(1 << 20);
        assert_eq!(whole.stopped_at, None);
        // A limit never leaves out a message in the middle: the imported entries are the first
        // ones.
        for limit in [1, 100, 1_000] {
            let cut = import(limit);
            assert!(cut.stopped_at.is_some(), "{limit}");
            assert!(whole.entries.starts_with(&cut.entries), "{limit}");
        }
    }
}

/// Starts a litecoind with a folder of its own. On regtest it uses the same magic as Bitcoin.
fn litecoind(folder: &Path, more: &[String]) -> Option<Process> {
    let found = std::process::Command::new("litecoind")
        .arg("-version")
        .stdout(Stdio::null())
        .status();
    if found.is_err() {
        eprintln!("SKIPPED: litecoind is not installed");
        return None;
    }
    let fixed = [
        "litecoind",
        "-regtest",
        "-server=0",
        "-dnsseed=0",
        "-discover=0",
        "-listenonion=0",
    ];
    let datadir = format!("-datadir={}", folder.display());
    let words = fixed.map(str::to_owned).into_iter().chain([datadir]);
    Some(Process::start(&words.chain(more.iter().cloned()).collect::<Vec<_>>()).unwrap())
}

/// Returns a port that is currently free.
fn free_address() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// A conversation with a node, which ends when the node has answered our last ping.
async fn talk(mut peer: Peer) {
    peer.handshake().await.unwrap();
    let locator = vec![Network::REGTEST.params.genesis.hash()];
    peer.send(GetHeaders {
        locator,
        ..GetHeaders::default()
    })
    .await
    .unwrap();
    peer.send(Ping { nonce: 99 }).await.unwrap();
    let pong: Pong = peer.wait_for().await.unwrap();
    assert_eq!(pong.nonce, 99);
    peer.close().await.unwrap();
}

#[tokio::test]
#[ignore = "starts a real node, if there is one"]
async fn a_recording_of_a_real_node_is_played_again_from_both_sides() {
    let folder = tempfile::tempdir().unwrap();
    let node = free_address();
    let listen = [format!("-bind={node}"), format!("-port={}", node.port())];
    let Some(_process) = litecoind(folder.path(), &listen) else {
        return;
    };
    let starting = async {
        while tokio::net::TcpStream::connect(node).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let started = tokio::time::timeout(Duration::from_mins(1), starting).await;
    started.unwrap();
    let proxy = Proxy::bind("127.0.0.1:0".parse().unwrap(), node.to_string(), 1 << 20);
    let proxy = proxy.await.unwrap();
    let address = proxy.local_addr().unwrap().to_string();
    let proxying = tokio::spawn(proxy.run(Some(1), std::future::pending()));
    talk(
        Peer::connect(address, PeerConfig::new(Network::REGTEST))
            .await
            .unwrap(),
    )
    .await;
    let recorded = proxying.await.unwrap();

    let sockets = Sockets {
        target: Some(node),
        ..Sockets::default()
    };
    let play = |side| PlayConfig {
        unix_time: unix_time(),
        ..config(side)
    };
    let dialler = prepared(&recorded, Side::Dialler);
    let never = std::future::pending;
    let played = over_tcp(dialler, play(Side::Dialler), sockets, never()).await;
    assert!(
        matches!(played.verdict, Verdict::Pass { .. }),
        "{:?}",
        played.verdict
    );
    assert_eq!(said_in(&played, true), said(&recorded, Side::Dialler));
    assert_eq!(said_in(&played, false), said(&recorded, Side::Listener));

    // The other half plays the node, and the peer sends it what it sent to the node.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let sockets = Sockets {
        listener: Some(Arc::new(listener)),
        ..Sockets::default()
    };
    let talking = tokio::spawn(async move {
        talk(
            Peer::connect(address, PeerConfig::new(Network::REGTEST))
                .await
                .unwrap(),
        )
        .await;
    });
    let listener = prepared(&recorded, Side::Listener);
    let played = over_tcp(listener, play(Side::Listener), sockets, never()).await;
    talking.await.unwrap();
    assert!(
        matches!(played.verdict, Verdict::Pass { .. }),
        "{:?}",
        played.verdict
    );
    assert_eq!(said_in(&played, true), said(&recorded, Side::Listener));
    assert_eq!(said_in(&played, false), said(&recorded, Side::Dialler));
    println!("{} messages each way", said(&recorded, Side::Dialler).len());
}
