//! `fake-peer check`, as a user sees it.

use std::fs;

use assert_cmd::Command;
use fake_peer::check::report;
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

#[test]
fn a_target_that_is_not_there_is_3() {
    let (code, stdout, _) = check(&[
        "ping/pong/1",
        "--connect",
        "127.0.0.1:1",
        "--timeout",
        "1ms",
    ]);
    assert_eq!(code, 3, "{stdout}");
    assert!(stdout.contains("cannot connect to the target"), "{stdout}");
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
