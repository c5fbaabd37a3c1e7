//! Every command describes the same event in the same words.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tempfile::TempDir;

use crate::tiny_node;

/// An event, and the steps and the target that cause it.
struct Event {
    name: &'static str,
    steps: &'static str,
    /// The outcome for `shrink --until`.
    until: &'static str,
    target: Target,
}

enum Target {
    /// The tiny node, in a process of its own.
    Spawned,
    /// The model peer in memory with this flaw.
    Memory(&'static str),
}

const EVENTS: &[Event] = &[
    spawned("pass", "handshake; barrier", "pass"),
    spawned(
        "weaker",
        "handshake; expect-one-of { pass { disconnect; }; weaker \"stays\" { barrier; }; }",
        "weaker",
    ),
    spawned(
        "timed out",
        "handshake; expect getdata within=\"200ms\"",
        "timeout",
    ),
    spawned(
        "unresponsive",
        "handshake; send filterclear; barrier within=\"200ms\"",
        "unresponsive",
    ),
    spawned("closed", "handshake; send getaddr; barrier", "disconnect"),
    spawned("reset", "handshake; send mempool; barrier", "disconnect"),
    spawned(
        "forbidden message",
        "handshake; forbid pong; barrier",
        "fail",
    ),
    spawned(
        "wrong field",
        "handshake; send ping nonce=7; expect pong nonce=8 within=\"200ms\"",
        "fail",
    ),
    spawned(
        "forbidden outcome",
        "handshake; expect-one-of { pass { disconnect; }; fail \"stays\" { barrier; }; }",
        "fail",
    ),
    spawned(
        "crash of a process",
        "handshake; send sendheaders; barrier",
        "exit=101",
    ),
    Event {
        name: "crash in memory",
        steps: "handshake; send version; barrier",
        until: "crash",
        target: Target::Memory("second-version-crashes"),
    },
];

const fn spawned(name: &'static str, steps: &'static str, until: &'static str) -> Event {
    Event {
        name,
        steps,
        until,
        target: Target::Spawned,
    }
}

impl Event {
    /// The script as a case.
    fn script(&self) -> String {
        format!(
            "script \"area/topic/1\" network=regtest {{\n    about \"A requirement\"\n    \
             source \"BIP31\"\n    level must\n    {}\n}}\n",
            self.steps
        )
    }

    /// The options that select the target; in memory, `memory` is one of them.
    fn target(&self, memory: &[&str]) -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match self.target {
            Target::Spawned => vec!["--spawn".to_owned(), tiny_node::command()],
            Target::Memory(flaw) => words(&[memory, &["--flaw", flaw]].concat()),
        }
    }
}

/// Creates a folder with one case.
fn folder(script: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("area/topic/1-event.kdl");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, script).unwrap();
    folder
}

const CASE: &str = "area/topic/1-event.kdl";

