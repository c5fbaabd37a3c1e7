//! The reports of `fake-peer check`: when they are written, and where.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use fake_peer::check::{Run, report};
use insta::assert_snapshot;
use tempfile::TempDir;

const BIN: &str = env!("CARGO_BIN_EXE_fake-peer");

fn check(args: &[&str]) -> Output {
    let mut command = Command::new(BIN);
    command.arg("check").args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn read(path: &Path) -> Run {
    report::read(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A report on stdout is alone there, and the results are on stderr.
#[test]
fn a_report_may_be_written_to_stdout() {
    let mut paths = vec!["-"];
    if cfg!(target_os = "linux") {
        paths.push("/dev/stdout");
    }
    for path in paths {
        let output = check(&["ping/pong/1", "--json", path]);
        assert!(output.status.success(), "{output:?}");
        let run = report::read(&text(&output.stdout)).unwrap();
        assert_eq!(run.cases[0].id, "ping/pong/1");
        let stderr = text(&output.stderr);
        assert!(stderr.contains("the model peer"), "{stderr}");
    }
}

#[test]
fn a_report_that_cannot_be_written_is_an_error_before_the_run() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_string_lossy();
    let missing = format!("{path}/no/such/report.json");
    for (option, path, reason) in [
        ("--json", &*path, "it is a folder"),
        ("--tap", &missing, "No such file or directory"),
    ] {
        // Nothing listens there, so a run would end with 3.
        let output = check(&["ping", "--connect", "127.0.0.1:1", option, path]);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(output.stdout.is_empty());
        assert!(!cfg!(unix) || stderr.contains(reason), "{stderr}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[cfg(unix)]
mod interrupted {
    use std::net::TcpListener;
    use std::process::Stdio;

    use rustix::process::{Pid, Signal, kill_process};

    use super::*;

    /// Starts a run that never ends, and sends it a signal. While it runs, the report of the last run
    /// is there; afterwards, that of this one.
    fn interrupt(signal: Signal) -> (i32, String, Run) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("run.json");
        fs::write(&path, "of the last run").unwrap();
        // Connections are taken and never answered.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mut command = Command::new(BIN);
        command.args([
            "check",
            "ping/pong",
            "--timeout",
            "1h",
            "--connect",
            &address,
        ]);
        command.arg("--json").arg(&path);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let connection = listener.accept().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "of the last run");
        let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        let output = child.wait_with_output().unwrap();
        drop(connection);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        let code = output.status.code().unwrap();
        (code, text(&output.stderr), read(&path))
    }

    #[test]
    fn an_interrupt_writes_what_there_is() {
        for signal in [Signal::INT, Signal::TERM] {
            let (code, stderr, run) = interrupt(signal);
            assert_eq!(code, 130);
            assert_eq!(stderr, "error: interrupted\n");
            let notes = run.cases.iter().map(|case| case.note.as_deref());
            assert!(run.cases.len() > 1);
            assert!(
                notes
                    .clone()
                    .all(|note| note == Some("the run was stopped before"))
            );
        }
    }
}

/// The ids and verdicts of a run, and the notes on those that were not played.
fn verdicts(run: &Run) -> String {
    let lines = run.cases.iter().map(|case| {
        let note = case.note.as_deref().filter(|_| case.transcript.is_empty());
        format!(
            "{} {} {}",
            case.id,
            case.verdict.name(),
            note.unwrap_or_default()
        )
    });
    let lines: Vec<_> = lines.map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

#[test]
fn no_case_is_started_after_too_many_failures() {
    let folder = TempDir::new().unwrap();
    let json = folder.path().join("run.json");
    let json = json.to_string_lossy();
    let run = |limit: &[&str]| {
        let flaw = [
            "getdata/notfound",
            "--flaw",
            "notfound-missing",
            "--jobs",
            "1",
        ];
        let output = check(&[&flaw, limit, &["--json", &json]].concat());
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        read(Path::new(&*json))
    };
    assert_snapshot!(verdicts(&run(&[])), @"
    getdata/notfound/1 fail
    getdata/notfound/2 fail
    getdata/notfound/3 fail
    getdata/notfound/4 fail
    getdata/notfound/5 varies
    getdata/notfound/6 fail
    getdata/notfound/7 varies
    ");
    assert_snapshot!(verdicts(&run(&["--fail-fast"])), @"
    getdata/notfound/1 fail
    getdata/notfound/2 skipped the run was stopped after the first failure
    getdata/notfound/3 skipped the run was stopped after the first failure
    getdata/notfound/4 skipped the run was stopped after the first failure
    getdata/notfound/5 skipped the run was stopped after the first failure
    getdata/notfound/6 skipped the run was stopped after the first failure
    getdata/notfound/7 skipped the run was stopped after the first failure
    ");
    assert_snapshot!(verdicts(&run(&["--max-fail", "2"])), @"
    getdata/notfound/1 fail
    getdata/notfound/2 fail
    getdata/notfound/3 skipped the run was stopped after 2 failures
    getdata/notfound/4 skipped the run was stopped after 2 failures
    getdata/notfound/5 skipped the run was stopped after 2 failures
    getdata/notfound/6 skipped the run was stopped after 2 failures
    getdata/notfound/7 skipped the run was stopped after 2 failures
    ");
    // An expected failure is none.
    let profile = folder.path().join("mine.kdl");
    let rule = r#"profile "mine" { expect fail "getdata/notfound/1" reason="issue 7"; }"#;
    fs::write(&profile, rule).unwrap();
    let profile = profile.to_string_lossy();
    let run = run(&["--fail-fast", "--profile", &profile]);
    assert_snapshot!(verdicts(&run), @"
    getdata/notfound/1 fail
    getdata/notfound/2 fail
    getdata/notfound/3 skipped the run was stopped after the first failure
    getdata/notfound/4 skipped the run was stopped after the first failure
    getdata/notfound/5 skipped the run was stopped after the first failure
    getdata/notfound/6 skipped the run was stopped after the first failure
    getdata/notfound/7 skipped the run was stopped after the first failure
    ");
}
