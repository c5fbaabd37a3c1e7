//! Networks from files, by challenge and by name, as options of each command.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use assert_cmd::cargo::cargo_bin;
use fake_peer::check::result::Verdict as CheckVerdict;
use fake_peer::check::{Case, Catalogue, Checker, Selection, report};
use fake_peer::drive::play::role_for;
use fake_peer::script::load_beside;
use fake_peer::script::model::Role;
use fake_peer::script::network::parse;
use fake_peer::script::player::{PlayConfig, Prepared, Verdict};
use fake_peer::target::{Model, Target, in_memory};
use fake_peer_core::Network;
use fake_peer_fixtures::synthetic::{ChainBuilder, Fault};
use fake_peer_fixtures::{compact, raw};
use insta::assert_snapshot;
use tempfile::TempDir;

const NOW: u64 = 1_795_000_000;

fn file(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("networks");
    folder.join(name).display().to_string()
}

fn litecoin() -> String {
    file("litecoin-regtest.kdl")
}

fn bitcoin_sv() -> String {
    file("bitcoin-sv-regtest.kdl")
}

fn network_in(path: &str) -> Network {
    parse(path, &fs::read_to_string(path).unwrap()).unwrap()
}

/// Returns the exit code, stdout and stderr of a command with this input.
fn fed(input: &[u8], args: &[&str]) -> (i32, Vec<u8>, String) {
    let mut child = Command::new(cargo_bin!("fake-peer"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that has failed may not read it.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), output.stdout, stderr)
}

fn fake_peer(args: &[&str]) -> (i32, String, String) {
    let (code, stdout, stderr) = fed(b"", args);
    (code, String::from_utf8(stdout).unwrap(), stderr)
}

/// A script that serves a chain, and one that serves a header without work.
const SERVES_A_CHAIN: &str = "
    chain length=12
    handshake services=\"NETWORK|WITNESS\" start_height=12
    expect getheaders locator.0=$main.0
    send headers from=1 count=12
    expect getdata
";
const SERVES_NO_WORK: &str = "
    chain length=1 {
        fault proof-of-work at=1
    }
    handshake services=\"NETWORK|WITNESS\" start_height=1
    expect getheaders locator.0=$main.0
    send headers from=1
    disconnect
";

#[test]
fn scripts_are_played_in_memory_on_the_network_of_a_file() {
    let files = |name: &str| fs::read(file(name)).ok();
    let networks = [
        network_in(&litecoin()),
        network_in(&bitcoin_sv()),
        Network::SIMNET,
    ];
    for steps in [SERVES_A_CHAIN, SERVES_NO_WORK] {
        let text = format!("script x network=\"litecoin-regtest.kdl\" {{\n{steps}\n}}\n");
        let script = load_beside("x.kdl", &text, &files);
        let script = script.unwrap_or_else(|problems| panic!("{problems:#}"));
        let play = |prepared: Prepared| {
            let config = PlayConfig {
                unix_time: NOW,
                ..PlayConfig::new(role_for(prepared.script()))
            };
            in_memory(&[], Arc::new(prepared), config).played.verdict
        };
        let verdict = play(Prepared::new(script.clone(), NOW, &files).unwrap());
        assert!(matches!(verdict, Verdict::Pass { .. }), "{verdict}");
        for network in networks {
            let prepared = Prepared::on(network, script.clone(), NOW, &files).unwrap();
            let verdict = play(prepared);
            assert!(
                matches!(verdict, Verdict::Pass { .. }),
                "{network}: {verdict}"
            );
        }
    }
}

#[test]
fn run_takes_the_network_of_the_script_or_of_the_option() {
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("x.kdl");
    let network_of = |args: &[&str]| {
        let path = script.to_str().unwrap();
        let (code, stdout, stderr) =
            fake_peer(&[&["run", path, "--memory", "--json"], args].concat());
        assert_eq!(code, 0, "{stdout}{stderr}");
        let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        document["script"]["network"].as_str().unwrap().to_owned()
    };
    let text = |network: &str| format!("script x network=\"{network}\" {{\n{SERVES_A_CHAIN}\n}}\n");
    fs::copy(litecoin(), folder.path().join("mine.kdl")).unwrap();
    fs::write(&script, text("mine.kdl")).unwrap();
    assert_eq!(network_of(&[]), "litecoin-regtest");
    assert_eq!(network_of(&["--network", "regtest"]), "regtest");
    assert_eq!(
        network_of(&["--network", &bitcoin_sv()]),
        "bitcoin-sv-regtest"
    );
    fs::write(
        &script,
        "script x network=\"signet:51\" { handshake; barrier; }",
    )
    .unwrap();
    assert_eq!(network_of(&[]), "signet-54d26fbd");
    assert_eq!(network_of(&["--signet-challenge", "51"]), "signet-54d26fbd");
}

