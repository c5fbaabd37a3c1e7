//! `fake-peer run`, from outside: at the model peer in memory, at a node, and at a client.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use assert_cmd::cargo::cargo_bin;
use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

const PING: &str = r#"script "ping/1" network=regtest {
    about "A ping is answered"
    source "BIP31"
    handshake
    send ping nonce=7
    expect pong nonce=7 within="5s"
}
"#;

/// No node answers a ping with another nonce.
const WRONG: &str = r#"script "ping/2" network=regtest {
    about "A ping is answered with another nonce"
    source "BIP31"
    handshake
    send ping nonce=7
    expect pong nonce=8 within="1s"
}
"#;

const SECOND_VERSION: &str = r#"script "handshake/second/1" network=regtest {
    about "A second version is ignored"
    handshake
    send version
    expect pong nonce=7 within="1s"
}
"#;

/// A script for a client, which may do anything before it requests headers.
const CLIENT: &str = r#"script "client/1" network=regtest {
    about "A client asks for headers"
    requires role=dials
    handshake
    expect getheaders
}
"#;

fn folder(scripts: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in scripts {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn output(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(cargo_bin!("fake-peer"));
    command.arg("run").args(arguments).current_dir(folder);
    command.stdin(Stdio::null()).output().unwrap()
}

/// Returns the exit code, stdout and stderr, without the parts that differ between runs.
fn run(folder: &Path, arguments: &[&str]) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = output(folder, arguments);
    let (stdout, stderr) = (String::from_utf8(stdout), String::from_utf8(stderr));
    let text = format!(
        "{}\n{}--\n{}",
        status.code().unwrap(),
        stdout.unwrap(),
        stderr.unwrap()
    );
    text.lines().map(|line| steady(line) + "\n").collect()
}

/// Removes the time of day, and the random numbers of the node, from a line.
fn steady(line: &str) -> String {
    let line = match line.split_once(" version=7") {
        Some((head, _)) => format!("{head} version=7…"),
        None => line.to_owned(),
    };
    let word = |word: &str| match word.split_once('=') {
        Some((name, value)) if value.len() > 5 && value.bytes().all(|it| it.is_ascii_digit()) => {
            format!("{name}=…")
        }
        _ => word.to_owned(),
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// A node on a free port, killed when the test ends.
struct Node {
    child: Child,
    address: String,
}

impl Node {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(cargo_bin!("fake-peer"))
            .args(["serve", "--network", "regtest", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on ").unwrap();
        let address = address.to_owned();
        Self { child, address }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_failure_shows_all_that_is_needed_to_look_into_it() {
    let folder = folder(&[("a.kdl", PING), ("b.kdl", WRONG)]);
    let memory = ["a.kdl", "b.kdl", "--memory", "--seed", "1"];
    assert_snapshot!(run(folder.path(), &memory), @r#"
    1
    pass        ping/1 (250 µs)
    FAIL        ping/2 (1 s)
      requirement: A ping is answered with another nonce
      source:      BIP31
      step:        3 (b.kdl:6)
      expected:    expect pong nonce=8 within="1s"
      found:       timed out after 1 s waiting for `pong`; received: sendcmpct, ping, getheaders, feefilter, pong
      ending:      open
      again:       fake-peer run b.kdl --memory --seed 1
         0.0001 * connected
         0.0001 * step 1: handshake
         0.0001 > version (127 bytes at 0) version=7…
         0.0001 < version (127 bytes at 0) version=7…
         0.0001 > verack (24 bytes at 127)
         0.0001 < wtxidrelay (24 bytes at 127)
         0.0001 < sendaddrv2 (24 bytes at 151)
         0.0001 < verack (24 bytes at 175)
         0.0001 * step 2: send ping nonce=7
         0.0001 > ping (32 bytes at 151) nonce=7
         0.0001 * step 3: expect pong nonce=8 within="1s"
         0.0003 < sendcmpct (33 bytes at 199) announce=false version=2
         0.0003 < ping (32 bytes at 232) nonce=…
         0.0003 > pong (32 bytes at 183) nonce=…
         0.0003 < getheaders (93 bytes at 264) version=7…
         0.0003 < feefilter (32 bytes at 357) fee_rate=…
         0.0003 < pong (32 bytes at 389) nonce=7
         1.0002 * timed out
    2 scripts, 1 passed, 1 failed, seed 1
    --
    error: 1 script failed
    "#);
}

#[test]
fn verbose_shows_every_conversation_and_its_bytes() {
    let folder = folder(&[("a.kdl", PING)]);
    let shown = run(folder.path(), &["a.kdl", "--memory", "--seed", "1", "-v"]);
    assert_snapshot!(shown, @r#"
    0
    pass        ping/1 (250 µs)
         0.0001 * connected
         0.0001 * step 1: handshake
         0.0001 > version (127 bytes at 0) version=7…
         0.0001 < version (127 bytes at 0) version=7…
         0.0001 > verack (24 bytes at 127)
         0.0001 < wtxidrelay (24 bytes at 127)
         0.0001 < sendaddrv2 (24 bytes at 151)
         0.0001 < verack (24 bytes at 175)
         0.0001 * step 2: send ping nonce=7
         0.0001 > ping (32 bytes at 151) nonce=7
         0.0001 * step 3: expect pong nonce=7 within="5s"
         0.0003 < sendcmpct (33 bytes at 199) announce=false version=2
         0.0003 < ping (32 bytes at 232) nonce=…
         0.0003 > pong (32 bytes at 183) nonce=…
         0.0003 < getheaders (93 bytes at 264) version=7…
         0.0003 < feefilter (32 bytes at 357) fee_rate=…
         0.0003 < pong (32 bytes at 389) nonce=7
    1 script, 1 passed, seed 1
    --
    "#);
    let bytes = run(folder.path(), &["a.kdl", "--memory", "--seed", "1", "-vv"]);
    let ping = "fabfb5da70696e670000000000000000080000008c820c800700000000000000";
    assert!(bytes.contains(ping), "{bytes}");
    let quiet = run(folder.path(), &["a.kdl", "--memory", "--seed", "1", "-q"]);
    assert_eq!(quiet, "0\n--\n");
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let folder = folder(&[("a.kdl", PING)]);
    let nonce = |seed: &str| {
        let play = output(
            folder.path(),
            &["a.kdl", "--memory", "--json", "--seed", seed],
        );
        let document: Value = serde_json::from_slice(&play.stdout).unwrap();
        let entries = document["transcript"]["entries"].as_array().unwrap();
        let sent = entries.iter().find_map(|entry| entry["kind"].get("sent"));
        // The nonce of our version.
        sent.unwrap()["bytes"]["kept"].as_str().unwrap()[192..208].to_owned()
    };
    assert_eq!(nonce("1"), nonce("1"));
    assert_ne!(nonce("1"), nonce("2"));
}

#[test]
fn many_scripts_are_told_of_in_their_order() {
    let folder = folder(&[]);
    for number in 10..30 {
        let text = PING.replace("ping/1", &format!("ping/{number}"));
        fs::write(folder.path().join(format!("{number}.kdl")), text).unwrap();
    }
    let node = Node::start(&[]);
    for target in [&["--memory"][..], &["--connect", &node.address]] {
        let arguments = [&[".", "--jobs", "8"], target].concat();
        let text = run(folder.path(), &arguments);
        let names: Vec<_> = text
            .lines()
            .filter_map(|line| line.split(' ').find(|word| word.starts_with("ping/")))
            .collect();
        let expected: Vec<_> = (10..30).map(|number| format!("ping/{number}")).collect();
        assert_eq!(names, expected, "{text}");
        assert!(text.contains("20 scripts, 20 passed, seed "), "{text}");
    }
}

#[test]
fn a_node_is_played_at_and_captured() {
    let folder = folder(&[("a.kdl", PING), ("b.kdl", WRONG)]);
    let node = Node::start(&[]);
    let arguments = [
        "a.kdl",
        "b.kdl",
        "--connect",
        &node.address,
        "--pcap",
        "a.pcap",
        "--json",
    ];
    let played = output(folder.path(), &arguments);
    assert_eq!(played.status.code(), Some(1));
    let documents: Vec<Value> = serde_json::Deserializer::from_slice(&played.stdout)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let [first, second] = &documents[..] else {
        panic!("{documents:?}");
    };
    assert_eq!(first["script"]["name"], "ping/1");
    assert_eq!(
        first["verdict"]["pass"],
        serde_json::json!({ "note": null })
    );
    assert_eq!(second["verdict"]["fail"]["kind"], "timed-out");

    let decoded = Command::new(cargo_bin!("fake-peer"))
        .args(["decode", "a.pcap"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let decoded = String::from_utf8(decoded.stdout).unwrap();
    let count = |text: &str| {
        let lines = decoded.lines().filter(|line| line.ends_with(text));
        lines.count()
    };
    assert_eq!(count("pong               8  nonce=7"), 2, "{decoded}");
    assert_eq!(
        count("10.0.0.1:49153 > 10.0.0.2:18444    ping               8  nonce=7"),
        1,
        "{decoded}"
    );
}

#[test]
fn nobody_there_is_no_failure_of_a_target() {
    let folder = folder(&[("a.kdl", PING)]);
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let text = run(
        folder.path(),
        &["a.kdl", "--connect", &address, "--seed", "1"],
    );
    assert_snapshot!(timeless(&text).replace(&address, "ADDRESS"), @"
    3
    error       ping/1 (TIME): cannot connect to the target
      requirement: A ping is answered
      source:      BIP31
      ending:      refused
      again:       fake-peer run a.kdl --connect ADDRESS --seed 1
      TIME * refused
    1 script, 1 not played, seed 1
    --
    error: 1 script could not be played
    ");
}

#[test]
fn a_flaw_fails_a_script_in_memory_and_ends_a_node_as_a_crash() {
    let folder = folder(&[("a.kdl", SECOND_VERSION)]);
    let flaw = "second-version-crashes";
    let memory = run(
        folder.path(),
        &["a.kdl", "--memory", "--flaw", flaw, "--seed", "1"],
    );
    assert!(memory.starts_with("1\nFAIL"), "{memory}");
    let crash = format!("the model peer crashed (flaw {flaw})");
    assert!(memory.contains(&crash), "{memory}");
    let mut node = Node::start(&["--flaw", flaw]);
    let over_tcp = run(
        folder.path(),
        &["a.kdl", "--connect", &node.address, "--seed", "1"],
    );
    assert!(over_tcp.starts_with("1\nFAIL"), "{over_tcp}");
    assert_eq!(node.child.wait().unwrap().code(), Some(134));
}

#[test]
fn an_unknown_flaw() {
    let folder = folder(&[("a.kdl", PING)]);
    let flaw = "second-version-crash";
    assert_snapshot!(run(folder.path(), &["a.kdl", "--memory", "--flaw", flaw]), @"
    2
    --
    error: unknown flaw `second-version-crash`
    help: did you mean `second-version-crashes`? `fake-peer flaws` lists all flaws
    ");
    let serve = Command::new(cargo_bin!("fake-peer"))
        .args(["serve", "--flaw", "xyz"])
        .output()
        .unwrap();
    assert_eq!(serve.status.code(), Some(2));
    assert_snapshot!(String::from_utf8(serve.stderr).unwrap(), @"
    error: unknown flaw `xyz`
    help: `fake-peer flaws` lists all flaws
    ");
}

/// The client is our own, and is started again for each script.
#[test]
fn a_client_is_started_and_played_with() {
    let more = CLIENT.replace("client/1", "client/2");
    let folder = folder(&[("a.kdl", CLIENT), ("b.kdl", &more), ("c.kdl", PING)]);
    let program = cargo_bin!("fake-peer").to_str().unwrap();
    let exec = format!("'{program}' -q sync {{addr}} --network regtest");
    let arguments = [
        "a.kdl",
        "b.kdl",
        "--listen",
        "127.0.0.1:0",
        "--exec",
        &exec,
        "--jobs",
        "2",
    ];
    let text = run(folder.path(), &arguments);
    assert!(text.starts_with("0\npass"), "{text}");
    assert!(text.contains("2 scripts, 2 passed"), "{text}");
}

/// The folder of a client is removed after the client has ended.
#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_client_and_removes_its_folder() {
    use rustix::process::{Pid, Signal, kill_process};
    let folder = folder(&[("a.kdl", CLIENT)]);
    let started = folder.path().join("started");
    let exec = "sh -c 'echo {dir} > part; mv part started; exec sleep 1000'";
    let mut command = Command::new(cargo_bin!("fake-peer"));
    command.args(["run", "a.kdl", "--listen", "127.0.0.1:0", "--timeout", "1h"]);
    command.args(["--exec", exec]).current_dir(folder.path());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    while !started.exists() {
        std::thread::yield_now();
    }
    let dir = fs::read_to_string(&started).unwrap();
    let dir = Path::new(dir.trim());
    assert!(dir.is_dir());
    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!dir.exists(), "{}", dir.display());
}

#[cfg(unix)]
#[test]
fn a_client_that_crashes_fails() {
    let folder = folder(&[("a.kdl", CLIENT)]);
    let exec = "sh -c 'echo about to crash; kill -SEGV $$'";
    let arguments = [
        "a.kdl",
        "--listen",
        "127.0.0.1:0",
        "--exec",
        exec,
        "--seed",
        "1",
    ];
    let text = run(folder.path(), &arguments);
    assert_snapshot!(timeless(&text), @r#"
    1
    FAIL        client/1 (TIME)
      requirement: A client asks for headers
      expected:    a target that keeps working
      found:       the target died: ended by signal 11 (SIGSEGV); last output: about to crash
      ending:      died
      target:      ended by signal 11 (SIGSEGV)
      output:      about to crash
      again:       fake-peer run a.kdl --listen 127.0.0.1:0 --exec "sh -c 'echo about to crash; kill -SEGV "'$$'"'" --seed 1
    1 script, 1 failed, seed 1
    --
    error: 1 script failed
    "#);
}

/// Returns the output about plays in real time.
fn timeless(text: &str) -> String {
    let line = |line: &str| {
        let start = line.trim_start().split_once(' ');
        let time = start.filter(|(word, _)| word.contains('.') && word.parse::<f64>().is_ok());
        let mark = line.split_once(" (").zip(line.split_once("s)"));
        match (time, mark) {
            (Some((_, rest)), _) => format!("  TIME {rest}\n"),
            (_, Some(((head, _), (_, rest)))) => format!("{head} (TIME){rest}\n"),
            _ => format!("{line}\n"),
        }
    };
    text.lines().map(line).collect()
}

#[test]
fn bad_usage() {
    let folder = folder(&[
        ("a.kdl", PING),
        ("bad.kdl", "script bad {\n    handshak\n}\n"),
    ]);
    let refused = |arguments: &[&str]| run(folder.path(), arguments);
    assert_snapshot!(refused(&["a.kdl"]), @"
    2
    --
    error: the following required arguments were not provided:
      <--connect <ADDR>|--spawn <CMD>|--listen <ADDR>|--exec <CMD>|--memory>

    Usage: fake-peer run <--connect <ADDR>|--spawn <CMD>|--listen <ADDR>|--exec <CMD>|--memory> <FILE>...

    For more information, try '--help'.
    ");
    assert_snapshot!(refused(&["a.kdl", "--memory", "--connect", "127.0.0.1"]), @"
    2
    --
    error: the argument '--memory' cannot be used with '--connect <ADDR>'

    Usage: fake-peer run <--connect <ADDR>|--spawn <CMD>|--listen <ADDR>|--exec <CMD>|--memory> <FILE>...

    For more information, try '--help'.
    ");
    assert_snapshot!(refused(&["a.kdl", "--memory", "--exec", "client"]), @"
    2
    --
    error: the argument '--memory' cannot be used with '--exec <CMD>'

    Usage: fake-peer run <--connect <ADDR>|--spawn <CMD>|--listen <ADDR>|--exec <CMD>|--memory> <FILE>...

    For more information, try '--help'.
    ");
    assert_snapshot!(refused(&["a.kdl", "--listen", "127.0.0.1:0", "--exec", "'client"]), @"
    2
    --
    error: invalid value ''client' for '--exec <CMD>': a quote is not closed

    For more information, try '--help'.
    ");
    assert_snapshot!(refused(&["a.kdl", "--listen", "127.0.0.1:0", "--jobs", "2"]), @"
    2
    --
    error: --jobs 2 needs as many clients: say how to start one with --exec
    ");
    assert_snapshot!(refused(&["a.kdl", "--listen", "127.0.0.1:0", "--exec", "no-such-client"]), @"
    3
    --
    error: cannot start no-such-client: No such file or directory (os error 2)
    ");
    assert_snapshot!(refused(&["none.kdl", "--memory"]), @"
    2
    --
    error: none.kdl: No such file or directory (os error 2)
    ");
    assert_snapshot!(refused(&["bad.kdl", "--memory"]), @"
    2
    --
      × `script` needs `network=`
       ╭─[bad.kdl:1:1]
     1 │ script bad {
       · ───┬──
       ·    ╰── missing here
     2 │     handshak
       ╰────
      × unknown verb `handshak`
       ╭─[bad.kdl:2:5]
     1 │ script bad {
     2 │     handshak
       ·     ────┬───
       ·         ╰── not valid in a script
     3 │ }
       ╰────
      help: did you mean `handshake`?
    error: 1 script is invalid
    ");
    fs::create_dir(folder.path().join("empty")).unwrap();
    assert_snapshot!(refused(&["empty", "--memory"]), @"
    2
    --
    error: empty: there are no .kdl files
    ");
}

#[test]
fn a_capture_that_cannot_be_written_is_told_before_anything_is_played() {
    let folder = folder(&[("a.kdl", PING)]);
    let text = run(folder.path(), &["a.kdl", "--memory", "--pcap", "no/a.pcap"]);
    assert_snapshot!(text, @"
    2
    --
    error: cannot save to no/a.pcap: No such file or directory (os error 2)
    ");
}

#[test]
fn what_came_by_stdin_is_played_again_from_there() {
    let folder = folder(&[("a.kdl", WRONG)]);
    let mut command = Command::new(cargo_bin!("fake-peer"));
    command.args(["run", "-", "--memory", "--seed", "1"]);
    command.stdin(fs::File::open(folder.path().join("a.kdl")).unwrap());
    let played = command.output().unwrap();
    assert_eq!(played.status.code(), Some(1));
    let text = String::from_utf8(played.stdout).unwrap();
    let again = text.lines().find(|line| line.contains("again:"));
    assert_snapshot!(again.unwrap_or_default().trim(), @"again:       fake-peer run - --memory --seed 1");
    assert!(text.contains("(stdin:6)"), "{text}");
}

#[test]
fn a_link_to_a_folder_is_not_followed() {
    let folder = folder(&[("a.kdl", PING)]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(".", folder.path().join("loop")).unwrap();
    let text = run(folder.path(), &[".", "--memory", "--seed", "1"]);
    assert!(text.contains("1 script, 1 passed, seed 1"), "{text}");
}

#[test]
fn a_long_conversation_is_shortened() {
    let script = WRONG.replace("send ping nonce=7", "repeat 500 { send ping nonce=7; }");
    let folder = folder(&[("a.kdl", &script)]);
    let short = run(folder.path(), &["a.kdl", "--memory", "--seed", "1"]);
    assert!(short.lines().count() < 250, "{short}");
    assert!(
        short.contains("lines are left out; -v shows them"),
        "{short}"
    );
    let long = run(folder.path(), &["a.kdl", "--memory", "--seed", "1", "-v"]);
    assert!(long.lines().count() > 1_000);
    assert!(!long.contains("left out"));
}
