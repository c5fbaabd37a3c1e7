//! `fake-peer shrink`, at the model peer and at processes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use assert_cmd::Command;

const BIN: &str = env!("CARGO_BIN_EXE_fake-peer");

fn shrink(folder: &Path, args: &[&str]) -> assert_cmd::assert::Assert {
    Command::new(BIN)
        .current_dir(folder)
        .arg("shrink")
        .args(args)
        .assert()
}

/// A script like a recording, with three steps in each round. One of the last steps causes the
/// crash.
fn long_script(rounds: u32, guilty: &str) -> String {
    let mut text = "script \"long\" network=regtest {\n    handshake\n".to_owned();
    for round in 1..=rounds {
        let _ = writeln!(text, "    send ping nonce={round}");
        let _ = writeln!(text, "    expect pong nonce={round}");
        text.push_str(if round + 2 == rounds {
            guilty
        } else {
            "    send notfound\n"
        });
    }
    text + "    barrier\n}\n"
}

fn folder_with(script: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("long.kdl"), script).unwrap();
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const GUILTY: &str = "    send version start_height=5\n";

#[test]
fn a_long_script_becomes_what_crashes_the_model_peer() {
    let folder = folder_with(&long_script(66, GUILTY));
    let flaw = "second-version-crashes";
    let args = ["long.kdl", "--until", "crash", "--memory", "--flaw", flaw];
    let done = shrink(folder.path(), &args).success();
    insta::assert_snapshot!(text(&done.get_output().stdout), @r#"
    script "long" network=regtest {
        handshake
        send version
        expect pong
    }
    "#);
    insta::assert_snapshot!(text(&done.get_output().stderr), @"
    from 200 to 3 steps in 36 tries
    found: the model peer crashed (flaw second-version-crashes)
    ");
}

#[test]
fn a_process_is_started_again_for_each_try() {
    let folder = folder_with(&long_script(6, GUILTY));
    let exec =
        format!("{BIN} serve --network regtest --listen {{addr}} --flaw second-version-crashes");
    let args = [
        "long.kdl",
        "--until",
        "exit=134",
        "--exec",
        &exec,
        "-o",
        "small.kdl",
        "--timeout",
        "500ms",
    ];
    let done = shrink(folder.path(), &args).success();
    let stderr = text(&done.get_output().stderr);
    assert!(stderr.starts_with("from 20 to 2 steps"), "{stderr}");
    let small = fs::read_to_string(folder.path().join("small.kdl")).unwrap();
    insta::assert_snapshot!(small, @r#"
    script "long" network=regtest {
        handshake
        send version
    }
    "#);
}

#[test]
fn a_client_that_dials_is_shrunk_at_as_well() {
    let script = "script \"client\" network=regtest {
    handshake
    send ping
    expect getheaders
    send headers { headers { - version=1 prev_block=$zeros.32 merkle_root=$zeros.32 time=1 bits=\"207fffff\" nonce=7; }; }
    send notfound
    disconnect
}
";
    let folder = folder_with(script);
    let exec = format!("{BIN} sync {{addr}} --network regtest");
    let args = [
        "long.kdl",
        "--until",
        "exit=1",
        "--dials",
        "--timeout",
        "500ms",
        "--exec",
        &exec,
    ];
    let done = shrink(folder.path(), &args).success();
    insta::assert_snapshot!(text(&done.get_output().stdout), @r#"
    script "client" network=regtest {
        handshake
        send headers {
            headers {
                - version=1 prev_block=$zeros.32 merkle_root=$zeros.32 time=0 bits="207fffff" nonce=1
            }
        }
    }
    "#);
}

#[test]
fn what_the_target_prints_can_be_the_outcome() {
    let folder = folder_with(&long_script(6, "    send raw \"00112233\"\n"));
    let exec = format!("{BIN} sync {{addr}} --network regtest");
    let args = [
        "long.kdl",
        "--until",
        "stderr=00112233",
        "--dials",
        "--timeout",
        "500ms",
        "--exec",
        &exec,
    ];
    let done = shrink(folder.path(), &args).success();
    insta::assert_snapshot!(text(&done.get_output().stdout), @r#"
    script "long" network=regtest {
        send raw "00112233"
    }
    "#);
}

#[test]
fn what_cannot_be_shrunk_is_reported() {
    let folder = folder_with(&long_script(6, GUILTY));
    let refuse = |args: &[&str], code: i32| {
        let done = shrink(folder.path(), args).code(code);
        assert!(!folder.path().join("small.kdl").exists());
        text(&done.get_output().stderr)
    };
    let file = ["long.kdl", "-o", "small.kdl", "--until"];
    let with = |more: &[&'static str]| [&file, more].concat();
    insta::assert_snapshot!(refuse(&with(&["crash", "--memory"]), 1), @"error: the original script does not lead to the outcome");
    insta::assert_snapshot!(refuse(&with(&["crash", "--exec", "no-such-program-here {port}"]), 3), @"error: cannot start no-such-program-here: No such file or directory (os error 2)");
    insta::assert_snapshot!(refuse(&with(&["boom", "--memory"]), 2), @"
    error: invalid value 'boom' for '--until <OUTCOME>': expected disconnect, crash, exit=STATUS, timeout, unresponsive, fail, weaker, pass or stderr=TEXT

    For more information, try '--help'.
    ");
    let exec = format!("{BIN} validate absent-{{port}}");
    let args = [&file[..], &["crash", "--exec", &exec]].concat();
    let stderr = refuse(&args, 3);
    assert!(
        stderr.contains("exited with status 2 before it accepted a connection at 127.0.0.1:"),
        "{stderr}"
    );
    assert!(stderr.contains("absent"), "{stderr}");
}
