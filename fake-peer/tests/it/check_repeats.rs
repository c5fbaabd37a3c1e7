//! Failed cases are repeated on a fresh target, and a verdict that changes is named flaky.

#![cfg(unix)]

use std::fs;
use std::process::Command;

use fake_peer::check::{Run, Verdict, report};
use tempfile::TempDir;

const BIN: &str = env!("CARGO_BIN_EXE_fake-peer");

/// A node that is started by a script. It has the flaw in its first `flawed` starts.
struct Node {
    folder: TempDir,
}

impl Node {
    fn new(flawed: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().display().to_string();
        let script = format!(
            "echo start >> '{path}/starts'\n\
             flaw='--flaw checksum-disconnects'\n\
             [ $(wc -l < '{path}/starts') -gt {flawed} ] && flaw=\n\
             exec '{BIN}' serve --network regtest --listen 127.0.0.1:$1 $flaw\n"
        );
        fs::write(folder.path().join("node.sh"), script).unwrap();
        Self { folder }
    }

    /// Checks one case with these options, and returns the exit code, stdout, the run and the number
    /// of starts.
    fn check(&self, options: &[&str]) -> (i32, String, Run, usize) {
        let path = |name: &str| self.folder.path().join(name);
        let node = path("node.sh").display().to_string();
        let mut command = Command::new(BIN);
        command.args(["check", "envelope/checksum/7"]);
        command.args(["--spawn", &format!("sh '{node}' {{p2p}}")]);
        command.arg("--json").arg(path("run.json"));
        command.arg("--junit").arg(path("run.xml"));
        let output = command.args(options).output().unwrap();
        let code = output.status.code().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let run = report::read(&fs::read_to_string(path("run.json")).unwrap()).unwrap();
        let starts = fs::read_to_string(path("starts")).unwrap();
        (code, stdout, run, starts.lines().count())
    }
}

#[test]
fn a_verdict_that_changes_is_flaky_and_still_a_failure() {
    let node = Node::new(1);
    let (code, stdout, run, starts) = node.check(&[]);
    assert_eq!((code, starts), (1, 2), "{stdout}");
    let case = &run.cases[0];
    assert_eq!(case.verdict, Verdict::Fail);
    assert_eq!(case.flaky, [Verdict::Fail, Verdict::Pass]);
    assert_eq!((run.summary.flaky, run.summary.all.fail), (1, 1));
    assert!(
        stdout.contains("envelope/checksum/7 fail, then pass"),
        "{stdout}"
    );
    let junit = fs::read_to_string(node.folder.path().join("run.xml")).unwrap();
    assert!(junit.contains("<flakyFailure"), "{junit}");
}

#[test]
fn a_failure_that_stays_is_not_flaky() {
    for (retries, starts) in [("0", 1), ("1", 2), ("2", 3)] {
        let (code, stdout, run, started) = Node::new(9).check(&["--retries", retries]);
        assert_eq!((code, started), (1, starts), "{stdout}");
        assert!(!run.cases[0].is_flaky(), "{stdout}");
        assert_eq!(run.summary.flaky, 0);
    }
    // The third play is the first that passes.
    let (code, _, run, _) = Node::new(2).check(&["--retries", "2"]);
    let fails = [Verdict::Fail, Verdict::Fail, Verdict::Pass];
    assert_eq!((code, &*run.cases[0].flaky), (1, &fails[..]));
}

#[test]
fn a_profile_excuses_a_flaky_case_and_no_other() {
    let folder = TempDir::new().unwrap();
    let profile = folder.path().join("mine.kdl");
    let rule = r#"profile "mine" { expect flaky "envelope/checksum/7" reason="issue 7"; }"#;
    fs::write(&profile, rule).unwrap();
    let profile = ["--profile", &*profile.to_string_lossy()];
    for (flawed, expected) in [(0, 0), (1, 0), (9, 1)] {
        let (code, stdout, ..) = Node::new(flawed).check(&profile);
        assert_eq!(code, expected, "{stdout}");
    }
}
