//! `fake-peer decode` and `fake-peer encode`: what they print, and their exit codes.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin_cmd;
use tempfile::TempDir;

/// Runs `fake-peer ARGUMENTS` in the folder of the captures.
fn run(arguments: &[&str], input: &[u8]) -> std::process::Output {
    let mut command = cargo_bin_cmd!("fake-peer");
    command
        .current_dir(captures())
        .args(arguments)
        .write_stdin(input);
    command.output().unwrap()
}

/// Returns what the user sees: stdout, stderr, and the exit code unless it is 0.
fn shown(arguments: &[&str], input: impl AsRef<[u8]>) -> String {
    let output = run(arguments, input.as_ref());
    let mut text = String::from_utf8(output.stdout).unwrap();
    text.push_str(std::str::from_utf8(&output.stderr).unwrap());
    match output.status.code() {
        Some(0) => {}
        code => text.extend(["exit code ", &code.unwrap().to_string(), "\n"]),
    }
    text
}

fn captures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures")
}

/// Returns the first and the last lines.
fn ends(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.len() - count;
    [&lines[..count], &["..."], &lines[last..]]
        .concat()
        .join("\n")
}

/// Returns the block between ```` ```NAME ```` and ```` ``` ```` in the document about JSON.
fn example(name: &str) -> String {
    let page = include_str!("../../docs/json.md");
    let start = format!("```{name}\n");
    let (_, rest) = page.split_once(&start).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn a_capture_of_bitcoin_core() {
    let lines = shown(&["decode", "core31-regtest-sent.dat"], "");
    assert_eq!(lines.lines().count(), 34);
    insta::assert_snapshot!(ends(&lines, 10), @r#"
           0  2026-11-22T15:51:41.901156Z    version          102  version=70016 services="NETWORK | BLOOM | WITNESS | COMPACT_FILT…" timestamp=1795362701 receiver={services="" ip=:: port=0} sender={services="NETWORK | BLOOM | WITNESS | COMPACT_FILT…" ip=:: port=0} nonce=3542880803367241052 user_agent=/Satoshi:31.0.0/ …
         126  2026-11-22T15:51:41.901926Z    wtxidrelay         0
         150  2026-11-22T15:51:41.902084Z    sendaddrv2         0
         174  2026-11-22T15:51:41.902233Z    sendtxrcncl       12  version=1 salt=6865526619066935585
         210  2026-11-22T15:51:41.902348Z    verack             0
         234  2026-11-22T15:51:42.445670Z    sendcmpct          9  announce=false version=2
         267  2026-11-22T15:51:42.445740Z    ping               8  nonce=4442165077782511428
         299  2026-11-22T15:51:42.445794Z    getheaders       613  version=70016 locator=[18: 646bad6f…d5b0ae1c … 0f9188f1…466e2206] stop=00000000…00000000
         936  2026-11-22T15:51:42.445875Z    feefilter          8  fee_rate=100
         968  2026-11-22T15:51:44.076309Z    headers         8911  headers=[110: {version=536870912 prev_block=0f9188f1…466e2206 merkle_root=b922b18c…dd4403f9 …} … {version=536870912 prev_block=646bad6f…d5b0ae1c merkle_root=5109dd08…723b24c0 …}]
    ...
       15288  2026-11-22T15:51:54.639434Z    cfilter           38  filter_type=BASIC block_hash=7b364399…5567aadf filter=018c9be0
       15350  2026-11-22T15:51:54.639504Z    cfilter           38  filter_type=BASIC block_hash=6f93926e…e4f2a166 filter=0181ca08
       15412  2026-11-22T15:51:55.140632Z    cfheaders       1666  filter_type=BASIC stop_hash=4a5dd9d8…517ee13a previous_filter_header=485e301e…66dc5a2b filter_hashes=[50: 5129b3b8…6fe3811d … f77883b2…58d3aeb4]
       17102  2026-11-22T15:51:55.641834Z    cfcheckpt         34  filter_type=BASIC stop_hash=3363b999…801aa190 filter_headers=[]
       17160  2026-11-22T15:51:56.143126Z    addrv2           507  addresses=[22: {time=1795362701 services="NETWORK | WITNESS" network=IPV4 address=4f195e96 …} … {time=1795362701 services="NETWORK | WITNESS" network=IPV4 address=41c75178 …}]
       17691  2026-11-22T15:51:57.650363Z    cmpctblock       244  header={version=536870912 prev_block=3363b999…801aa190 merkle_root=70aac74b…080e0140 time=1795362721 bits=207fffff nonce=3} nonce=9374372821661428530 short_ids=[0af262c96523] prefilled=[{skipped=0 transaction={version=2 inputs=[{previous_output={ …} …}] …}}]
       17959  2026-11-22T15:51:59.159552Z    cmpctblock       244  header={version=536870912 prev_block=3363b999…801aa190 merkle_root=70aac74b…080e0140 time=1795362721 bits=207fffff nonce=3} nonce=9374372821661428530 short_ids=[0af262c96523] prefilled=[{skipped=0 transaction={version=2 inputs=[{previous_output={ …} …}] …}}]
       18227  2026-11-22T15:52:00.161266Z    blocktxn         252  block_hash=3e96e809…0b0f85ea transactions=[2: {version=2 inputs=[{previous_output={txid=00000000…00000000 vout=4294967295} …}] …}, {version=2 inputs=[{previous_output={txid=b922b18c…dd4403f9 vout=0} …}] …}]
       18503  2026-11-22T15:52:01.163072Z    blocktxn         180  block_hash=3e96e809…0b0f85ea transactions=[{version=2 inputs=[{previous_output={txid=00000000…00000000 vout=4294967295} …}] …}]
       18707  2026-11-22T15:52:02.205647Z    pong               8  nonce=578437695752307201
    "#);
}

/// A field of one byte takes a hundred bytes as a line, and even more in memory.
#[test]
fn the_tree_of_a_large_payload_is_bounded() {
    let items = vec![0; 1_000_000];
    let parts: [&[u8]; 6] = [
        &[2, 0, 0, 0, 0, 1, 1],      // version, marker, flag, one input
        &[0; 36],                    // of no transaction
        &[0, 0, 0, 0, 0, 0],         // script, sequence, no outputs
        &[0xfe, 0x40, 0x42, 0xf, 0], // a million witness items, all empty
        &items,
        &[0; 4], // lock time
    ];
    let tree = shown(&["decode", "-v", "--command", "tx"], parts.concat());
    assert!(tree.lines().count() < 21_000);
    insta::assert_snapshot!(tree.lines().last().unwrap(), @"      6715                                     … more fields, up to byte 1000058");
}

#[test]
fn a_network_capture() {
    insta::assert_snapshot!(shown(&["decode", "loopback.pcapng"], ""), @r#"
      0  2026-11-22T17:12:22.388472Z  127.0.0.1:35910 > 127.0.0.1:28444    version          103  version=70016 services="" timestamp=1795367542 receiver={services="" ip=::ffff:127.0.0.1 port=28444} sender={services="" ip=:: port=0} nonce=6545341471275749553 user_agent=/fake-peer:0.1.0/ start_height=0 relay=false last_field=relay
      0  2026-11-22T17:12:22.388707Z  127.0.0.1:28444 > 127.0.0.1:35910    version          103  version=70016 services=NETWORK timestamp=1795367542 receiver={services="" ip=::ffff:127.0.0.1 port=35910} sender={services="" ip=:: port=0} nonce=11480819824328448541 user_agent=/fake-peer:0.1.0/ start_height=0 relay=false last_field=relay
    127  2026-11-22T17:12:22.388733Z  127.0.0.1:28444 > 127.0.0.1:35910    wtxidrelay         0
    151  2026-11-22T17:12:22.388747Z  127.0.0.1:28444 > 127.0.0.1:35910    sendaddrv2         0
    175  2026-11-22T17:12:22.388761Z  127.0.0.1:28444 > 127.0.0.1:35910    verack             0
    127  2026-11-22T17:12:22.388853Z  127.0.0.1:35910 > 127.0.0.1:28444    wtxidrelay         0
    151  2026-11-22T17:12:22.388874Z  127.0.0.1:35910 > 127.0.0.1:28444    sendaddrv2         0
    175  2026-11-22T17:12:22.388884Z  127.0.0.1:35910 > 127.0.0.1:28444    verack             0
    199  2026-11-22T17:12:22.389002Z  127.0.0.1:35910 > 127.0.0.1:28444    getheaders        69  version=70016 locator=[0f9188f1…466e2206] stop=00000000…00000000
    199  2026-11-22T17:12:22.389078Z  127.0.0.1:28444 > 127.0.0.1:35910    headers            1  headers=[]
    "#);
    // Another link type and another file format of the same packets.
    let messages = |file| {
        let lines = shown(&["decode", file], "");
        let untimed = |line: &str| {
            line.split_whitespace()
                .skip(2)
                .collect::<Vec<_>>()
                .join(" ")
        };
        lines.lines().map(untimed).collect::<Vec<_>>()
    };
    assert_eq!(messages("cooked.pcap"), messages("loopback.pcapng"));
}

#[test]
fn the_example_of_the_document_is_true() {
    let (json, hex) = (example("json"), example("hex"));
    assert_eq!(shown(&["encode", "--hex"], &json), hex);
    let decoded = run(&["decode", "--json"], hex.as_bytes());
    assert_eq!(String::from_utf8(decoded.stdout).unwrap(), json);
}

#[test]
fn the_example_of_the_help_is_in_the_document() {
    let help = shown(&["decode", "--help"], "");
    let lines: Vec<_> = help
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with('{'))
        .collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert!(example("json").lines().any(|other| other == line), "{line}");
    }
}

#[test]
fn lies_and_noise() {
    insta::assert_snapshot!(shown(&["decode"], example("hex")), @r"
           0    ping               8  nonce=7
          32  ! ping               8  checksum at byte 20: found 00000000, expected 8c820c80
          64  ! ping               2  nonce at byte 0: truncated: found 2 bytes, expected 8
          90  ! skipped 3 bytes: found magic c0ffeef9, expected that of a known network
          93  ! ver\xff            0  command at byte 4: byte 3 of the command is 0xff, expected printable ASCII
         117  ? hello              5  payload=776f726c64
    error: stdin: 3 of 5 messages malformed, 3 bytes skipped
    exit code 1
    ");
}

#[test]
fn a_tree_ends_at_the_malformed_field() {
    let headers = "0x01 # count\n01000000 6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000
        982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e 61bc6649 ffff001d 01e36299 01";
    insta::assert_snapshot!(shown(&["decode", "-v", "--command", "headers"], headers), @"
           0  ! headers           82  headers[0].tx_count at byte 81: found 1, expected 0
      payload
             0                                     headers
             0  01                                   count: 1
             1                                       [0]
             1  01000000                               version: 1
             5  6fe28c0ab6f1b372c1a6a246ae63f74f…      prev_block: 000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f
            37  982051fd1e4ba744bbbe680e1fee1467…      merkle_root: 0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098
            69  61bc6649                               time: 1231469665
            73  ffff001d                               bits: 1d00ffff
            77  01e36299                               nonce: 2573394689
            81  01                                     tx_count: 1
                                                       ^ headers[0].tx_count at byte 81: found 1, expected 0
    error: stdin: 1 of 1 message malformed
    exit code 1
    ");
    insta::assert_snapshot!(shown(&["decode", "--command", "headers", "--rules", "reference"], headers), @"       0    headers           82  headers=[{version=1 prev_block=00000000…0a8ce26f merkle_root=0e3e2357…fd512098 …}]");
    insta::assert_snapshot!(shown(&["decode", "-v"], example("hex").lines().nth(1).unwrap()), @"
           0  ! ping               8  checksum at byte 20: found 00000000, expected 8c820c80
      envelope, from byte 0
             0  f9beb4d9                           magic: mainnet
             4  70696e670000000000000000           command: ping
            16  08000000                           length: 8
            20  00000000                           checksum: 00000000
                                                   ^ checksum at byte 20: found 00000000, expected 8c820c80
      payload
             0  0700000000000000                   nonce: 7
    error: stdin: 1 of 1 message malformed
    exit code 1
    ");
}

#[test]
fn what_the_reference_forgives_survives_json() {
    let forgiven = "f9beb4d976657261636b00000000000001000000 1406e058 00";
    let json = shown(&["decode", "--json", "--rules", "reference"], forgiven);
    insta::assert_snapshot!(json, @r#"{"offset":0,"network":"mainnet","command":"verack","length":1,"payload":"00"}"#);
    assert_eq!(
        shown(&["encode", "--hex"], json).trim(),
        forgiven.replace(' ', "")
    );
}

#[test]
fn json_of_the_captures_gives_the_same_payloads() {
    for file in ["core31-regtest-sent.dat", "core31-regtest-recv.dat"] {
        let json = run(&["decode", "--json", file], b"").stdout;
        let bytes = run(&["encode", "--network", "regtest"], &json).stdout;
        let again = run(&["decode", "--json"], &bytes).stdout;
        assert_eq!(run(&["encode"], &again).stdout, bytes, "{file}");
        let payloads = |bytes: &[u8], header: usize| {
            let (mut rest, mut payloads) = (bytes, Vec::new());
            while !rest.is_empty() {
                // Records and envelopes have their lengths at the end of the first 24 bytes, or
                // before a checksum.
                let length = u32::from_le_bytes(rest[header..header + 4].try_into().unwrap());
                let end = 24 + length as usize;
                payloads.push(rest[24..end].to_vec());
                rest = &rest[end..];
            }
            payloads
        };
        let records = fs::read(captures().join(file)).unwrap();
        assert_eq!(payloads(&records, 20), payloads(&bytes, 16), "{file}");
    }
}

/// Errors are red if stdout is a terminal, or if `CLICOLOR_FORCE` is set.
#[test]
fn colours_only_where_they_are_wanted() {
    let decode = |variable| {
        let mut command = cargo_bin_cmd!("fake-peer");
        command
            .args(["decode", "--command", "ping"])
            .env(variable, "1")
            .write_stdin("00");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(decode("CLICOLOR_FORCE").contains("\x1b[1;31m!\x1b[0m ping"));
    assert!(!decode("NO_COLOR").contains('\x1b'));
}

#[test]
fn inputs_that_are_wrong() {
    insta::assert_snapshot!(shown(&["decode"], ""), @"
    error: stdin: the input is empty
    exit code 2
    ");
    insta::assert_snapshot!(shown(&["decode", "no-such-file"], ""), @"
    error: no-such-file: No such file or directory (os error 2)
    exit code 2
    ");
    insta::assert_snapshot!(shown(&["decode", "f9beb4d976657261636b"], ""), @"
    error: f9beb4d976657261636b: No such file or directory (os error 2)
    help: to decode hex text, pipe it in: echo HEX | fake-peer decode
    exit code 2
    ");
    insta::assert_snapshot!(shown(&["decode", "."], ""), @"
    error: .: is a folder
    exit code 2
    ");
    insta::assert_snapshot!(shown(&["decode"], "hello, world\n"), @"
    error: stdin: line 1, column 1: found 'h', expected hex digits, white space, commas or # comments
    help: text input must be hex, as `xxd -p FILE` prints it; use --format raw for binary input
    exit code 2
    ");
    insta::assert_snapshot!(shown(&["decode"], "f9 be\nb4 d\n"), @"
    error: stdin: line 2, column 4: the second digit of this byte is missing
    exit code 2
    ");
    insta::assert_snapshot!(shown(&["decode"], "{\"command\":\"ping\"}\n"), @"
    error: stdin: line 1, column 1: found '{', expected hex digits, white space, commas or # comments
    help: use `fake-peer encode` to read JSON
    exit code 2
    ");
    insta::assert_snapshot!(shown(&["decode"], [0xff; 1000]), @"
           0  ! skipped 1000 bytes: found magic ffffffff, expected that of a known network
    error: stdin: no message found (read as bytes)
    help: for a payload without an envelope, use --command; for a custom network, give its magic with --network
    exit code 2
    ");
    insta::assert_snapshot!(shown(&["decode"], "fbc0b6db 76657261636b000000000000 00000000 5df6e0e2"), @"
           0  ! skipped 24 bytes: found magic fbc0b6db, expected that of a known network
    error: stdin: no message found (read as hexadecimal text)
    help: it may be for another network; try --network fbc0b6db
    exit code 2
    ");
    insta::assert_snapshot!(shown(&["decode"], "f9beb4d9 76657261636b000000000000 00000000 5df6"), @"
           0  ! skipped 22 bytes: cut off: 22 of 24 bytes are there
    error: stdin: no message found (read as hexadecimal text)
    help: the input ends inside the first envelope
    exit code 2
    ");
    insta::assert_snapshot!(shown(&["decode", "--format", "pcap"], "f9beb4d9"), @"
    error: stdin: not a network capture: neither pcap nor pcapng
    exit code 2
    ");
    insta::assert_snapshot!(shown(&["decode", "--command", "ping", "--format", "core"], ""), @"
    error: --command cannot be used with a capture, whose messages have commands of their own
    exit code 2
    ");
    insta::assert_snapshot!(shown(&["decode", "--network", "litecoin"], ""), @r#"
    error: invalid value 'litecoin' for '--network <NAME|FILE>': unknown network "litecoin"; expected mainnet, testnet3, testnet4, signet, regtest or simnet, or a network file (NAME.kdl)

    For more information, try '--help'.
    exit code 2
    "#);
    insta::assert_snapshot!(shown(&["decode", "--command", "verymuchtoolong"], ""), @"
    error: invalid value 'verymuchtoolong' for '--command <NAME>': the command has 15 characters, expected at most 12

    For more information, try '--help'.
    exit code 2
    ");
    insta::assert_snapshot!(shown(&["decode", "--command", "block"], vec![0xff; 4_000_001]), @"
    error: stdin: the payload is longer than the limit of 4000000 bytes
    exit code 2
    ");
}

#[test]
fn a_capture_that_is_cut_off() {
    let capture = fs::read(captures().join("cooked.pcap")).unwrap();
    insta::assert_snapshot!(shown(&["decode"], &capture[..1000]), @r#"
           0  2026-11-22T17:12:22.388471Z  127.0.0.1:35910 > 127.0.0.1:28444    version          103  version=70016 services="" timestamp=1795367542 receiver={services="" ip=::ffff:127.0.0.1 port=28444} sender={services="" ip=:: port=0} nonce=6545341471275749553 user_agent=/fake-peer:0.1.0/ start_height=0 relay=false last_field=relay
           0  2026-11-22T17:12:22.388707Z  127.0.0.1:28444 > 127.0.0.1:35910    version          103  version=70016 services=NETWORK timestamp=1795367542 receiver={services="" ip=::ffff:127.0.0.1 port=35910} sender={services="" ip=:: port=0} nonce=11480819824328448541 user_agent=/fake-peer:0.1.0/ start_height=0 relay=false last_field=relay
    error: stdin: the network capture is truncated in the block at byte 910
    exit code 2
    "#);
    let capture = fs::read(captures().join("core31-regtest-recv.dat")).unwrap();
    insta::assert_snapshot!(shown(&["decode"], &capture[..170]), @r#"
           0  2026-11-22T15:51:41.900934Z    version           97  version=70016 services="NETWORK | WITNESS | NETWORK_LIMITED" timestamp=1795362701 receiver={services=NETWORK ip=::ffff:127.0.0.1 port=29444} sender={services="NETWORK | WITNESS | NETWORK_LIMITED" ip=::ffff:127.0.0.1 port=0} nonce=16555763457882612377 …
         121  2026-11-22T15:51:42.403348Z    wtxidrelay         0
         145  2026-11-22T15:51:42.445536Z    sendaddrv2         0
         169  ! skipped 1 byte: cut off: 1 of 24 bytes are there
    error: stdin: 1 byte skipped
    exit code 1
    "#);
}

#[test]
fn encode_points_at_what_is_wrong() {
    let wrong = |line| shown(&["encode"], line);
    insta::assert_snapshot!(wrong(r#"{"command":"ping","fields":{"nonce":"7"}}"#), @r#"
    error: stdin, line 1: fields.nonce: invalid type: string "7", expected u64
    exit code 2
    "#);
    insta::assert_snapshot!(wrong(r#"{"command":"headers","fields":{"headers":[{"version":"x"}]}}"#), @r#"
    error: stdin, line 1: fields.headers[0].version: invalid type: string "x", expected i32
    exit code 2
    "#);
    insta::assert_snapshot!(wrong("\n\n{\"comand\":\"ping\"}"), @"
    error: stdin, line 3: comand: unknown field `comand`, expected one of `offset`, `time`, `from`, `to`, `length`, `error`, `network`, `command`, `envelope`, `fields`, `payload`, `skipped`, `missing`
    exit code 2
    ");
    insta::assert_snapshot!(wrong(r#"{"command":"ping","fields":{"nonc":7}}"#), @"
    error: stdin, line 1: fields.nonc: unknown field `nonc`, expected `nonce`
    exit code 2
    ");
    insta::assert_snapshot!(wrong(r#"{"command":"ping","fields":{},"payload":""}"#), @"
    error: stdin, line 1: `fields` and `payload` cannot be used together
    exit code 2
    ");
    insta::assert_snapshot!(wrong(r#"{"command":"ping","payload":"abc"}"#), @"
    error: stdin, line 1: payload: odd number of digits
    exit code 2
    ");
    insta::assert_snapshot!(wrong(r#"{"command":"ping","envelope":{"checksum":"00"}}"#), @"
    error: stdin, line 1: envelope.checksum: 1 bytes, expected 4
    exit code 2
    ");
    insta::assert_snapshot!(wrong(r#"{"command":"ping","network":"litecoin"}"#), @r#"
    error: stdin, line 1: network: unknown network "litecoin"; expected mainnet, testnet3, testnet4, signet, regtest, simnet, or a magic in 8 hex digits
    exit code 2
    "#);
    insta::assert_snapshot!(wrong(r#"{"command":"a very long command"}"#), @"
    error: stdin, line 1: command: the command has 19 characters, expected at most 12
    exit code 2
    ");
    insta::assert_snapshot!(wrong(r#"{"command":"ping","missing":true}"#), @"
    error: stdin, line 1: `command` and `missing` cannot be used together
    exit code 2
    ");
    insta::assert_snapshot!(wrong(r#"{"skipped":"00","fields":{}}"#), @"
    error: stdin, line 1: `fields` and `skipped` cannot be used together
    exit code 2
    ");
    insta::assert_snapshot!(wrong(r#"{"skipped":"00","missing":true}"#), @"
    error: stdin, line 1: `skipped` and `missing` cannot be used together
    exit code 2
    ");
    insta::assert_snapshot!(wrong(r#"{"offset":7}"#), @"
    error: stdin, line 1: expected `command`, with `fields` or `payload`, or `skipped`
    exit code 2
    ");
    insta::assert_snapshot!(wrong("f9beb4d9"), @"
    error: stdin, line 1: column 2: not JSON: expected ident
    exit code 2
    ");
    insta::assert_snapshot!(wrong(r#"{"command":"ping""#), @"
    error: stdin, line 1: column 17: not JSON: EOF while parsing an object
    exit code 2
    ");
}

#[test]
fn what_is_left_out_takes_the_default() {
    let encoded = shown(&["encode", "--hex"], r#"{"command":"ping"}"#);
    assert_eq!(
        encoded,
        "f9beb4d970696e670000000000000000080000007ef0ca620000000000000000\n"
    );
    let lie = r#"{"command":"verack","network":"01020304","envelope":{"length":4000001}}"#;
    insta::assert_snapshot!(shown(&["encode", "--hex"], lie), @"0102030476657261636b00000000000001093d005df6e0e2");
}

#[test]
fn encode_writes_a_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("bytes");
    let name = file.to_str().unwrap();
    assert_eq!(shown(&["encode", "-o", name], example("json")), "");
    let bytes = fs::read(&file).unwrap();
    assert_eq!(const_hex::encode(bytes), example("hex").replace('\n', ""));
    let nowhere = shown(&["encode", "-o", "no/such/folder"], "");
    insta::assert_snapshot!(nowhere, @"
    error: cannot write to no/such/folder: No such file or directory (os error 2)
    exit code 2
    ");
}

/// The line of a message is printed as soon as the message has arrived, while the input goes on.
#[test]
fn a_live_input() {
    let verack = const_hex::decode("f9beb4d976657261636b000000000000000000005df6e0e2").unwrap();
    let capture = fs::read(captures().join("core31-regtest-recv.dat")).unwrap();
    let pcap = fs::read(captures().join("cooked.pcap")).unwrap();
    let pcapng = fs::read(captures().join("loopback.pcapng")).unwrap();
    for (input, command) in [
        (&verack[..], "verack"),
        (&const_hex::encode(&verack).into_bytes(), "verack"),
        (&capture[..121], "version"),
        (&pcap[..1000], "version"),
        (&pcapng[..1000], "version"),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fake-peer"))
            .arg("decode")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // Byte by byte, so that no read returns many bytes.
        for byte in input {
            stdin.write_all(&[*byte]).unwrap();
        }
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.contains(command), "{line}");
        drop(stdin);
        child.wait().unwrap();
    }
}

/// `fake-peer decode … | head -1`.
#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fake-peer"))
        .args(["decode", "--format", "hex"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || {
        let verack = b"f9beb4d976657261636b000000000000000000005df6e0e2\n".repeat(20_000);
        // The reader may exit before it has read everything.
        let _ = stdin.write_all(&verack);
    });
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>(),
        ["0", "verack", "0"]
    );
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    // As a process that SIGPIPE ends: not all of the input was judged.
    let end = (output.status.code(), output.stderr);
    assert_eq!(end, (Some(141), Vec::new()));
}

/// Some messages have no defaults for their fields, as the help says.
#[test]
fn messages_that_want_fields() {
    for command in [
        "block",
        "cmpctblock",
        "merkleblock",
        "feature",
        "reject",
        "hello",
    ] {
        let line = format!(r#"{{"command":"{command}"}}"#);
        let output = shown(&["encode"], line);
        assert!(output.contains("missing field"), "{command}: {output}");
    }
    let help = shown(&["encode", "--help"], "");
    assert!(help.contains("The fields of block"), "{help}");
    let help = shown(&["decode", "--help"], "");
    assert!(
        help.contains("wraps their messages in envelopes for its"),
        "{help}"
    );
}
