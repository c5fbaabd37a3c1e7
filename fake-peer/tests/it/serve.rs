//! `fake-peer serve` and plain `fake-peer`: what they print, how they end, and what they refuse.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use assert_cmd::cargo::{cargo_bin, cargo_bin_cmd};
use fake_peer_fixtures::raw;

/// The exit code and stderr of `fake-peer serve ARGUMENTS`, which must fail.
fn serve(arguments: &[&str]) -> String {
    let output = cargo_bin_cmd!("fake-peer")
        .arg("serve")
        .args(arguments)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    format!("{}\n{stderr}", output.status.code().unwrap())
}

fn serve_file(folder: &Path, bytes: &[u8], arguments: &[&str]) -> String {
    let path = folder.join("headers.bin");
    std::fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap();
    let mut all = vec!["--listen", "127.0.0.1:0", "--headers", path];
    all.extend(arguments);
    serve(&all).replace(path, "FILE")
}

/// A running server, which is killed when the test ends.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    address: String,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(cargo_bin!("fake-peer"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line
            .trim_end()
            .strip_prefix("listening on ")
            .unwrap()
            .to_owned();
        Self {
            child,
            stdout,
            address,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn two_processes_do_what_the_book_does() {
    let server = Running::start(&["--tip", "38000"]);
    let output = cargo_bin_cmd!("fake-peer")
        .args(["sync", &server.address])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(bits_of_periods(&stdout), BOOK);
    assert!(
        stdout.contains("synced 38,000 headers in 20 batches"),
        "{stdout}"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_cleanly() {
    for signal in ["-INT", "-TERM"] {
        let mut server = Running::start(&["--network", "regtest"]);
        let id = server.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(server.child.wait().unwrap().code(), Some(0));
        let mut rest = String::new();
        server.stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
    }
}

/// The 18 values of `bits` that the book prints, one for each difficulty period.
const BOOK: [&str; 18] = [
    "ffff001d", "ffff001d", "ffff001d", "ffff001d", "ffff001d", "ffff001d", "ffff001d", "ffff001d",
    "ffff001d", "ffff001d", "ffff001d", "ffff001d", "ffff001d", "ffff001d", "ffff001d", "6ad8001d",
    "28c4001d", "71be001d",
];

fn bits_of_periods(stdout: &str) -> Vec<&str> {
    let row = |line| {
        let words: Vec<&str> = str::split_whitespace(line).collect();
        let height: u32 = words.first()?.parse().ok()?;
        height.is_multiple_of(2016).then(|| words[2])
    };
    stdout.lines().filter_map(row).collect()
}

#[test]
fn without_a_command_both_ends_are_shown() {
    let output = cargo_bin_cmd!("fake-peer").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let bits = bits_of_periods(&stdout);
    assert_eq!((&bits[..18], bits.len()), (&BOOK[..], 49));
    assert!(
        stdout.contains("synced 99,999 headers in 50 batches"),
        "{stdout}"
    );
    let tip = "000000000002d01c1fccc21636b607dfd930d31d01c3a62104612a1719011250";
    assert!(stdout.contains(tip), "{stdout}");
    let suite = "cases against /fake-peer:0.1.0/ (the model peer, regtest)";
    assert!(stdout.contains(suite), "{stdout}");
    let program = cargo_bin!("fake-peer").to_str().unwrap();
    let next = stdout.lines().last().unwrap().replace(program, "PROGRAM");
    insta::assert_snapshot!(next, @"Next: check your own node with `PROGRAM check --connect ADDR`, or see `PROGRAM --help`.");
}

#[test]
fn nobody_to_read_the_output_is_no_failure() {
    let mut child = Command::new(cargo_bin!("fake-peer"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn a_port_in_use() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let text = serve(&["--network", "regtest", "--listen", &address]);
    insta::assert_snapshot!(text.replace(&address, "ADDRESS"), @"
    3
    error: cannot listen on ADDRESS: Address already in use (os error 98)
    help: try --listen 127.0.0.1:0 for a free port
    ");
}

#[test]
fn files_that_hold_no_chain() {
    let folder = tempfile::tempdir().unwrap();
    let headers = &fake_peer_fixtures::mainnet()[..100];
    let good = raw::encode(headers);
    let refused = |bytes: &[u8]| serve_file(folder.path(), bytes, &[]);
    insta::assert_snapshot!(refused(&good[..4_321]), @"
    2
    error: FILE: header 54 at byte 4320 is truncated: found 1 bytes, expected 80
    ");
    insta::assert_snapshot!(refused(&[]), @"
    2
    error: FILE: the file has no headers
    ");
    insta::assert_snapshot!(refused(b"headers? which headers?"), @"
    2
    error: FILE: header 0 at byte 0 is truncated: found 23 bytes, expected 80
    ");
    insta::assert_snapshot!(refused(&[&good[..800], &good[880..]].concat()), @"
    2
    error: FILE: header 10 at byte 800 does not follow the one before it: found previous hash 000000002c05cc2e78923c34df87fd108b22221ac6076c18f3ade378a4d915e9, expected 000000008d9dc510f23c2657fc4f67bea30078cc05a90eb89e84cc475c080805
    ");
    insta::assert_snapshot!(refused(&good[80..]), @"
    2
    error: FILE: does not start with block 0 of mainnet
    ");
    insta::assert_snapshot!(refused(&fake_peer_fixtures::MAINNET_FILE[..5_000]), @"
    2
    error: FILE: the file is truncated: found 5000 bytes, expected 3790912
    ");
    let mut bad = headers[..50].to_vec();
    bad[49].time = 0;
    insta::assert_snapshot!(refused(&raw::encode(&bad)), @"
    2
    error: FILE: header at height 49 (190dae2c3b179c8067754a741fd6fd5ce221b4aaf2eddcf3b7de48ecabbb466d): proof of work: found hash 190dae2c3b179c8067754a741fd6fd5ce221b4aaf2eddcf3b7de48ecabbb466d, expected at most 00000000ffff0000000000000000000000000000000000000000000000000000
    ");
}

#[test]
fn options_that_do_not_fit_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let good = raw::encode(&fake_peer_fixtures::mainnet()[..100]);
    let refused = |arguments: &[&str]| serve_file(folder.path(), &good, arguments);
    insta::assert_snapshot!(refused(&["--tip", "100"]), @"
    2
    error: FILE: ends at height 99, below --tip 100
    ");
    insta::assert_snapshot!(serve(&["--tip", "100000"]), @"
    2
    error: the embedded chain: ends at height 99999, below --tip 100000
    ");
    insta::assert_snapshot!(refused(&["--network", "signet"]), @"
    2
    error: FILE: the headers are for mainnet, expected signet
    ");
}

#[test]
fn the_help_says_that_the_chain_must_reach_the_tip() {
    let output = cargo_bin_cmd!("fake-peer").args(["serve", "-h"]).output();
    let stdout = String::from_utf8(output.unwrap().stdout).unwrap();
    let tip = stdout.lines().find(|line| line.contains("--tip")).unwrap();
    insta::assert_snapshot!(tip.trim(), @"--tip <HEIGHT>            End the chain at this height; a shorter chain is an error");
}

#[test]
fn bad_usage() {
    insta::assert_snapshot!(serve(&["--listen", "localhost:http"]), @"
    2
    error: invalid value 'localhost:http' for '--listen <ADDR>': expected an address such as 127.0.0.1:8333, 0.0.0.0 or [::1]:0

    For more information, try '--help'.
    ");
    let missing: PathBuf = ["no", "such", "file"].iter().collect();
    insta::assert_snapshot!(serve(&["--headers", missing.to_str().unwrap()]), @"
    2
    error: no/such/file: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(serve(&["--max-connections", "x"]), @"
    2
    error: invalid value 'x' for '--max-connections <N>': expected a whole number from 0 to 65535

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(serve(&["--tip", "1e5"]), @"
    2
    error: invalid value '1e5' for '--tip <HEIGHT>': expected a whole number from 0 to 4294967295

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(serve(&["--tip", "-1"]), @"
    2
    error: unexpected argument '-1' found

    Usage: fake-peer serve [OPTIONS]

    For more information, try '--help'.
    ");
}

/// Without the services that a flaw needs, no peer sends the requests in which it shows.
#[test]
fn a_flaw_comes_with_the_services_that_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let script = "script bloom network=regtest { requires services=BLOOM; handshake; }";
    std::fs::write(folder.path().join("a.kdl"), script).unwrap();
    let flaw = "empty-filter-divides-by-zero";
    for (arguments, verdict) in [(&["--flaw", flaw][..], "pass"), (&[], "unsupported")] {
        let server = Running::start(&[&["--network", "regtest"], arguments].concat());
        let output = cargo_bin_cmd!("fake-peer")
            .args(["run", "a.kdl", "--connect", &server.address])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(stdout.starts_with(verdict), "{stdout}");
    }
}
