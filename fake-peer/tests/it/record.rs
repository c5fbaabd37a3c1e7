//! Recordings: of two nodes over sockets, and of captures.

use std::fs;
use std::io::{BufRead, Read, Write};
use std::path::Path;
use std::sync::Arc;

use assert_cmd::Command;
use fake_peer::core::chain::{HeaderTree, Params};
use fake_peer::core::message::{GetHeaders, Headers};
use fake_peer::core::wire::Command as Wire;
use fake_peer::record::proxy::Proxy;
use fake_peer::record::{Event, Recorded, Side, Writing};
use fake_peer::script::{check, text};
use fake_peer::{Network, Peer, PeerConfig, Server, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn fake_peer(args: &[&str], folder: &Path) -> assert_cmd::assert::Assert {
    Command::new(env!("CARGO_BIN_EXE_fake-peer"))
        .current_dir(folder)
        .args(args)
        .assert()
}

fn captures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures")
}

/// Formats what a side sent and received, with a line for each message.
fn script(recorded: &Recorded, plays: Side) -> String {
    let writing = Writing {
        name: "talk".to_owned(),
        about: None,
        network: None,
        pauses: std::time::Duration::from_mins(1),
    };
    let script = recorded.script(plays, &writing);
    assert_eq!(check::check(&script), []);
    let text = text::print(&script);
    assert_eq!(
        text::parse(&text).ok().map(|parsed| parsed.script).as_ref(),
        Some(&script)
    );
    text
}

/// Returns the commands of the messages that a side sent.
fn said(recorded: &Recorded, side: Side) -> String {
    let by_it = recorded.entries.iter().filter(|entry| entry.from == side);
    let commands = by_it.filter_map(|entry| match &entry.event {
        Event::Message(envelope) => Some(Wire::from_bytes(envelope.command).ok()?.to_string()),
        _ => None,
    });
    commands.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn two_nodes_do_not_notice_and_both_sides_are_written() {
    let chain = HeaderTree::new(Params::regtest());
    let server = Server::bind(
        "127.0.0.1:0",
        Arc::new(chain),
        ServerConfig::new(Network::REGTEST),
    );
    let server = server.await.unwrap();
    let node = server.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    let proxy = Proxy::bind("127.0.0.1:0".parse().unwrap(), node.to_string(), 1 << 20)
        .await
        .unwrap();
    let address = proxy.local_addr().unwrap();
    let proxying = tokio::spawn(proxy.run(Some(1), std::future::pending()));

    let mut peer = Peer::connect(address.to_string(), PeerConfig::new(Network::REGTEST))
        .await
        .unwrap();
    peer.handshake().await.unwrap();
    peer.send(GetHeaders {
        locator: vec![Network::REGTEST.params.genesis.hash()],
        ..GetHeaders::default()
    })
    .await
    .unwrap();
    let _: Headers = peer.wait_for().await.unwrap();
    peer.close().await.unwrap();
    let recorded = proxying.await.unwrap();
    drop(stop);
    serving.await.unwrap();

    assert_eq!(recorded.network(), Some(Network::REGTEST));
    // The order between the two sides may vary, but not the order within each.
    insta::assert_snapshot!(said(&recorded, Side::Dialler), @"version wtxidrelay sendaddrv2 verack getheaders pong");
    insta::assert_snapshot!(said(&recorded, Side::Listener), @"version wtxidrelay sendaddrv2 verack sendcmpct ping feefilter headers");
    let [dialler, listener] = [Side::Dialler, Side::Listener].map(|side| script(&recorded, side));
    assert!(dialler.contains("requires role=listens") && dialler.contains("\n    close\n"));
    assert!(listener.contains("requires role=dials") && listener.contains("\n    disconnect\n"));
}

#[tokio::test]
async fn ends_are_forwarded_as_they_are() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = listener.local_addr().unwrap().to_string();
    let proxy = Proxy::bind("127.0.0.1:0".parse().unwrap(), to, 1 << 20)
        .await
        .unwrap();
    let address = proxy.local_addr().unwrap();
    let proxying = tokio::spawn(proxy.run(Some(2), std::future::pending()));

    // Half-closed by one end, answered and closed by the other.
    let mut dialler = TcpStream::connect(address).await.unwrap();
    let (mut node, _) = listener.accept().await.unwrap();
    dialler.write_all(b"over").await.unwrap();
    dialler.shutdown().await.unwrap();
    let mut heard = Vec::new();
    node.read_to_end(&mut heard).await.unwrap();
    assert_eq!(heard, b"over");
    node.write_all(b"and out").await.unwrap();
    drop(node);
    heard.clear();
    dialler.read_to_end(&mut heard).await.unwrap();
    assert_eq!(heard, b"and out");

    // Reset.
    let mut dialler = TcpStream::connect(address).await.unwrap();
    let (node, _) = listener.accept().await.unwrap();
    node.set_zero_linger().unwrap();
    drop(node);
    let error = dialler.read(&mut [0]).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);

    let recorded = proxying.await.unwrap();
    insta::assert_snapshot!(script(&recorded, Side::Dialler), @r#"
    script "talk" network=mainnet {
        requires role=listens
        connect
        send raw "6f766572"
        half-close
        disconnect
        connection c2 {
            connect
            disconnect
        }
    }
    "#);
    insta::assert_snapshot!(script(&recorded, Side::Listener), @r#"
    script "talk" network=mainnet {
        requires role=dials
        connect
        disconnect
        connection c2 {
            connect
            reset
        }
    }
    "#);
}

#[tokio::test]
async fn a_full_recording_forwards_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = listener.local_addr().unwrap().to_string();
    let proxy = Proxy::bind("127.0.0.1:0".parse().unwrap(), to, 1000)
        .await
        .unwrap();
    let address = proxy.local_addr().unwrap();
    let proxying = tokio::spawn(proxy.run(Some(1), std::future::pending()));
    let mut dialler = TcpStream::connect(address).await.unwrap();
    let (mut node, _) = listener.accept().await.unwrap();
    let bytes = vec![7; 300_000];
    let sent = bytes.clone();
    let sending = tokio::spawn(async move {
        dialler.write_all(&sent).await.unwrap();
    });
    let mut heard = Vec::new();
    node.read_to_end(&mut heard).await.unwrap();
    sending.await.unwrap();
    assert_eq!(heard, bytes);
    drop(node);
    let recorded = proxying.await.unwrap();
    assert!(recorded.stopped_at.is_some());
    assert_eq!(recorded.entries.len(), 1);
}

