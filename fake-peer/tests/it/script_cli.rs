//! `fake-peer script`, from outside.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use insta::assert_snapshot;

const GOOD: &str = "script good network=regtest {\n    handshake // first\n}\n";

/// Runs `fake-peer script` in a folder: its code, stdout and stderr.
fn run(folder: &Path, args: &[&str], stdin: &str) -> String {
    let mut command = Command::cargo_bin("fake-peer").unwrap();
    let output = command
        .arg("script")
        .args(args)
        .current_dir(folder)
        .write_stdin(stdin)
        .output()
        .unwrap();
    format!(
        "{}\n{}--\n{}",
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap()
    )
}

#[test]
fn check_tells_of_each_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.kdl"), GOOD).unwrap();
    fs::write(
        folder.path().join("bad.kdl"),
        "script bad network=regtest {\n    handshak\n}\n",
    )
    .unwrap();
    assert_snapshot!(run(folder.path(), &["check", "good.kdl"], ""), @"
    0
    good.kdl: ok
    --
    ");
    assert_snapshot!(run(folder.path(), &["check", "bad.kdl", "good.kdl"], ""), @"
    2
    good.kdl: ok
    --
      × unknown verb `handshak`
       ╭─[bad.kdl:2:5]
     1 │ script bad network=regtest {
     2 │     handshak
       ·     ────┬───
       ·         ╰── not valid in a script
     3 │ }
       ╰────
      help: did you mean `handshake`?
    error: 1 script is invalid
    ");
    assert_snapshot!(run(folder.path(), &["check", "none.kdl"], ""), @"
    2
    --
    error: none.kdl: No such file or directory (os error 2)
    ");
    assert_snapshot!(run(folder.path(), &["check", "-"], GOOD), @"
    0
    stdin: ok
    --
    ");
}

#[test]
fn fmt_rewrites_what_is_not_in_the_usual_form() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.kdl");
    fs::write(
        &file,
        "script  good   network=regtest {\n  handshake // first\n\n}\n",
    )
    .unwrap();
    assert_snapshot!(run(folder.path(), &["fmt", "--check", "a.kdl"], ""), @"
    2
    a.kdl: not formatted
    --
    error: 1 script is not formatted
    ");
    assert_snapshot!(run(folder.path(), &["fmt", "a.kdl"], ""), @"
    0
    --
    ");
    assert_eq!(fs::read_to_string(&file).unwrap(), GOOD);
    assert_eq!(
        run(folder.path(), &["fmt", "--check", "a.kdl"], ""),
        "0\n--\n"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_snapshot!(run(folder.path(), &["fmt", "-"], "script x   network=regtest{close}"), @"
    0
    script x network=regtest {
        close
    }
    --
    ");
}

#[test]
fn explain_tells_the_steps_and_the_bytes() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    assert_snapshot!(run(&scripts, &["explain", "headers/link/1-no-parent.kdl"], ""), @"
    0
    headers/link/1 (regtest)
    The target rejects a batch whose third header does not connect to the second
    Source: reference: CheckHeadersAreContinuous
    Chain main: 5 mined headers on block 0, from seed 0; the header at 3 has a link to no header.

    1. Shake hands.
    2. The target sends getheaders.
    3. Send headers with 1 to 5 of the chain main (430 bytes).
    4. Send inv (61 bytes).
    5. One of these happens:
       5.1. pass: The target ends the connection.
       5.2. weaker: The target answers a ping of ours. (stays connected but does not follow the chain)
       5.3. fail: The target sends getheaders where locator has $main.5. (follows the chain)
    --
    ");
    assert_snapshot!(run(&scripts, &["explain", "resources/announced/1-within-the-limit.kdl"], ""), @"
    0
    resources/announced/1 (regtest)
    The target allocates nothing for a length of 4,000,000 bytes that many connections announce without a payload
    Source: CVE-2015-3641, Bitcoin Core before 0.10.2
    Source: Floresta #880 (2026)
    For a target that listens, that accepts fifty connections from one address.

    1. On the connection flood:
       1.1. Open 50 connections under this name.
       1.2. Shake hands.
       1.3. Send junk (24 bytes).
          lie: the length is 4000000
          only the first 24 bytes
    2. On the connection canary:
       2.1. Shake hands.
       2.2. The target answers a ping of ours.
    --
    ");
    assert_snapshot!(run(&scripts, &["explain", "headers/encoding/2-count-in-three.kdl"], ""), @"
    0
    headers/encoding/2 (regtest)
    The target treats a count of 1 in three bytes as malformed and does not accept the header after it
    Source: reference: ReadCompactSize, non-canonical
    Source: Bitcoin Core #2884, btcd #507, btclib #135, teranode #1490
    Chain main: 1 mined headers on block 0, from seed 0.

    1. Shake hands.
    2. The target sends getheaders.
    3. Send headers with 1 of the chain main (108 bytes).
       lie: headers.count takes 3 bytes
    4. Send inv (61 bytes).
    5. One of these happens:
       5.1. pass: The target ends the connection.
       5.2. pass: The target answers a ping of ours. (drops the message)
       5.3. fail: The target sends getheaders where locator has $main.1. (follows the chain)
       5.4. fail: The target sends getdata where inventory has $main.1. (requests its block)
    --
    ");
}