#[test]
fn check_plays_the_cases_of_regtest_on_a_network_with_that_base() {
    let folder = TempDir::new().unwrap();
    let json = folder.path().join("run.json").display().to_string();
    for network in [litecoin(), bitcoin_sv(), "simnet".to_owned()] {
        let (code, stdout, stderr) = fake_peer(&[
            "check",
            "headers/pow",
            "headers/link",
            "ping/pong",
            "ping/nonce",
            "--network",
            &network,
            "--json",
            &json,
        ]);
        assert_eq!(code, 0, "{stdout}{stderr}");
        let run = report::read(&fs::read_to_string(&json).unwrap()).unwrap();
        let played = run
            .cases
            .iter()
            .filter(|case| case.verdict == CheckVerdict::Pass)
            .count();
        assert!(played > 10, "{network}: {stdout}");
        assert!(
            run.cases[0].reproduce.contains(&network),
            "{}",
            run.cases[0].reproduce
        );
        let name = match network.as_str() {
            "simnet" => Network::SIMNET.name,
            path => network_in(path).name,
        };
        assert_eq!(run.network, name);
    }
}

/// The ids that a dry run lists.
fn dry_run(args: &[&str]) -> Vec<String> {
    let (code, stdout, stderr) = fake_peer(&[&["check", "--dry-run"], args].concat());
    assert_eq!(code, 0, "{stderr}");
    let id = |line: &str| Some(line.split(' ').next()?.to_owned());
    let ids = stdout.lines().filter_map(id);
    ids.filter(|word| word.contains('/')).collect()
}

#[test]
fn a_dry_run_lists_what_would_be_run_on_the_network() {
    let catalogue = Catalogue::embedded().unwrap();
    // The model peer listens.
    let can_be_played = |case: &&Case| case.script().requires.role != Some(Role::Dials);
    let ids = |wanted: &dyn Fn(Network) -> bool| {
        let cases = catalogue.cases().iter().filter(can_be_played);
        let cases = cases.filter(|case| wanted(*case.network()));
        cases.map(|case| case.id().to_owned()).collect::<Vec<_>>()
    };
    let on = |network: Network| ids(&|of| of == network);
    assert_eq!(dry_run(&[]), ids(&|_| true));
    assert_eq!(dry_run(&["--network", "mainnet"]), on(Network::MAINNET));
    assert_eq!(dry_run(&["--network", "testnet4"]), on(Network::TESTNET4));
    let listens = dry_run(&["--network", "regtest"]);
    assert!(on(Network::REGTEST).len() > 500);
    assert_eq!(dry_run(&["--network", &litecoin()]), listens);
    assert_eq!(dry_run(&["--network", "simnet"]), listens);
    // A real target has its network's header rules only.
    let at_a_node = dry_run(&["--connect", "127.0.0.1:1", "--network", "regtest"]);
    assert!(at_a_node.len() < listens.len());
    assert_eq!(dry_run(&["--connect", "127.0.0.1:1"]), at_a_node);
    let profile = ["--connect", "127.0.0.1:1", "--profile", "litecoin-core"];
    assert!(dry_run(&profile).len() < at_a_node.len());
}

/// A server that is killed when the test ends.
struct Server(Child, String);

