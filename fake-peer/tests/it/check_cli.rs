//! `fake-peer check`, as a user sees it.

use std::fs;

use assert_cmd::Command;
use fake_peer::check::report;
use insta::assert_snapshot;
use tempfile::TempDir;

fn check(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("fake-peer").unwrap();
    let output = command.arg("check").args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

#[test]
fn without_a_target_it_works_at_once() {
    let (code, stdout, stderr) = check(&["ping/pong"]);
    assert_eq!((code, &*stderr), (0, ""), "{stdout}");
    assert!(stdout.contains("the model peer"), "{stdout}");
}

#[test]
fn a_dry_run_runs_nothing() {
    let (code, stdout, _) = check(&["ping/pong/1", "--dry-run"]);
    assert_eq!(code, 0);
    assert!(stdout.starts_with("ping/pong/1"), "{stdout}");
    assert!(stdout.contains("1 case"), "{stdout}");
}

#[test]
fn bad_usage_is_2() {
    for args in [
        &["no/such/case"][..],
        &["--spawn", "node --port 7"],
        &["--profile", "no-such-profile"],
        &["--flaw", "no-such-flaw"],
        &["--connect", "127.0.0.1:1", "--tcp"],
        &["ping", "--json", "no/such/folder/run.json"],
    ] {
        let (code, _, stderr) = check(args);
        assert_eq!(code, 2, "{args:?}: {stderr}");
    }
}

/// Runs many cases at a target that cannot be played at, and returns the only message.
fn refused(args: &[&str]) -> String {
    let (code, stdout, stderr) = check(&[&["ping"], args].concat());
    assert_eq!((code, &*stdout), (3, ""), "{args:?}: {stderr}");
    stderr
}

/// Replaces the port of each address, and the path of the program.
fn without_ports(text: &str) -> String {
    let port = |part: &str| {
        part.trim_start_matches(|digit: char| digit.is_ascii_digit())
            .to_owned()
    };
    let mut parts = text.split("127.0.0.1:");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| format!("127.0.0.1:PORT{}", port(part)));
    let text = first + &rest.collect::<String>();
    text.replace(BIN, "fake-peer")
}

const BIN: &str = env!("CARGO_BIN_EXE_fake-peer");

#[test]
fn a_target_that_is_not_there_is_one_message() {
    let dead = ["--connect", "127.0.0.1:1", "--timeout", "1ms"];
    assert_snapshot!(refused(&dead), @"error: cannot connect to the target at 127.0.0.1:1");
    assert_snapshot!(refused(&["--spawn", "no-such-node {p2p}"]), @"error: cannot start no-such-node: No such file or directory (os error 2)");
    assert_snapshot!(refused(&["--exec", "no-such-client {addr}"]), @"error: cannot start no-such-client: No such file or directory (os error 2)");
    let nobody = ["--listen", "127.0.0.1:0", "--start-timeout", "10ms"];
    assert_snapshot!(without_ports(&refused(&nobody)), @"
    listening on 127.0.0.1:PORT
    error: no client connected to 127.0.0.1:PORT in 10 ms
    ");
}

#[cfg(unix)]
#[test]
fn a_target_that_ends_or_waits_is_one_message_with_its_output() {
    let usage = "sh -c 'echo usage: client ADDR >&2; echo bad option >&2; exit 2'";
    assert_snapshot!(refused(&["--exec", usage]), @"
    error: sh exited with status 2 before it connected; last output: bad option
    help: it printed:
    usage: client ADDR
    bad option
    ");
    let node = usage.replace("exit 2'", "exit 2' {p2p}");
    assert_snapshot!(without_ports(&refused(&["--spawn", &node])), @"
    error: sh exited with status 2 before it accepted a connection at 127.0.0.1:PORT; last output: bad option
    help: it printed:
    usage: client ADDR
    bad option
    ");
    let done = ["--exec", "true", "--timeout", "10ms"];
    assert_snapshot!(without_ports(&refused(&done)), @"error: true exited with status 0 before it connected");
    let limits = ["--start-timeout", "300ms", "--timeout", "10ms"];
    let waits = "sh -c 'echo waiting for peers; exec sleep 1000'";
    let waits = [&["--exec", waits], &limits[..]].concat();
    assert_snapshot!(without_ports(&refused(&waits)), @"error: sh did not connect to 127.0.0.1:PORT in 300 ms; last output: waiting for peers");
    let waits = "sh -c 'echo loading; exec sleep 1000' {p2p}";
    let waits = [&["--spawn", waits], &limits[..]].concat();
    assert_snapshot!(without_ports(&refused(&waits)), @"error: sh accepts no connection at 127.0.0.1:PORT; last output: loading");
}

#[test]
fn a_target_on_another_network_is_one_message() {
    let node = format!("'{BIN}' serve --network testnet4 --listen 127.0.0.1:{{p2p}}");
    let node = ["--spawn", &node, "--timeout", "300ms"];
    let text = without_ports(&refused(&node));
    let (message, _) = text.split_once("; last output").unwrap();
    assert_snapshot!(message, @"error: fake-peer ends our connections before the handshake: it is not on regtest, or has banned our address");
    let client = format!("'{BIN}' sync {{addr}}");
    assert_snapshot!(without_ports(&refused(&["--exec", &client])), @"error: the target is on mainnet, not on regtest");
}

#[test]
fn a_failure_is_in_every_report_with_the_command_that_repeats_it() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (json, junit, tap, html) = (path("a.json"), path("a.xml"), path("a.tap"), path("a.html"));
    let files = [
        "--json", &json, "--junit", &junit, "--tap", &tap, "--html", &html,
    ];
    let flaw = [
        "headers/limit",
        "--flaw",
        "headers-limit-missing",
        "--seed",
        "7",
    ];
    let (code, stdout, _) = check(&[&flaw[..], &files].concat());
    assert_eq!(code, 1, "{stdout}");
    let run = report::read(&fs::read_to_string(&json).unwrap()).unwrap();
    let failed: Vec<_> = run.failures().collect();
    assert!(!failed.is_empty());
    let again = &failed[0].reproduce;
    assert!(stdout.contains(again), "{again}");
    for file in [&junit, &tap, &html] {
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains(&failed[0].id), "{file}");
    }
    // The command does repeat the case.
    let words = again.strip_prefix("fake-peer check ").unwrap();
    let words: Vec<_> = words.split(' ').collect();
    let (code, stdout, _) = check(&words);
    assert_eq!(code, 1, "{stdout}");
    assert!(
        stdout.contains(failed[0].found.as_ref().unwrap()),
        "{stdout}"
    );
}

#[test]
fn a_profile_excuses_what_it_expects() {
    let folder = TempDir::new().unwrap();
    let profile = folder.path().join("mine.kdl");
    let text = r#"profile "mine" { expect fail "headers/limit" reason="no limit yet"; }"#;
    fs::write(&profile, text).unwrap();
    let profile = profile.to_string_lossy();
    let flaw = ["headers/limit", "--flaw", "headers-limit-missing"];
    let (code, stdout, _) = check(&[&flaw[..], &["--profile", &profile]].concat());
    assert_eq!(code, 0, "{stdout}");
    // An unexpected pass is reported, and fails a strict run.
    let strict = ["--profile", &profile, "--strict"];
    let (code, stdout, _) = check(&[&["headers/limit"][..], &strict].concat());
    assert_eq!(code, 1, "{stdout}");
}
