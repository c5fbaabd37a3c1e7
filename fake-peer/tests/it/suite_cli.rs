//! `list` and `matrix`, as a user sees them.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use fake_peer::check::result::{FORMAT, Target};
use fake_peer::check::{Case, CaseResult, Run, Summary, Verdict, report};
use fake_peer::script::model::Role;
use insta::assert_snapshot;
use tempfile::TempDir;

fn case(id: &str, about: &str) -> String {
    format!(
        "script \"{id}\" network=regtest {{\n    about \"{about}\"\n    source \"BIP31\"\n    level must\n    handshake\n}}\n"
    )
}

/// A catalogue of two cases.
fn catalogue() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (number, about) in [(2, "the second"), (10, "the tenth")] {
        let path = folder.path().join(format!("ping/pong/{number}-slug.kdl"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, case(&format!("ping/pong/{number}"), about)).unwrap();
    }
    folder
}

fn run(args: &[&str], paths: &[&Path]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("fake-peer").unwrap();
    let output = command.args(args).args(paths).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

#[test]
fn list_shows_the_cases_in_order() {
    let cases = catalogue();
    let (code, stdout, stderr) = run(&["list", "--cases"], &[cases.path()]);
    assert_eq!((code, &*stderr), (0, ""));
    assert_snapshot!(stdout, @"
    ping/pong/2   must       the second
    ping/pong/10  must       the tenth
    2 cases: 2 must
    ");
}

#[test]
fn list_gives_json() {
    let cases = catalogue();
    let (_, stdout, _) = run(
        &["list", "--json", "ping/pong/2", "--cases"],
        &[cases.path()],
    );
    assert_snapshot!(stdout, @r#"{"id":"ping/pong/2","level":"must","about":"the second","sources":["BIP31"],"requires":{"role":null,"services":"","protocol":null,"facts":[],"without_facts":[]},"path":"ping/pong/2-slug.kdl"}"#);
}

#[test]
fn a_pattern_for_nothing_is_bad_usage() {
    let cases = catalogue();
    let (code, _, stderr) = run(&["list", "pong", "--cases"], &[cases.path()]);
    assert_eq!(code, 2);
    assert_snapshot!(stderr, @"error: no case matches `pong`; did you mean `ping`?");
}

/// The result of a run, in a file.
fn write_run(folder: &Path, name: &str, verdicts: [Verdict; 2]) -> std::path::PathBuf {
    let cases = [(2, verdicts[0]), (10, verdicts[1])].map(|(number, verdict)| {
        let id = format!("ping/pong/{number}");
        let case_file = Case::new(&format!("{id}.kdl"), &case(&id, "a ping")).unwrap();
        CaseResult {
            verdict,
            ..CaseResult::skipped(case_file.script(), "")
        }
    });
    let run = Run {
        format: FORMAT,
        version: "0.1.0".to_owned(),
        target: Target {
            name: name.to_owned(),
            role: Role::Listens,
            seen: None,
            portrait: None,
            profile: None,
        },
        network: fake_peer::Network::REGTEST.name,
        seed: u64::MAX,
        started: 0,
        elapsed: std::time::Duration::ZERO,
        summary: Summary::of(&cases),
        cases: cases.into(),
    };
    let path = folder.join(format!("{name}.json"));
    fs::write(&path, report::json(&run).unwrap()).unwrap();
    path
}

#[test]
fn matrix_shows_runs_side_by_side() {
    let folder = TempDir::new().unwrap();
    let one = write_run(folder.path(), "core", [Verdict::Pass, Verdict::Pass]);
    let other = write_run(folder.path(), "btcd", [Verdict::Pass, Verdict::Fail]);
    let (code, stdout, _) = run(&["matrix"], &[&one, &other]);
    assert_eq!(code, 0);
    assert_snapshot!(stdout, @"
                  core         btcd
    ping/pong/2   pass         pass
    ping/pong/10  pass         fail         ≠
    ");
}

#[test]
fn matrix_writes_a_page() {
    let folder = TempDir::new().unwrap();
    let one = write_run(folder.path(), "core", [Verdict::Pass, Verdict::Pass]);
    let page = folder.path().join("matrix.html");
    let (code, ..) = run(&["matrix", "-o"], &[&page, &one]);
    assert_eq!(code, 0);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("ping/pong/10"));
}

#[test]
fn matrix_tells_a_file_that_is_no_run() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("later.json");
    fs::write(&path, r#"{"format": 9}"#).unwrap();
    let (code, _, stderr) = run(&["matrix"], &[&path]);
    assert_eq!(code, 2);
    assert!(stderr.contains("later.json: the file is of format 9; this version reads format 3"));
}