impl Server {
    fn start(args: &[&str]) -> Self {
        let mut child = Command::new(cargo_bin!("fake-peer"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on ").unwrap();
        Self(child, address.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn serve_and_sync_speak_the_network_that_they_are_given() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("headers.bin").display().to_string();
    let chain = |network: Network| {
        let mut headers = vec![network.params.genesis];
        headers.extend(ChainBuilder::new(network.params).build(30).unwrap());
        raw::encode(&headers)
    };
    for (network, args) in [
        (network_in(&litecoin()), ["--network", &litecoin()]),
        (network_in(&bitcoin_sv()), ["--network", &bitcoin_sv()]),
    ] {
        fs::write(&path, chain(network)).unwrap();
        let server = Server::start(&[&args[..], &["--headers", &path]].concat());
        let (code, stdout, stderr) = fake_peer(&[&["sync", &server.1], &args[..]].concat());
        assert_eq!(code, 0, "{stdout}{stderr}");
        assert!(stdout.contains("synced 30 headers"), "{stdout}");
    }
    let challenge = ["--signet-challenge", "51"];
    let server = Server::start(&challenge);
    let (code, stdout, _) = fake_peer(&[&["sync", &server.1], &challenge[..]].concat());
    assert_eq!(code, 0, "{stdout}");
    let (code, _, stderr) =
        fake_peer(&["sync", &server.1, "--network", "signet", "--timeout", "5s"]);
    assert_ne!(code, 0, "{stderr}");
}

#[test]
fn a_file_of_headers_is_validated_by_the_rules_of_its_network() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("headers").display().to_string();
    let validate = |bytes: Vec<u8>, args: &[&str]| {
        fs::write(&path, bytes).unwrap();
        let (code, stdout, stderr) = fake_peer(&[&["validate", &path], args].concat());
        let text = if code == 0 { stdout } else { stderr };
        (code, text.replace(&path, "FILE"))
    };
    let sv = network_in(&bitcoin_sv());
    let ltc = network_in(&litecoin());
    let headers = |network: Network, builder: ChainBuilder| {
        let mut headers = vec![network.params.genesis];
        headers.extend(builder.build(20).unwrap());
        headers
    };
    let of_ltc = headers(ltc, ChainBuilder::new(ltc.params));
    let (code, text) = validate(raw::encode(&of_ltc), &["--network", &litecoin()]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("validated 21 headers of litecoin-regtest"),
        "{text}"
    );
    let bad = ChainBuilder::new(ltc.params).fault(9, Fault::ProofOfWork);
    let bad = raw::encode(&headers(ltc, bad));
    let (code, text) = validate(bad, &["--network", &litecoin()]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("header at height 9"), "{text}");

    let of_sv = headers(sv, ChainBuilder::new(sv.params));
    let packed = compact::encode(Some(sv.magic), 0, &of_sv).unwrap();
    let (code, text) = validate(packed.clone(), &["--network", &bitcoin_sv()]);
    assert_eq!(code, 0, "{text}");
    assert_snapshot!(validate(packed.clone(), &[]).1, @"error: FILE: the headers have the magic dab5bffa, which no known network has");
    assert_snapshot!(validate(packed, &["--network", "regtest"]).1, @"error: FILE: the headers are for dab5bffa, expected regtest");
}

#[test]
fn encode_and_decode_need_no_more_than_the_magic() {
    let verack = br#"{"command":"verack"}"#;
    for network in [&*bitcoin_sv(), "dab5bffa", "0xdab5bffa"] {
        let (code, bytes, stderr) = fed(verack, &["encode", "--network", network]);
        assert_eq!(
            (code, &bytes[..4]),
            (0, &[0xda, 0xb5, 0xbf, 0xfa][..]),
            "{stderr}"
        );
        let (code, text, stderr) = fed(&bytes, &["decode", "--network", network]);
        assert_eq!(code, 0, "{stderr}");
        assert!(String::from_utf8(text).unwrap().contains("verack"));
    }
    let (code, _, stderr) = fake_peer(&["serve", "--network", "dab5bffa"]);
    assert_eq!(code, 2);
    assert_snapshot!(stderr, @"
    error: expected a network, found only the magic dab5bffa
    help: name a built-in network or a network file
    ");
}

#[test]
fn a_network_that_will_not_do_is_refused_before_anything_is_done() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("my.kdl");
    fs::write(&path, "network my base=regtest {\n    magic \"dab5\"\n}\n").unwrap();
    let refused = |args: &[&str]| {
        let (code, _, stderr) = fake_peer(args);
        assert_eq!(code, 2, "{stderr}");
        stderr.replace(folder.path().to_str().unwrap(), "FOLDER")
    };
    let path = path.to_str().unwrap();
    assert_snapshot!(refused(&["sync", "127.0.0.1:1", "--network", path]), @r#"
      × expected bytes in hexadecimal
       ╭─[FOLDER/my.kdl:2:11]
     1 │ network my base=regtest {
     2 │     magic "dab5"
       ·           ───┬──
       ·              ╰── expected 8 hexadecimal digits (4 bytes)
     3 │ }
       ╰────
    error: the network file `FOLDER/my.kdl` is not valid
    "#);
    assert_snapshot!(refused(&["check", "--network", "no/such.kdl"]), @"error: cannot read the network file `no/such.kdl`");
    assert_snapshot!(refused(&["run", "x.kdl", "--memory", "--network", "litecoin"]), @r#"
    error: invalid value 'litecoin' for '--network <NAME|FILE>': unknown network "litecoin"; expected mainnet, testnet3, testnet4, signet, regtest or simnet, or a network file (NAME.kdl)

    For more information, try '--help'.
    "#);
    assert_snapshot!(refused(&["serve", "--signet-challenge", "5x"]), @"
    error: invalid value '5x' for '--signet-challenge <HEX>': invalid character 'x' at position 1

    For more information, try '--help'.
    ");
    assert_snapshot!(refused(&["serve", "--signet-challenge", "51", "--network", "signet"]), @"
    error: the argument '--signet-challenge <HEX>' cannot be used with '--network <NAME|FILE>'

    Usage: fake-peer serve --signet-challenge <HEX>

    For more information, try '--help'.
    ");
}

/// The cases for regtest that mean something else on a network with other rules are not played there.
#[tokio::test]
async fn the_honest_model_peer_fails_no_case_on_a_network_based_on_regtest() {
    let catalogue = Catalogue::embedded().unwrap();
    // Those that depend on rules, times, block 0 or the magic.
    let ids = [
        "headers/version",
        "headers/time/8",
        "headers/time/9",
        "blocks/invalid",
        "envelope/magic",
        "envelope/pipeline",
        "ping/order",
        "filters/bloom/11",
    ];
    let cases = Selection::of_ids(ids).unwrap().of(&catalogue).unwrap();
    let networks = [
        network_in(&litecoin()),
        network_in(&bitcoin_sv()),
        Network::SIMNET,
    ];
    let mut unfit = String::new();
    for network in networks {
        let checker = Checker::new(Target::Model(Model::default()));
        let run = checker.unix_time(NOW).network(network).run(&cases).await;
        assert_eq!(run.failures().count(), 0, "{network}: {run}");
        for case in &run.cases {
            if let Some(reason) = case
                .note
                .as_deref()
                .and_then(|it| it.strip_prefix("not on "))
            {
                let _ = writeln!(unfit, "{}: {reason}", case.id);
            }
        }
    }
    assert_snapshot!(unfit, @"
    filters/bloom/11: litecoin-regtest: the honest model peer fails it there: timed out after 5 s waiting for `merkleblock`; received: sendcmpct, ping, getheaders, feefilter, merkleblock, tx
    headers/version/7: litecoin-regtest: chain main: header at height 1 (abf587a901703bc07895538da73f73ffeb1f0314b562a9bf8255a12065539ee6): version: found 4, expected at least 536870912
    headers/version/10: litecoin-regtest: chain main: header at height 1 (15b1ba6fa0043cd4aeea768f4e7a1c166c3c598abacedde967bc9551859e3f61): version: found 5, expected at least 536870912
    blocks/invalid/6: bitcoin-sv-regtest: the honest model peer fails it there: the target did what it must not: serves it
    blocks/invalid/14: bitcoin-sv-regtest: the honest model peer fails it there: the target did what it must not: requests its block
    envelope/magic/3: bitcoin-sv-regtest: the honest model peer fails it there: the target did what it must not: accepts the wrong magic
    headers/version/1: bitcoin-sv-regtest: the honest model peer fails it there: the target did what it must not: requests its block
    headers/version/2: bitcoin-sv-regtest: the honest model peer fails it there: the target did what it must not: requests its block
    headers/version/3: bitcoin-sv-regtest: the honest model peer fails it there: the target did what it must not: requests its block
    headers/version/4: bitcoin-sv-regtest: the honest model peer fails it there: the target did what it must not: requests its block
    headers/version/5: bitcoin-sv-regtest: the honest model peer fails it there: the target did what it must not: requests its block
    headers/version/6: bitcoin-sv-regtest: the honest model peer fails it there: the target did what it must not: requests its block
    headers/time/8: simnet: the honest model peer fails it there: the target did what it must not: disconnects
    headers/time/9: simnet: the honest model peer fails it there: the target did what it must not: disconnects
    ");
}
