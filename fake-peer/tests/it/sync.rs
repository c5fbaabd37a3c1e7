//! `fake-peer sync` against servers of all kinds: what it prints, and its exit code.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use crate::support::{answering, batch, server, server_with};
use assert_cmd::Command;
use assert_cmd::cargo::{cargo_bin, cargo_bin_cmd};
use fake_peer::core::message::{GetHeaders, Headers, Version};
use fake_peer::core::wire::RawEnvelope;
use fake_peer::core::{Hash256, Message};
use fake_peer::{Network, PeerConfig};
use tokio::net::TcpSocket;

/// The exit code and stderr of `fake-peer sync ADDRESS ARGUMENTS`, with the address replaced.
fn sync(address: SocketAddr, arguments: &[&str]) -> String {
    let mut command = cargo_bin_cmd!("fake-peer");
    command.arg("sync").arg(address.to_string()).args(arguments);
    outcome(&mut command).replace(&address.to_string(), "ADDRESS")
}

fn outcome(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    format!("{}\n{stderr}", output.status.code().unwrap())
}

/// Returns an address at which nothing listens, and nothing can as long as the socket exists.
fn nobody() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_connection_that_is_refused() {
    let (_socket, address) = nobody();
    insta::assert_snapshot!(sync(address, &[]), @"
    3
    error: cannot connect to ADDRESS: connection refused
    help: start a node there, such as `fake-peer serve` on 127.0.0.1:8333
    ");
}

#[test]
fn a_peer_that_says_nothing() {
    // The listener's queue accepts the connection, but no program ever reads from it.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    insta::assert_snapshot!(sync(address, &["--timeout", "100ms"]), @"
    3
    error: no handshake within 100ms
    ");
}

#[test]
fn a_peer_that_closes_at_once() {
    let address = server(Network::MAINNET, async |mut peer| {
        peer.read().await.unwrap();
        peer.close().await.unwrap();
    });
    insta::assert_snapshot!(sync(address, &[]), @"
    3
    error: the peer closed the connection (before the handshake was complete)
    help: a node does this if it is full or on another network than mainnet
    ");
}

#[test]
fn a_peer_that_hangs_up_in_mid_message() {
    let address = server(Network::MAINNET, async |mut peer| {
        peer.handshake().await.unwrap();
        peer.wait_for::<GetHeaders>().await.unwrap();
        let headers = Headers { headers: batch(0) };
        let envelope = Message::from(headers).to_envelope();
        let bytes = envelope.to_bytes(Network::MAINNET.magic);
        peer.send_bytes(bytes[..1_000].to_vec()).await.unwrap();
        peer.close().await.unwrap();
    });
    insta::assert_snapshot!(sync(address, &[]), @"
    3
    error: the peer closed the connection inside a message: received 1000 of 162027 bytes from byte 199 on (at height 0)
    ");
}

#[test]
fn a_peer_of_another_network() {
    let address = server(Network::REGTEST, async |mut peer| {
        peer.send(Version::default()).await.unwrap();
        peer.close().await.unwrap();
    });
    insta::assert_snapshot!(sync(address, &[]), @"
    1
    error: byte 0: found magic fabfb5da, expected f9beb4d9
    help: the peer is on regtest, not on mainnet; try --network regtest
    ");
}

#[test]
fn a_peer_that_is_no_bitcoin_node() {
    let address = server(Network::MAINNET, async |mut peer| {
        peer.send_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())
            .await
            .unwrap();
        peer.close().await.unwrap();
    });
    insta::assert_snapshot!(sync(address, &[]), @"
    1
    error: byte 0: found magic 48545450, expected f9beb4d9
    help: no known network has this magic; is it a Bitcoin node?
    ");
}

#[test]
fn an_envelope_that_lies() {
    let address = server(Network::MAINNET, async |mut peer| {
        peer.handshake().await.unwrap();
        peer.wait_for::<GetHeaders>().await.unwrap();
        let mut lie = RawEnvelope::new("headers".parse().unwrap(), vec![0]);
        lie.checksum = Some([1, 2, 3, 4]);
        peer.send_raw(&lie).await.unwrap();
        peer.close().await.unwrap();
    });
    insta::assert_snapshot!(sync(address, &[]), @"
    1
    error: message at byte 199: checksum at byte 20: found 01020304, expected 1406e058 (at height 0)
    ");
}

#[test]
fn a_bad_header_and_nothing_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("headers.bin");
    let address = answering(|number| {
        let mut headers = batch(number * 2_000);
        if number == 1 {
            headers[344].merkle_root = Hash256::ZERO;
        }
        Some(headers)
    });
    let path = path.to_str().unwrap();
    insta::assert_snapshot!(sync(address, &["--save", path]), @"
    1
    error: header at height 2345 (13caa5509b5215e2283b6e029612c5b2a8d5699d4e067e6f8da879c3b5436b7c): proof of work: found hash 13caa5509b5215e2283b6e029612c5b2a8d5699d4e067e6f8da879c3b5436b7c, expected at most 00000000ffff0000000000000000000000000000000000000000000000000000
    ");
    assert_eq!(files(folder.path()), 0);
}

#[test]
fn the_same_batch_again_and_again() {
    let address = answering(|_| Some(batch(0)));
    insta::assert_snapshot!(sync(address, &[]), @"
    1
    error: asked for the headers after height 2000, but the peer sent those after height 0
    ");
}

#[test]
fn a_peer_that_leaves_between_batches() {
    let address = answering(|number| (number < 2).then(|| batch(number * 2_000)));
    insta::assert_snapshot!(sync(address, &[]), @"
    3
    error: the peer closed the connection (at height 4000)
    ");
}

#[test]
fn more_headers_than_one_message_may_have() {
    let address = answering(|_| Some(fake_peer_fixtures::mainnet()[1..=2_001].to_vec()));
    insta::assert_snapshot!(sync(address, &[]), @"
    1
    error: message at byte 199: headers: headers.count at byte 0: 2001 is over the limit of 2000 (at height 0)
    ");
}

#[test]
fn a_peer_that_has_nothing() {
    let address = answering(|_| Some(Vec::new()));
    let output = cargo_bin_cmd!("fake-peer")
        .arg("sync")
        .arg(address.to_string())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
    insta::assert_snapshot!(without_times(&output.stdout), @"

    synced 0 headers in 1 batch and # s: # headers/s, all the peer has
      tip    000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f
             at height 0, dated 2009-01-03
      work   0000000000000000000000000000000000000000000000000000000100010001
             = 2^32.00 hashes
      time   # s waiting for the network, # s checking headers
    ");
}

#[test]
fn a_peer_that_has_less_than_it_announces() {
    let run = |arguments: &[&str]| {
        let config = announcing(100_000);
        let address = server_with(config, async |mut peer| {
            peer.handshake().await.unwrap();
            peer.wait_for::<GetHeaders>().await.unwrap();
            let headers = batch(0)[..7].to_vec();
            peer.send(Headers { headers }).await.unwrap();
            peer.close().await.unwrap();
        });
        let text = sync(address, arguments);
        let (code, log) = text.split_once('\n').unwrap();
        let untimed = log.split_once(' ').map_or(log, |(_time, line)| line.trim());
        format!("{code}\n{untimed}")
    };
    insta::assert_snapshot!(run(&[]), @"
    0
    WARN the peer announced height 100000 but sent no headers above 7
    ");
    insta::assert_snapshot!(run(&["--quiet"]), @"0");
    insta::assert_snapshot!(run(&["--max-height", "5"]), @"0");
}

/// A node that announces the height of its chain in its version.
fn announcing(start_height: i32) -> PeerConfig {
    let mut config = PeerConfig::new(Network::MAINNET);
    config.session.version.start_height = start_height;
    config
}

#[test]
fn nineteen_batches_are_the_books_and_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    for (name, compact) in [("headers.bin", false), ("headers.fpchain", true)] {
        let path = folder.path().join(name);
        let address = answering(|number| Some(batch(number * 2_000)));
        let output = cargo_bin_cmd!("fake-peer")
            .args(["sync", &address.to_string(), "--batches", "19", "--save"])
            .arg(&path)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(output.stderr, b"");
        let stdout = without_times(&output.stdout).replace(path.to_str().unwrap(), "FILE");
        insta::allow_duplicates! {
            insta::assert_snapshot!(stdout, @"
              height  date        bits              difficulty
                2016  2009-01-27  ffff001d                1.00
                4032  2009-02-12  ffff001d                1.00
                6048  2009-03-02  ffff001d                1.00
                8064  2009-03-20  ffff001d                1.00
               10080  2009-04-06  ffff001d                1.00
               12096  2009-04-24  ffff001d                1.00
               14112  2009-05-12  ffff001d                1.00
               16128  2009-05-31  ffff001d                1.00
               18144  2009-06-26  ffff001d                1.00
               20160  2009-07-25  ffff001d                1.00
               22176  2009-09-04  ffff001d                1.00
               24192  2009-10-02  ffff001d                1.00
               26208  2009-10-31  ffff001d                1.00
               28224  2009-11-27  ffff001d                1.00
               30240  2009-12-18  ffff001d                1.00
               32256  2009-12-30  6ad8001d                1.18
               34272  2010-01-11  28c4001d                1.31
               36288  2010-01-25  71be001d                1.34

            synced 38,000 headers in 19 batches and # s: # headers/s, stopped after --batches
              tip    000000002dfebce284d1e08b6cf04452530891579b7377669865889498de8f3f
                     at height 38,000, dated 2010-02-03
              work   00000000000000000000000000000000000000000000000000009a96fdf10f90
                     = 2^47.27 hashes
              time   # s waiting for the network, # s checking headers
              saved  FILE
            ");
        }
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes.starts_with(b"fpchain"), compact);
        let read = fake_peer_fixtures::read_headers(&bytes).unwrap();
        assert_eq!(read.headers, fake_peer_fixtures::mainnet()[..=38_000]);
    }
    assert_eq!(files(folder.path()), 2);
}

/// Times and speeds differ from run to run.
fn without_times(stdout: &[u8]) -> String {
    let text = String::from_utf8(stdout.to_vec()).unwrap();
    let mask = |word: &str| {
        let number = word.trim_end_matches(',').replace(',', "");
        let fraction = number.contains('.') && number.parse::<f64>().is_ok();
        if fraction {
            "#".to_owned()
        } else {
            word.to_owned()
        }
    };
    let lines = text.lines().map(|line| {
        let Some((start, end)) = line.split_once(" s: ") else {
            return if line.starts_with("  time ") {
                line.split(' ').map(mask).collect::<Vec<_>>().join(" ")
            } else {
                line.to_owned()
            };
        };
        let start: Vec<_> = start.split(' ').map(mask).collect();
        let (_, end) = end.split_once(" headers/s").unwrap();
        format!("{} s: # headers/s{end}", start.join(" "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn files_that_cannot_be_saved() {
    let (_socket, address) = nobody();
    insta::assert_snapshot!(sync(address, &["--save", "/no/such/folder/file"]), @"
    2
    error: cannot save to /no/such/folder/file: No such file or directory (os error 2)
    ");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    insta::assert_snapshot!(sync(address, &["--save", path]).replace(path, "FOLDER"), @"
    2
    error: cannot save to FOLDER: it is a folder
    ");
}

#[cfg(unix)]
#[test]
fn what_must_not_be_replaced_is_not() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    let (_socket, address) = nobody();
    let folder = tempfile::tempdir().unwrap();
    let [fifo, link, file] = ["fifo", "link", "file"].map(|name| folder.path().join(name));
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    symlink("nothing", &link).unwrap();
    fs::write(&file, "kept").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    let refused = |path: &Path| {
        let folder = folder.path().to_str().unwrap();
        sync(address, &["--save", path.to_str().unwrap()]).replace(folder, "FOLDER")
    };
    insta::assert_snapshot!(refused(&fifo), @"
    2
    error: cannot save to FOLDER/fifo: it is not a regular file
    ");
    insta::assert_snapshot!(refused(&link), @"
    2
    error: cannot save to FOLDER/link: it is a dangling symbolic link
    ");
    insta::assert_snapshot!(refused(&file), @"
    2
    error: cannot save to FOLDER/file: it is read-only
    ");
    assert!(fifo.symlink_metadata().unwrap().file_type().is_fifo());
    assert!(link.is_symlink());
    assert_eq!(fs::read(&file).unwrap(), b"kept");
    assert_eq!(files(folder.path()), 3);
}

#[test]
fn bad_usage() {
    let run = |arguments: &[&str]| outcome(cargo_bin_cmd!("fake-peer").arg("sync").args(arguments));
    insta::assert_snapshot!(run(&["http://localhost"]), @"
    2
    error: invalid value 'http://localhost' for '<ADDR>': expected an address such as 127.0.0.1, [::1]:8333 or node.example.org:8333

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(run(&["localhost", "--network", "bitcoin"]), @r#"
    2
    error: invalid value 'bitcoin' for '--network <NAME|FILE>': unknown network "bitcoin"; expected mainnet, testnet3, testnet4, signet, regtest or simnet, or a network file (NAME.kdl)

    For more information, try '--help'.
    "#);
    insta::assert_snapshot!(run(&["localhost", "--batches", "0"]), @"
    2
    error: invalid value '0' for '--batches <N>': expected a whole number from 1 to 4294967295

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(run(&["localhost", "--max-height", "0"]), @"
    2
    error: invalid value '0' for '--max-height <HEIGHT>': expected a whole number from 1 to 4294967295

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(run(&["localhost", "--timeout", "soon"]), @"
    2
    error: invalid value 'soon' for '--timeout <TIME>': expected a time such as 30s, 500ms or 2m

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(run(&["localhost", "--timeout", "0s"]), @"
    2
    error: invalid value '0s' for '--timeout <TIME>': must be greater than zero

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(run(&["localhost", "--timeout", "300000000000y"]), @"
    2
    error: invalid value '300000000000y' for '--timeout <TIME>': must be at most 1day

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(run(&[]), @"
    2
    error: the following required arguments were not provided:
      <ADDR>

    Usage: fake-peer sync <ADDR>

    For more information, try '--help'.
    ");
}

/// The peer accepts the connection and sends nothing, so the client is waiting when ctrl-c arrives.
#[cfg(unix)]
#[test]
fn ctrl_c_leaves_no_half_file() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut child = std::process::Command::new(cargo_bin!("fake-peer"))
        .args([
            "sync",
            &listener.local_addr().unwrap().to_string(),
            "--save",
        ])
        .arg(folder.path().join("headers.bin"))
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let _connection = listener.accept().unwrap();
    assert_eq!(files(folder.path()), 1, "the file in the making");
    let id = child.id().to_string();
    let kill = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status()
        .unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(files(folder.path()), 0);
}