/// Returns the stdout and stderr of a command.
fn printed(folder: &Path, args: &[&str], target: &[String]) -> (String, String) {
    let mut command = Command::new(cargo_bin!("fake-peer"));
    let output = command.args(args).args(target).current_dir(folder).output();
    let output = output.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// Returns how a command describes an event.
#[derive(Debug, PartialEq)]
struct Said {
    verdict: String,
    ending: Option<String>,
    expected: Option<String>,
    found: Option<String>,
    note: Option<String>,
}

impl Said {
    fn read(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().map(timeless);
        Self {
            verdict: text("verdict").unwrap(),
            ending: text("ending"),
            expected: text("expected"),
            found: text("found"),
            note: text("note"),
        }
    }

    fn of_run(folder: &Path, target: &[String]) -> Self {
        let args = ["run", CASE, "--timeout", "2s", "--json"];
        let (stdout, stderr) = printed(folder, &args, target);
        let document: Value = serde_json::from_str(&stdout).expect(&stderr);
        Self::read(&document["outcome"])
    }

    fn of_check(folder: &Path, target: &[String]) -> Self {
        let args = [
            "check",
            "--cases",
            ".",
            "--timeout",
            "2s",
            "--json",
            "a.json",
            "--junit",
            "a.xml",
            "--tap",
            "a.tap",
            "--html",
            "a.html",
        ];
        let (stdout, stderr) = printed(folder, &args, target);
        let text = fs::read_to_string(folder.join("a.json")).expect(&stderr);
        let run: Value = serde_json::from_str(&text).unwrap();
        let case = &run["cases"][0];
        if let Some(found) = case["found"].as_str() {
            let stdout = words(&stdout);
            assert!(stdout.contains(&words(found)), "{stdout}");
            for report in ["a.xml", "a.tap", "a.html"] {
                let report = fs::read_to_string(folder.join(report)).unwrap();
                assert!(report.contains(found), "{found}: {report}");
            }
        }
        Self::read(case)
    }
}

/// Removes line breaks.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Removes durations, which differ between runs.
fn timeless(text: &str) -> String {
    let mut words = Vec::new();
    for word in text.split(' ') {
        let number = words
            .last()
            .is_some_and(|last: &&str| last.parse::<f64>().is_ok());
        if number && ["ms", "ms;", "s", "s;"].contains(&word) {
            words.pop();
            words.push("TIME");
        } else {
            words.push(word);
        }
    }
    words.join(" ")
}

#[test]
fn every_command_says_the_same_of_the_same_event() {
    let mut lines = String::new();
    for event in EVENTS {
        let folder = folder(&event.script());
        let folder = folder.path();
        let said = Said::of_run(folder, &event.target(&["--memory"]));
        assert_eq!(
            said,
            Said::of_check(folder, &event.target(&[])),
            "{}",
            event.name
        );

        let args = ["run", CASE, "--timeout", "2s"];
        let (stdout, _) = printed(folder, &args, &event.target(&["--memory"]));
        let args = [
            "shrink",
            CASE,
            "--timeout",
            "2s",
            "--tries",
            "1",
            "--until",
            event.until,
        ];
        let (_, stderr) = printed(folder, &args, &event.target(&["--memory"]));
        if let Some(found) = &said.found {
            let line = |text: &str| {
                let line = text
                    .lines()
                    .find_map(|line| line.trim().strip_prefix("found:"));
                timeless(line.unwrap_or_default().trim())
            };
            assert_eq!(line(&stdout), *found, "{stdout}");
            assert_eq!(line(&stderr), *found, "{stderr}");
        }
        let Said {
            verdict,
            ending,
            expected,
            found,
            note,
        } = said;
        let or_none = Option::unwrap_or_default;
        writeln!(lines, "{}: {verdict}, {}", event.name, or_none(ending)).unwrap();
        for (name, text) in [("expected", expected), ("found", found), ("note", note)] {
            if let Some(text) = text {
                writeln!(lines, "  {name} {text}").unwrap();
            }
        }
    }
    insta::assert_snapshot!(lines, @r#"
    pass: pass, open
    weaker: weaker, open
      note stays
    timed out: fail, open
      expected expect getdata within="200ms"
      found timed out after TIME waiting for `getdata`; received: nothing
    unresponsive: fail, unresponsive
      expected barrier within="200ms"
      found unresponsive: no answer to our ping in TIME received: nothing
    closed: fail, closed
      expected barrier
      found the target closed the connection (FIN)
    reset: fail, reset
      expected barrier
      found the target reset the connection (RST)
    forbidden message: fail, open
      expected no `pong`
      found the target sent `pong`
    wrong field: fail, open
      expected expect pong nonce=8 within="200ms"
      found timed out after TIME waiting for `pong`; received: pong
    forbidden outcome: fail, open
      expected anything but `barrier`
      found the target did what it must not: stays
    crash of a process: fail, died
      expected barrier
      found the target died: exited with status 101; last output: tiny node: no headers to send
    crash in memory: fail, died
      expected barrier
      found the model peer crashed (flaw second-version-crashes)
    "#);
}

#[test]
fn a_target_that_accepts_no_connection_is_an_error_in_the_same_words() {
    let folder = folder(&EVENTS[0].script());
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let target = ["--connect".to_owned(), address];
    let run = Said::of_run(folder.path(), &target);
    let words = "cannot connect to the target";
    assert_eq!((&*run.verdict, run.note.as_deref()), ("error", Some(words)));
    let args = ["check", "--cases", ".", "--timeout", "10ms"];
    let (stdout, stderr) = printed(folder.path(), &args, &target);
    assert_eq!(stdout, "");
    assert!(stderr.contains(words), "{stderr}");
}

/// Another reason to fail the same step is not the same finding.
#[test]
fn shrink_keeps_the_step_that_failed_and_why() {
    for (until, steps) in [
        (
            "fail",
            "handshake; send ping nonce=1; expect pong; send notfound; \
             send addrv2 { addresses { - time=1 services=NETWORK network=I2P address=$zeros.32 port=0; }; }; barrier",
        ),
        (
            "disconnect",
            "handshake; send ping nonce=1; expect pong; send notfound; \
             send addrv2 { addresses { - time=1 services=NETWORK network=I2P address=$zeros.32 port=0; }; }; barrier",
        ),
        (
            "timeout",
            "send version; expect version; expect verack; send verack; send notfound; \
             send getcfheaders; send ping nonce=7; expect pong",
        ),
    ] {
        let script = format!("script \"area/topic/1\" network=regtest {{ {steps}; }}");
        let folder = folder(&script);
        let spawn = tiny_node::command();
        let args = [
            "shrink",
            CASE,
            "--until",
            until,
            "--timeout",
            "300ms",
            "--spawn",
            &spawn,
        ];
        let (stdout, stderr) = printed(folder.path(), &args, &[]);
        let stderr: Vec<_> = stderr.lines().map(timeless).collect();
        insta::assert_snapshot!(until, format!("{stdout}--\n{}", stderr.join("\n")));
    }
}

/// Every command that starts a target removes the folders that it made for it.
#[cfg(unix)]
#[test]
fn the_folder_of_a_client_is_removed() {
    let folder = folder(&EVENTS[0].script());
    let exec = format!(
        "sh -c 'touch {{dir}}/file; echo {{dir}} >> {}'",
        folder.path().join("dirs").display()
    );
    let exec = ["--exec".to_owned(), exec];
    let timeout = ["--timeout", "300ms"];
    printed(
        folder.path(),
        &[&["run", CASE], &timeout[..]].concat(),
        &exec,
    );
    printed(
        folder.path(),
        &[&["check", "--cases", "."], &timeout[..]].concat(),
        &exec,
    );
    let until = ["--dials", "--until", "timeout", "--tries", "1"];
    printed(
        folder.path(),
        &[&["shrink", CASE], &until[..], &timeout].concat(),
        &exec,
    );
    let dirs = fs::read_to_string(folder.path().join("dirs")).unwrap();
    // `check` plays no case, since the client does not connect.
    assert_eq!(dirs.lines().count(), 3, "{dirs}");
    for dir in dirs.lines() {
        assert!(!Path::new(dir).exists(), "{dir}");
    }
}