/// The process is killed when this is dropped.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_program_records_until_the_connections_have_ended() {
    let folder = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let to = listener.local_addr().unwrap().to_string();
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_fake-peer"))
        .current_dir(folder.path())
        .args(["record", "--listen", "127.0.0.1:0", "--to", &to, "-q"])
        .args(["--connections", "1", "--as", "dialler", "-o", "talk.kdl"])
        .stdout(std::process::Stdio::piped())
        .spawn();
    let mut program = Running(program.unwrap());
    let mut line = String::new();
    let stdout = program.0.stdout.take().unwrap();
    std::io::BufReader::new(stdout)
        .read_line(&mut line)
        .unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap();

    let mut dialler = std::net::TcpStream::connect(address).unwrap();
    let verack = "fabfb5da76657261636b000000000000000000005df6e0e2";
    dialler
        .write_all(&const_hex::decode(verack).unwrap())
        .unwrap();
    drop(dialler);
    let (mut node, _) = listener.accept().unwrap();
    let mut heard = Vec::new();
    node.read_to_end(&mut heard).unwrap();
    assert_eq!(heard.len(), 24);
    drop(node);
    assert!(program.0.wait().unwrap().success());

    let text = fs::read_to_string(folder.path().join("talk.kdl")).unwrap();
    assert!(!folder.path().join("talk.listener.kdl").exists());
    let text = text.replace(&to, "NODE");
    insta::assert_snapshot!(text, @r#"
    script "talk" network=regtest {
        about "Recorded from connections to NODE"
        requires role=listens
        connect
        send verack
        close
    }
    "#);
}

