//! `fake-peer validate` on files of all kinds: what it prints, and its exit code.

use std::fs;

use assert_cmd::cargo::cargo_bin_cmd;
use fake_peer_fixtures::{MAINNET_FILE, mainnet, raw};

/// The exit code, stdout less its first line, which holds times, and stderr of
/// `fake-peer validate FILE ARGUMENTS` for a file of `bytes`.
fn validate(bytes: &[u8], arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("headers.bin");
    fs::write(&path, bytes).unwrap();
    let mut command = cargo_bin_cmd!("fake-peer");
    command.env_remove("FAKE_PEER_HASH");
    command.arg("validate").arg(&path).args(arguments);
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let after_first = stdout.split_once('\n').map_or("", |(_, rest)| rest);
    let text = format!("{}\n{after_first}{stderr}", output.status.code().unwrap());
    text.replace(path.to_str().unwrap(), "FILE")
}

#[test]
fn a_whole_chain_in_either_form() {
    let arguments = ["--hash", "sha2", "--threads", "2"];
    let compact = validate(MAINNET_FILE, &arguments);
    insta::assert_snapshot!(compact, @"
    0
      tip    000000000002d01c1fccc21636b607dfd930d31d01c3a62104612a1719011250
             at height 99,999, dated 2010-12-29
      work   000000000000000000000000000000000000000000000000064492eaf00f2520
             = 2^58.65 hashes
      hash   sha2, on 2 threads
    ");
    assert_eq!(validate(&raw::encode(mainnet()), &arguments), compact);
}

#[test]
fn numbers_out_of_bounds() {
    let refused = |arguments: &[&str]| {
        let text = validate(&[], arguments);
        text.lines().take(2).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(refused(&["--start", "4294967040"]), @"
    2
    error: invalid value '4294967040' for '--start <HEIGHT>': expected a whole number from 0 to 100000000
    ");
    insta::assert_snapshot!(refused(&["--threads", "0"]), @"
    2
    error: invalid value '0' for '--threads <N>': expected a whole number from 1 to 64
    ");
}

#[test]
fn a_run_from_the_middle() {
    let run = raw::encode(&mainnet()[60_000..61_000]);
    insta::assert_snapshot!(validate(&run, &["--start", "60000", "--hash", "portable", "--threads", "1"]), @"
    0
      tip    000000000c0c2de843ab25e77a45d19e56e2b55e4026cfcac47a641442cd1d97
             at height 60,999, dated 2010-06-15
      work   00000000000000000000000000000000000000000000000000004277ca918c08
             = 2^46.05 hashes
      hash   portable, on 1 thread
      not checked, because this needs headers before the start: the bits of 1, the median time of 10
    ");
    insta::assert_snapshot!(validate(&run, &[]), @"
    2
    error: FILE: does not start with block 0 of mainnet
    help: give the height of its first header with --start
    ");
}

#[test]
fn an_invalid_header_is_named_with_both_values() {
    let mut bytes = raw::encode(&mainnet()[..70_000]);
    bytes[60_000 * 80 + 76] ^= 1;
    insta::assert_snapshot!(validate(&bytes, &[]), @"
    1
    error: header at height 60000 (01948f20b20dd71133ec99aa3e001927e68c709a5a6038dc499a15b109ad438b): proof of work: found hash 01948f20b20dd71133ec99aa3e001927e68c709a5a6038dc499a15b109ad438b, expected at most 000000000f675c00000000000000000000000000000000000000000000000000
    ");
}

#[test]
fn files_that_are_not_headers() {
    let chain = raw::encode(&mainnet()[..60_000]);
    insta::assert_snapshot!(validate(&chain[..chain.len() - 1], &[]), @"
    2
    error: FILE: truncated record at byte 4799920: found 79 bytes, expected 80
    ");
    insta::assert_snapshot!(validate(&[], &[]), @"
    2
    error: FILE: 0 bytes, expected headers of 80 bytes
    ");
    insta::assert_snapshot!(validate(&chain, &["--network", "signet"]), @"
    2
    error: FILE: the headers are for mainnet, expected signet
    ");
    insta::assert_snapshot!(validate(&chain, &["--start", "5"]), @"
    2
    error: FILE: starts at height 0, expected 5
    ");
}

#[test]
fn stdin_is_read_as_well() {
    let mut command = cargo_bin_cmd!("fake-peer");
    let chain = raw::encode(&mainnet()[..3]);
    command
        .args(["validate", "-"])
        .write_stdin(chain)
        .assert()
        .success();
}
