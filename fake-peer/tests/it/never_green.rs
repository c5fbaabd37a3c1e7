//! Nothing looks like a success that is none: an empty selection, a closed stdout, an unknown id.

use std::fs;
use std::io::pipe;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use insta::assert_snapshot;
use tempfile::TempDir;

const BIN: &str = env!("CARGO_BIN_EXE_fake-peer");

/// The exit code of a command that only prints, if stdout is closed: 128 and SIGPIPE.
const CLOSED: i32 = 141;

fn run(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(BIN).args(args).output().unwrap();
    (code(&output), text(output.stdout), text(output.stderr))
}

fn code(output: &Output) -> i32 {
    let code = output.status.code();
    code.unwrap_or_else(|| panic!("{output:?}"))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// Returns what a bad usage of `check` prints on stderr.
fn error(args: &[&str]) -> String {
    let (code, stdout, stderr) = run(&[&["check"], args].concat());
    assert_eq!((code, &*stdout), (2, ""), "{args:?}: {stderr}");
    stderr
}

#[test]
fn a_selection_of_nothing_is_bad_usage() {
    assert_snapshot!(error(&["pingg/*"]), @"error: no case matches `pingg/*`; did you mean `ping`?");
    assert_snapshot!(
        error(&["ping/pong", "--skip", "ping"]),
        @"error: no case is selected: all 5 cases are left out by the patterns to skip"
    );
    assert_snapshot!(
        error(&["ping/pong/1", "--level", "varies"]),
        @"error: no case is selected: the only case is of another level than varies"
    );
    assert_snapshot!(
        error(&["ping/pong/1", "--partition", "2/2"]),
        @"error: no case is selected: part 2/2 is empty, since there is 1 case to split"
    );
    let empty = TempDir::new().unwrap();
    let folder = empty.path().to_string_lossy();
    assert_snapshot!(
        error(&["--cases", &folder]),
        @"error: no case is selected: there are no cases to select from"
    );
    // The other commands that select cases are as strict.
    for args in [
        &["list", "ping", "--skip", "ping"][..],
        &["check", "--dry-run", "ping", "--skip", "ping"],
        &[
            "check",
            "--dry-run",
            "headers/testnet",
            "--network",
            "regtest",
        ],
    ] {
        let (code, stdout, stderr) = run(args);
        assert_eq!((code, &*stdout), (2, ""), "{args:?}: {stderr}");
    }
}

#[test]
fn a_run_without_a_case_for_the_target_is_bad_usage() {
    assert_snapshot!(error(&["headers/testnet/1", "--network", "regtest"]), @"
    error: the selected case does not apply to this target
    help: 1 case: the case is for testnet3, the target is on regtest
    ");
    let folder = TempDir::new().unwrap();
    let profile = folder.path().join("mine.kdl");
    fs::write(
        &profile,
        r#"profile "mine" { skip "ping" reason="later"; }"#,
    )
    .unwrap();
    let profile = profile.to_string_lossy();
    assert_snapshot!(error(&["ping/pong", "--profile", &profile]), @"
    error: none of the 5 selected cases applies to this target
    help: 5 cases: later
    ");
}

#[test]
fn a_run_that_plays_nothing_is_no_success() {
    let (code, stdout, stderr) = run(&["check", "filters/compact"]);
    assert_eq!(code, 1, "{stdout}");
    assert!(stdout.contains("9 unsupported"), "{stdout}");
    assert_snapshot!(stderr, @"error: no case came to a verdict: 9 unsupported");
    // A case that is played makes the difference.
    let (code, stdout, _) = run(&["check", "filters/compact", "ping/pong/1"]);
    assert_eq!(code, 0, "{stdout}");
}

#[test]
fn a_script_for_another_target_is_no_success() {
    let folder = TempDir::new().unwrap();
    let text =
        "script \"a\" network=regtest {\n    requires services=COMPACT_FILTERS\n    handshake\n}\n";
    let script = path_of(&folder, "a.kdl", text.as_bytes());
    let (code, stdout, stderr) = run(&["run", "--memory", &script]);
    assert_eq!(code, 1, "{stdout}");
    assert_snapshot!(stderr, @"error: no script came to a verdict");
    let other = text.replace("    requires services=COMPACT_FILTERS\n", "");
    let other = path_of(&folder, "b.kdl", other.as_bytes());
    let (code, stdout, _) = run(&["run", "--memory", &script, &other]);
    assert_eq!(code, 0, "{stdout}");
}

#[test]
fn an_unknown_id_in_a_profile_is_shown_with_its_place() {
    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join("mine.kdl"),
        "profile \"mine\" {\n    skip \"ping/pong/1\" \"headers/limt\" reason=\"issue 7\"\n}\n",
    )
    .unwrap();
    let check = || {
        let mut command = Command::new(BIN);
        command.current_dir(&folder).args(["check", "ping"]);
        command
    };
    let output = check().args(["--profile", "mine.kdl"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert_snapshot!(text(output.stderr), @r#"
      × expected a pattern of ids
       ╭─[mine.kdl:2:24]
     1 │ profile "mine" {
     2 │     skip "ping/pong/1" "headers/limt" reason="issue 7"
       ·                        ───────┬──────
       ·                               ╰── no case matches `headers/limt`; did you mean `headers/limit`?
     3 │ }
       ╰────
    error: the profile mine.kdl is invalid
    "#);
    // A case of --cases is known, too, and so is a built-in one.
    let case = "script \"headers/limt/1\" network=regtest {\n    about \"x\"\n    source \"x\"\n    level must\n    handshake\n}\n";
    let cases = folder.path().join("cases/headers/limt");
    fs::create_dir_all(&cases).unwrap();
    fs::write(cases.join("1-x.kdl"), case).unwrap();
    let list = ["check", "--cases", "cases", "--profile", "mine.kdl"];
    let mut command = Command::new(BIN);
    let output = command.current_dir(&folder).args(list).output().unwrap();
    assert_eq!(code(&output), 2);
    let stderr = text(output.stderr);
    assert!(stderr.contains("issue 7"), "{stderr}");
}

/// Runs a command whose stdout is a pipe that nobody reads, and returns its exit code and stderr.
fn with_closed_stdout(args: &[&str]) -> (i32, String) {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut command = Command::new(BIN);
    command.args(args).stdin(Stdio::null()).stdout(writer);
    let output = command.stderr(Stdio::piped()).output().unwrap();
    (code(&output), text(output.stderr))
}

#[test]
fn a_closed_stdout_does_not_change_a_verdict() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, text: &[u8]| path_of(&folder, name, text);
    let script = file(
        "a.kdl",
        b"script \"a\" network=regtest {\n    handshake\n    barrier\n}\n",
    );
    let unformatted = file("b.kdl", b"script \"a\"    network=regtest { handshake; }");
    let genesis = fake_peer::Network::REGTEST.params.genesis.to_bytes();
    let headers = file("headers.bin", &[genesis, genesis].concat());
    let flaw = ["--flaw", "headers-limit-missing"];
    for (args, expected) in [
        (&["check", "ping/pong"][..], 0),
        (&["check", "-v", "ping/pong"], 0),
        (&["check", "headers/limit", flaw[0], flaw[1]], 1),
        (&["check", "-v", "headers/limit", flaw[0], flaw[1]], 1),
        (&["check", "-q", "headers/limit", flaw[0], flaw[1]], 1),
        (&["run", "--memory", &script], 0),
        (&["run", "--memory", "--json", &script], 0),
        (&["script", "check", &script], 0),
        (&["script", "fmt", "--check", &unformatted], 2),
        (&["validate", "--network", "regtest", &headers], 1),
    ] {
        let (open, ..) = run(args);
        let (closed, stderr) = with_closed_stdout(args);
        assert_eq!([open, closed], [expected; 2], "{args:?}: {stderr}");
    }
}

#[test]
fn a_command_that_only_prints_fails_if_stdout_is_closed() {
    let folder = TempDir::new().unwrap();
    let script = path_of(
        &folder,
        "a.kdl",
        b"script \"a\" network=regtest {\n    handshake\n}\n",
    );
    let hex = "f9beb4d976657261636b000000000000000000005df6e0e2";
    let envelope = path_of(&folder, "verack.hex", hex.as_bytes());
    let json = path_of(
        &folder,
        "ping.json",
        br#"{"command":"ping","fields":{"nonce":7}}"#,
    );
    for args in [
        &["list"][..],
        &["list", "--json"],
        &["check", "--dry-run"],
        &["flaws"],
        &["flaws", "--json"],
        &["script", "explain", &script],
        &["decode", &envelope],
        &["decode", "--json", &envelope],
        &["encode", "--hex", &json],
        &["encode", &json],
    ] {
        let mut command = Command::new(BIN);
        let status = command.args(args).stdout(Stdio::null()).status().unwrap();
        assert!(status.success(), "{args:?}");
        let (code, stderr) = with_closed_stdout(args);
        assert_eq!((code, &*stderr), (CLOSED, ""), "{args:?}");
    }
}

/// `2>&1 | head -1`
#[test]
fn a_closed_stderr_is_no_panic() {
    for (args, expected) in [
        (
            &["check", "headers/limit", "--flaw", "headers-limit-missing"][..],
            1,
        ),
        (&["check", "no/such/case"], 2),
        (&["check", "ping/pong/1", "--profile", "no-such-profile"], 2),
    ] {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let mut command = Command::new(BIN);
        command.args(args).stdout(writer.try_clone().unwrap());
        let status = command.stderr(writer).status().unwrap();
        assert_eq!(status.code(), Some(expected), "{args:?}");
    }
}

/// A full disk is no closed pipe: what was printed is not complete.
#[cfg(target_os = "linux")]
#[test]
fn a_stdout_that_cannot_be_written_is_an_error_and_the_reports_are_whole() {
    let folder = TempDir::new().unwrap();
    let json = folder.path().join("run.json");
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(BIN);
    command.args(["check", "ping/pong", "--json"]).arg(&json);
    let output = command.stdout(full).output().unwrap();
    assert_eq!(code(&output), 3);
    let stderr = text(output.stderr);
    assert!(stderr.contains("cannot write to stdout"), "{stderr}");
    let run = fake_peer::check::report::read(&fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(run.summary.all.pass, run.cases.len());
}

fn path_of(folder: &TempDir, name: &str, text: &[u8]) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs the script of the GitHub action, with a program that prints its arguments.
#[cfg(unix)]
fn action(inputs: &[(&str, &str)]) -> (i32, String) {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new("bash");
    command.arg(root().join(".ci/action.sh")).arg("echo");
    command.env("REPORTS", folder.path().join("reports"));
    command.envs(inputs.iter().copied());
    let output = command.output().unwrap();
    (code(&output), text(output.stdout))
}

#[cfg(unix)]
#[test]
fn an_action_needs_one_target() {
    assert_snapshot!(action(&[]).1, @"::error::fake-peer: set exactly one of the inputs connect, spawn and exec; 0 are set");
    // An input that is not given is an empty variable.
    let empty = [("CONNECT", ""), ("SPAWN", ""), ("EXEC", "")];
    assert_eq!(action(&empty).0, 2);
    let two = [("CONNECT", "127.0.0.1:18444"), ("EXEC", "client {addr}")];
    assert_eq!(action(&two).0, 2);
    let strict = [("CONNECT", "127.0.0.1:18444"), ("STRICT", "yes")];
    assert_eq!(action(&strict).0, 2);
    for (input, option) in [
        ("CONNECT", "--connect"),
        ("SPAWN", "--spawn"),
        ("EXEC", "--exec"),
    ] {
        let (code, printed) = action(&[(input, "it"), ("STRICT", "true"), ("CASES", "a b/*")]);
        assert_eq!(code, 0, "{printed}");
        assert!(
            printed.starts_with(&format!("check {option} it --strict")),
            "{printed}"
        );
        assert!(printed.ends_with("-- a b/*\n"), "{printed}");
    }
}

/// Every input of the action is given to its script, which reads it.
#[test]
fn the_action_uses_every_input() {
    let action = fs::read_to_string(root().join("action.yml")).unwrap();
    let script = fs::read_to_string(root().join(".ci/action.sh")).unwrap();
    let (_, inputs) = action.split_once("\ninputs:\n").unwrap();
    let (inputs, _) = inputs.split_once("\n\n").unwrap();
    let names = inputs.lines().filter(|line| !line.starts_with("   "));
    let names: Vec<_> = names
        .map(|line| line.trim().trim_end_matches(':'))
        .collect();
    assert!(names.contains(&"spawn") && names.len() > 10, "{names:?}");
    for name in names {
        let variable = name.to_uppercase();
        let given = format!("{variable}: ${{{{ inputs.{name} }}}}");
        assert!(action.contains(&given), "{given}");
        assert!(
            script.contains(&format!("${{{variable}:-")) || name == "reports",
            "{name}"
        );
    }
}