#[test]
fn a_network_capture_is_imported() {
    let folder = tempfile::tempdir().unwrap();
    let capture = captures().join("loopback.pcapng");
    let done = fake_peer(
        &["import", capture.to_str().unwrap(), "-o", "talk.kdl"],
        folder.path(),
    );
    let done = done.success();
    insta::assert_snapshot!(String::from_utf8_lossy(&done.get_output().stderr), @"10 messages written to talk.kdl and talk.listener.kdl");
    fake_peer(
        &["script", "check", "talk.kdl", "talk.listener.kdl"],
        folder.path(),
    )
    .success();
    fake_peer(
        &["script", "fmt", "--check", "talk.kdl", "talk.listener.kdl"],
        folder.path(),
    )
    .success();
    let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    insta::assert_snapshot!(read("talk.kdl"), @r#"
    script "talk" network=regtest {
        about "Imported from loopback.pcapng"
        requires role=listens
        connect
        send version services="" {
            receiver services="" ip="::ffff:127.0.0.1" port=28444
        }
        expect version version=70016
        expect wtxidrelay
        expect sendaddrv2
        expect verack
        send wtxidrelay
        send sendaddrv2
        send verack
        send getheaders locator="0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
        expect headers headers=(count)0
        close
    }
    "#);
    insta::assert_snapshot!(read("talk.listener.kdl"), @r#"
    script "talk.listener" network=regtest {
        about "Imported from loopback.pcapng"
        requires role=dials
        connect
        expect version version=70016
        send version services=NETWORK {
            receiver services="" ip="::ffff:127.0.0.1" port=35910
        }
        send wtxidrelay
        send sendaddrv2
        send verack
        expect wtxidrelay
        expect sendaddrv2
        expect verack
        expect getheaders
        send headers
        disconnect
    }
    "#);
}

#[test]
fn two_message_captures_are_merged_by_time() {
    let folder = tempfile::tempdir().unwrap();
    let [sent, received] = ["sent", "recv"].map(|name| {
        let path = captures().join(format!("core31-regtest-{name}.dat"));
        path.to_str().unwrap().to_owned()
    });
    let args = [
        "import",
        &received,
        &sent,
        "--network",
        "regtest",
        "-o",
        "talk.kdl",
    ];
    fake_peer(&args, folder.path()).success();
    let files = ["talk.kdl", "talk.listener.kdl"];
    fake_peer(&["script", "check", files[0], files[1]], folder.path()).success();
    let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    let commands = |text: String, verb: &str| {
        let lines = text.lines().map(str::trim).map(str::to_owned);
        let lines = lines.filter(|line| line.starts_with(verb));
        let command = |line: String| line.split_whitespace().nth(1).unwrap().to_owned();
        lines.map(command).collect::<Vec<_>>().join(" ")
    };
    let [dialler, listener] = files.map(read);
    // Every message that either side sent is typed, and is expected from the other side unless a
    // node sends it on its own initiative.
    assert!(!dialler.contains("send raw") && !listener.contains("send raw"));
    insta::assert_snapshot!(commands(dialler.clone(), "send "), @"version wtxidrelay sendaddrv2 verack pong getheaders getblocks sendheaders sendcmpct mempool getdata getdata getdata getdata getdata getdata filterload getdata filteradd filterclear getcfilters getcfheaders getcfcheckpt getaddr getdata getblocktxn getblocktxn feefilter ping");
    insta::assert_snapshot!(commands(dialler, "expect "), @"version wtxidrelay sendaddrv2 sendtxrcncl verack sendcmpct ping getheaders headers inv tx tx tx block block notfound merkleblock tx cfilter cfilter cfilter cfilter cfilter cfheaders cfcheckpt cmpctblock cmpctblock blocktxn blocktxn pong");
    insta::assert_snapshot!(commands(listener.clone(), "send "), @"version wtxidrelay sendaddrv2 sendtxrcncl verack sendcmpct ping getheaders feefilter headers inv inv inv tx tx tx block block notfound merkleblock tx cfilter cfilter cfilter cfilter cfilter cfheaders cfcheckpt addrv2 cmpctblock cmpctblock blocktxn blocktxn pong");
    insta::assert_snapshot!(commands(listener, "expect "), @"version wtxidrelay sendaddrv2 verack pong getheaders getblocks sendheaders sendcmpct mempool getdata getdata getdata getdata getdata getdata filterload getdata filteradd filterclear getcfilters getcfheaders getcfcheckpt getaddr getdata getblocktxn getblocktxn ping");
}

#[test]
fn what_cannot_be_imported_is_refused_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let sent = captures().join("core31-regtest-sent.dat");
    fs::copy(&sent, folder.path().join("which.dat")).unwrap();
    fs::write(folder.path().join("text"), "00").unwrap();
    let refuse = |args: &[&str]| {
        let args = [&["import", "-o", "talk.kdl"], args].concat();
        let done = fake_peer(&args, folder.path()).code(2);
        assert!(!folder.path().join("talk.kdl").exists());
        String::from_utf8_lossy(&done.get_output().stderr).into_owned()
    };
    insta::assert_snapshot!(refuse(&["which.dat"]), @"
    error: cannot tell whether the node sent or received the messages in which.dat
    help: one file must have `sent` in its name, the other `recv`
    ");
    insta::assert_snapshot!(refuse(&["text"]), @"
    error: text is not a capture
    help: expected a pcap or pcapng file, or files that Bitcoin Core wrote with -capturemessages
    ");
    let capture = captures().join("loopback.pcapng");
    fs::copy(&capture, folder.path().join("a.pcapng")).unwrap();
    insta::assert_snapshot!(refuse(&["a.pcapng", "a.pcapng"]), @"
    error: a.pcapng is a network capture
    help: it holds both directions; import it alone
    ");
    insta::assert_snapshot!(refuse(&["absent"]), @"error: absent: No such file or directory (os error 2)");
}
