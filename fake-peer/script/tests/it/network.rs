//! Network files, and scripts on the networks of files.

use fake_peer_core::chain::{
    MeasuredFrom, MinDifficulty, Params, ProofOfWork, Retarget, RetargetBase, Rule, Validator,
    VersionFloor,
};
use fake_peer_core::header::{CompactTarget, Target};
use fake_peer_core::{Hash256, Header, Network};
use fake_peer_fixtures::synthetic::{ChainBuilder, Fault};
use fake_peer_script::network::{parse, print};
use fake_peer_script::player::Prepared;
use fake_peer_script::{load, load_beside};
use insta::assert_snapshot;
use proptest::prelude::*;

const NOW: u64 = 1_795_000_000;

const LITECOIN: &str = include_str!("../../../networks/litecoin-regtest.kdl");
const BITCOIN_SV: &str = include_str!("../../../networks/bitcoin-sv-regtest.kdl");

fn read(text: &str) -> Network {
    parse("network.kdl", text).unwrap_or_else(|problems| panic!("{problems:#}"))
}

fn error(text: &str) -> String {
    format!("{:#}", parse("network.kdl", text).unwrap_err())
}

/// A network whose block holds `lines`.
fn with(lines: &str) -> String {
    format!("network my base=regtest {{\n    {lines}\n}}\n")
}

/// Litecoin Core asserts this hash (`src/chainparams.cpp`, `CRegTestParams`).
#[test]
fn litecoins_regtest_is_read() {
    let network = read(LITECOIN);
    let hash = "530827f38f93b43ed12af0b3ad25a288dc02ed74d6d7857862df51fc56c416f9";
    assert_eq!(network.params.genesis.hash().to_string(), hash);
    assert_eq!(network.magic, Network::REGTEST.magic);
    assert_eq!(network.port, 19444);
    assert_eq!(network.params.proof_of_work, Some(ProofOfWork::Scrypt));
    assert_eq!(network.params.interval(), 2016);
    assert_eq!(network.params.retarget, None);
    assert_eq!(network.base, Network::REGTEST.name);
}

/// Bitcoin SV asserts this hash (`src/chainparams.cpp`, `CRegTestParams`).
#[test]
fn bitcoin_svs_regtest_is_read() {
    let network = read(BITCOIN_SV);
    let hash = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206";
    assert_eq!(network.params.genesis.hash().to_string(), hash);
    assert_eq!(network.magic, [0xda, 0xb5, 0xbf, 0xfa]);
    assert_eq!(network.port, 18444);
    assert_eq!(Network::from_magic(network.magic), None);
    assert_eq!(network.params.min_difficulty, None);
}

#[test]
fn a_chain_of_litecoins_regtest_is_mined_and_valid() {
    let params = read(LITECOIN).params;
    let builder = ChainBuilder::new(params).spacing(150);
    let chain = builder.build(40).unwrap();
    let mut validator = Validator::new(params);
    validator.push_batch(&chain, NOW).unwrap();
    assert_eq!(validator.tip().height, 40);
    let on_bitcoin = Params {
        proof_of_work: Some(ProofOfWork::Sha256d),
        ..params
    };
    let error = Validator::new(on_bitcoin).push_batch(&chain, NOW);
    assert_eq!(error.unwrap_err().rule(), Rule::ProofOfWork);
}

#[test]
fn a_header_without_the_work_of_litecoin_is_refused() {
    let params = read(LITECOIN).params;
    let builder = ChainBuilder::new(params).fault(7, Fault::ProofOfWork);
    let chain = builder.build(20).unwrap();
    let error = Validator::new(params).push_batch(&chain, NOW).unwrap_err();
    assert_eq!((error.height, error.rule()), (Some(7), Rule::ProofOfWork));
    let old = ChainBuilder::new(params).version(0x1fff_ffff).build(1);
    assert_snapshot!(old.unwrap_err(), @"header at height 1 (195a31efcab4c39e3a577d0c85a1cfd2f092ed4860f82811dcd5439a11599c82): version: found 536870911, expected at least 536870912");
}

#[test]
fn a_signet_is_given_by_its_challenge() {
    // The example of BIP325, "Message Start".
    let text = r#"network my base=signet {
        signet-challenge "512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be43051ae"
    }"#;
    assert_eq!(read(text).magic, [0x7e, 0xc6, 0x53, 0xa5]);
    assert_eq!(read(text).params, Network::SIGNET.params);
}

#[test]
fn a_file_says_what_differs_from_the_base() {
    let base = Network {
        name: "my".parse().unwrap(),
        ..Network::REGTEST
    };
    assert_eq!(read("network my base=regtest"), base);
    assert_eq!(print(&base), "network \"my\" base=regtest\n");
    let floors = read(&with("version-floor 5 from=9\nversion-floor 6 from=99"));
    let floor = |version, height| VersionFloor { version, height };
    let expected = [floor(5, 9), floor(6, 99), floor(6, 99)];
    assert_eq!(floors.params.version_floors, expected);
    let without = read(&with("version-floor none")).params;
    let chain = ChainBuilder::new(without).version(-5).build(3).unwrap();
    Validator::new(without).push_batch(&chain, NOW).unwrap();
}

#[test]
fn everything_that_a_file_can_say_is_printed() {
    let genesis = Header {
        version: 2,
        time: 3,
        bits: CompactTarget(0x207f_ffff),
        nonce: 4,
        ..Network::MAINNET.params.genesis
    };
    let text = format!(
        r#"network "my" base=mainnet {{
    magic "01020304"
    port 1
    genesis version=2 merkle_root="4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b" time=3 bits="207fffff" nonce=4 hash="{}"
    proof-of-work scrypt
    pow-limit "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    target-spacing "1m"
    target-timespan "1h"
    retarget from=last-of-previous of=first-block clamp=8
    min-difficulty "2m"
    max-future none
    max-timewarp "10m"
    version-floor 2 from=7
}}
"#,
        genesis.hash()
    );
    assert_eq!(print(&read(&text)), text);
    let off = read(&with(
        "retarget none\n    min-difficulty none\n    version-floor none",
    ));
    assert_eq!(read(&print(&off)), off);
}

#[test]
fn a_file_without_a_network() {
    assert_snapshot!(error(""), @"
    × expected `network NAME base=NETWORK { … }`
     ╭─[network.kdl:1:1]
     ╰────
    ");
    assert_snapshot!(error("script x network=regtest"), @"
     × unknown verb `script`
      ╭─[network.kdl:1:1]
    1 │ script x network=regtest
      · ───┬──
      ·    ╰── unknown verb
      ╰────
     help: expected `network`
    ");
    assert_snapshot!(error("network my base=regtest\nnetwork other base=regtest"), @"
     × `network` is given more than once
      ╭─[network.kdl:2:1]
    1 │ network my base=regtest
    2 │ network other base=regtest
      · ───┬───
      ·    ╰── given again here
      ╰────
    ");
    assert_snapshot!(error("network my base=regtest {"), @"
     × No closing '}' for child block
      ╭─[network.kdl:1:25]
    1 │ network my base=regtest {
      ·                         ┬
      ·                         ╰── here
      ╰────
    ");
}

#[test]
fn a_name_and_a_base_that_will_not_do() {
    assert_snapshot!(error("network base=regtest"), @"
     × `network` needs a name
      ╭─[network.kdl:1:1]
    1 │ network base=regtest
      · ───┬───
      ·    ╰── missing here
      ╰────
    ");
    assert_snapshot!(error("network regtest base=regtest"), @"
     × expected the name of a network
      ╭─[network.kdl:1:9]
    1 │ network regtest base=regtest
      ·         ───┬───
      ·            ╰── a built-in network has this name
      ╰────
    ");
    assert_snapshot!(error("network \"My Net\" base=regtest"), @r#"
     × expected the name of a network
      ╭─[network.kdl:1:9]
    1 │ network "My Net" base=regtest
      ·         ────┬───
      ·             ╰── the name of a network is 1 to 23 lower-case letters, digits and hyphens, and starts with a letter
      ╰────
    "#);
    assert_snapshot!(error("network my"), @"
     × `network` needs `base=` and a built-in network
      ╭─[network.kdl:1:1]
    1 │ network my
      · ───┬───
      ·    ╰── missing here
      ╰────
    ");
    assert_snapshot!(error("network my base=litecoin"), @r#"
     × expected a built-in network
      ╭─[network.kdl:1:12]
    1 │ network my base=litecoin
      ·            ──────┬──────
      ·                  ╰── unknown network "litecoin"; expected mainnet, testnet3, testnet4, signet, regtest or simnet
      ╰────
    "#);
    assert_snapshot!(error("network my base=regtest magic=\"00000000\""), @r#"
     × `network` has no property `magic`
      ╭─[network.kdl:1:25]
    1 │ network my base=regtest magic="00000000"
      ·                         ────────┬───────
      ·                                 ╰── unknown property
      ╰────
     help: expected `base`
    "#);
}

#[test]
fn a_magic_or_port_that_will_not_do() {
    assert_snapshot!(error(&with("magci \"01020304\"")), @r#"
     × unknown verb `magci`
      ╭─[network.kdl:2:5]
    1 │ network my base=regtest {
    2 │     magci "01020304"
      ·     ──┬──
      ·       ╰── unknown verb
    3 │ }
      ╰────
     help: did you mean `magic`?
    "#);
    assert_snapshot!(error(&with("magic \"0102\"\n    magic \"01020304\"")), @r#"
     × expected bytes in hexadecimal
      ╭─[network.kdl:2:11]
    1 │ network my base=regtest {
    2 │     magic "0102"
      ·           ───┬──
      ·              ╰── expected 8 hexadecimal digits (4 bytes)
    3 │     magic "01020304"
      ╰────
     × `magic` is given more than once
      ╭─[network.kdl:3:5]
    2 │     magic "0102"
    3 │     magic "01020304"
      ·     ──┬──
      ·       ╰── given again here
    4 │ }
      ╰────
    "#);
    assert_snapshot!(error(&with("port 70000\n    port")), @"
     × expected a number from 0 to 65535
      ╭─[network.kdl:2:10]
    1 │ network my base=regtest {
    2 │     port 70000
      ·          ──┬──
      ·            ╰── invalid value
    3 │     port
      ╰────
     × `port` is given more than once
      ╭─[network.kdl:3:5]
    2 │     port 70000
    3 │     port
      ·     ──┬─
      ·       ╰── given again here
    4 │ }
      ╰────
     × `port` needs a number
      ╭─[network.kdl:3:5]
    2 │     port 70000
    3 │     port
      ·     ──┬─
      ·       ╰── missing here
    4 │ }
      ╰────
    ");
}

#[test]
fn a_genesis_header_that_will_not_do() {
    assert_snapshot!(error(&with("genesis merkle_root=\"00\" bits=\"1d00ffff0\"")), @r#"
     × expected a hash of 64 hexadecimal digits
      ╭─[network.kdl:2:13]
    1 │ network my base=regtest {
    2 │     genesis merkle_root="00" bits="1d00ffff0"
      ·             ────────┬───────
      ·                     ╰── expected 64 hexadecimal digits
    3 │ }
      ╰────
     × expected `bits` of 8 hexadecimal digits
      ╭─[network.kdl:2:30]
    1 │ network my base=regtest {
    2 │     genesis merkle_root="00" bits="1d00ffff0"
      ·                              ────────┬───────
      ·                                      ╰── expected eight hexadecimal digits
    3 │ }
      ╰────
    "#);
    assert_snapshot!(error(&with("genesis nonce=3 hash=\"0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206\"")), @r#"
     × expected a header with the hash that is given
      ╭─[network.kdl:2:5]
    1 │ network my base=regtest {
    2 │     genesis nonce=3 hash="0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
      ·     ───┬───
      ·        ╰── its hash is 5b7a4494ac602f4ddfbd5fbd180a5d670978b765d487c3680a50f5c03572f600
    3 │ }
      ╰────
    "#);
}

#[test]
fn a_word_or_time_that_will_not_do() {
    assert_snapshot!(error(&with("proof-of-work x11\n    retarget off\n    retarget from=first")), @"
     × unknown proof-of-work function `x11`
      ╭─[network.kdl:2:19]
    1 │ network my base=regtest {
    2 │     proof-of-work x11
      ·                   ─┬─
      ·                    ╰── unknown proof-of-work function
    3 │     retarget off
      ╰────
     help: expected one of `sha256d`, `scrypt`
     × unknown value `off`
      ╭─[network.kdl:3:14]
    2 │     proof-of-work x11
    3 │     retarget off
      ·              ─┬─
      ·               ╰── unknown value
    4 │     retarget from=first
      ╰────
     help: expected `none`
     × `retarget` is given more than once
      ╭─[network.kdl:4:5]
    3 │     retarget off
    4 │     retarget from=first
      ·     ────┬───
      ·         ╰── given again here
    5 │ }
      ╰────
     × unknown block `first`
      ╭─[network.kdl:4:14]
    3 │     retarget off
    4 │     retarget from=first
      ·              ─────┬────
      ·                   ╰── unknown block
    5 │ }
      ╰────
     help: expected one of `first-of-period`, `last-of-previous`
    ");
    assert_snapshot!(error(&with("target-spacing \"1500ms\"\n    max-future \"soon\"")), @r#"
     × expected whole seconds, one or more
      ╭─[network.kdl:2:20]
    1 │ network my base=regtest {
    2 │     target-spacing "1500ms"
      ·                    ────┬───
      ·                        ╰── not whole seconds
    3 │     max-future "soon"
      ╰────
     × expected a time such as `"5s"` or `"20m"`
      ╭─[network.kdl:3:16]
    2 │     target-spacing "1500ms"
    3 │     max-future "soon"
      ·                ───┬──
      ·                   ╰── expected number at 0
    4 │ }
      ╰────
    "#);
}

#[test]
fn a_limit_challenge_or_floor_that_will_not_do() {
    assert_snapshot!(error(&with(&format!("pow-limit \"{}\"", "0".repeat(64)))), @r#"
     × expected a target that a hash can meet
      ╭─[network.kdl:2:5]
    1 │ network my base=regtest {
    2 │     pow-limit "0000000000000000000000000000000000000000000000000000000000000000"
      ·     ────┬────
      ·         ╰── no hash is zero
    3 │ }
      ╰────
    "#);
    assert_snapshot!(error(&with("signet-challenge \"51\"")), @r#"
     × expected `base=signet` for a network with a challenge
      ╭─[network.kdl:2:5]
    1 │ network my base=regtest {
    2 │     signet-challenge "51"
      ·     ────────┬───────
      ·             ╰── the base is regtest
    3 │ }
      ╰────
    "#);
    assert_snapshot!(error("network my base=signet {\n    magic \"01020304\"\n    signet-challenge \"5x\"\n}"), @r#"
     × expected either `magic` or `signet-challenge`, which gives the magic
      ╭─[network.kdl:3:5]
    2 │     magic "01020304"
    3 │     signet-challenge "5x"
      ·     ────────┬───────
      ·             ╰── `magic` gives it already
    4 │ }
      ╰────
     × expected bytes in hexadecimal
      ╭─[network.kdl:3:22]
    2 │     magic "01020304"
    3 │     signet-challenge "5x"
      ·                      ──┬─
      ·                        ╰── invalid character 'x' at position 1
    4 │ }
      ╰────
    "#);
    assert_snapshot!(error("network my base=signet {\n    signet-challenge \"\"\n}"), @r#"
     × expected a script of at least one byte
      ╭─[network.kdl:2:5]
    1 │ network my base=signet {
    2 │     signet-challenge ""
      ·     ────────┬───────
      ·             ╰── it is empty
    3 │ }
      ╰────
    "#);
    assert_snapshot!(error(&with("target-timespan \"1m\"\n    retarget clamp=0")), @r#"
     × expected a period of at least one block
      ╭─[network.kdl:1:1]
    1 │ network my base=regtest {
      · ───┬───
      ·    ╰── `target-timespan` is 60 s, and `target-spacing` is 600 s
    2 │     target-timespan "1m"
      ╰────
     × expected `clamp=` of at least 1
      ╭─[network.kdl:3:5]
    2 │     target-timespan "1m"
    3 │     retarget clamp=0
      ·     ────┬───
      ·         ╰── no target can be divided by 0
    4 │ }
      ╰────
    "#);
    assert_snapshot!(error(&with("version-floor 2\n    version-floor 3 from=1; version-floor 4 from=2\n    version-floor 5 from=3; version-floor 6 from=4")), @"
     × `version-floor` needs its first height `from=`
      ╭─[network.kdl:2:5]
    1 │ network my base=regtest {
    2 │     version-floor 2
      ·     ──────┬──────
      ·           ╰── missing here
    3 │     version-floor 3 from=1; version-floor 4 from=2
      ╰────
     × expected at most three version floors
      ╭─[network.kdl:4:29]
    3 │     version-floor 3 from=1; version-floor 4 from=2
    4 │     version-floor 5 from=3; version-floor 6 from=4
      ·                             ──────┬──────
      ·                                   ╰── one too many
    5 │ }
      ╰────
    ");
}

/// The files in the folder of the scripts below.
fn files(name: &str) -> Option<Vec<u8>> {
    match name {
        "sv.kdl" => Some(BITCOIN_SV.into()),
        "bad.kdl" => Some(with("magci \"01020304\"").into()),
        "binary.kdl" => Some(vec![0xff]),
        _ => None,
    }
}

#[test]
fn a_script_is_played_on_the_network_of_its_file() {
    let text = "script x network=\"sv.kdl\" {\n    chain length=3\n    handshake\n}";
    let script = load_beside("x.kdl", text, &files).unwrap();
    assert_eq!(load("x.kdl", text).unwrap(), script);
    let prepared = Prepared::new(script.clone(), NOW, &files).unwrap();
    assert_eq!(*prepared.network(), read(BITCOIN_SV));
    let litecoin = read(LITECOIN);
    let other = Prepared::on(litecoin, script, NOW, &files).unwrap();
    assert_eq!(*other.network(), litecoin);
}

#[test]
fn a_network_file_that_is_missing_or_wrong_is_shown() {
    let script = |file: &str| {
        let text = format!("script x network=\"{file}\" {{\n    handshake\n}}\n");
        format!("{:#}", load_beside("x.kdl", &text, &files).unwrap_err())
    };
    assert_snapshot!(script("no.kdl"), @r#"
     × cannot read the network file `no.kdl`
      ╭─[x.kdl:1:10]
    1 │ script x network="no.kdl" {
      ·          ────────┬───────
      ·                  ╰── this network
    2 │     handshake
      ╰────
     help: the path starts at the folder of the script
    "#);
    assert_snapshot!(script("binary.kdl"), @r#"
     × the network file `binary.kdl` is not text in UTF-8
      ╭─[x.kdl:1:10]
    1 │ script x network="binary.kdl" {
      ·          ──────────┬─────────
      ·                    ╰── this network
    2 │     handshake
      ╰────
    "#);
    assert_snapshot!(script("bad.kdl"), @r#"
     × the network file `bad.kdl` is not valid
      ╭─[x.kdl:1:10]
    1 │ script x network="bad.kdl" {
      ·          ────────┬────────
      ·                  ╰── this network
    2 │     handshake
      ╰────
     × unknown verb `magci`
      ╭─[bad.kdl:2:5]
    1 │ network my base=regtest {
    2 │     magci "01020304"
      ·     ──┬──
      ·       ╰── unknown verb
    3 │ }
      ╰────
     help: did you mean `magic`?
    "#);
    assert_snapshot!(script("litecoin"), @r#"
     × expected a network
      ╭─[x.kdl:1:10]
    1 │ script x network="litecoin" {
      ·          ─────────┬────────
      ·                   ╰── unknown network "litecoin"; expected mainnet, testnet3, testnet4, signet, regtest or simnet, or a network file (NAME.kdl)
    2 │     handshake
      ╰────
    "#);
    let text = "script x network=\"bad.kdl\" { handshake; }";
    let prepared = Prepared::new(load("x.kdl", text).unwrap(), NOW, &files);
    assert_snapshot!(prepared.unwrap_err(), @"the network file `bad.kdl` is not valid");
}

/// Fields of a network that a file has a word for.
fn networks() -> impl Strategy<Value = Network> {
    let optional = |most: u32| prop::option::of(1..most);
    let genesis = (any::<i32>(), any::<[u8; 32]>(), any::<[u32; 2]>());
    let rules = (
        prop::option::of((any::<bool>(), any::<bool>(), 1..=u32::MAX)),
        optional(u32::MAX),
        optional(u32::MAX),
        optional(u32::MAX),
        prop::collection::vec((any::<i32>(), any::<u32>()), 0..4),
    );
    let rest = (any::<[u8; 4]>(), any::<u16>(), any::<bool>(), any::<bool>());
    let base = prop::sample::select(Network::ALL.to_vec());
    (base, genesis, rules, rest).prop_map(|(base, genesis, rules, rest)| {
        let (retarget, late, future, warp, floors) = rules;
        let (magic, port, scrypt, easy) = rest;
        let mut params = base.params;
        params.genesis = Header {
            version: genesis.0,
            merkle_root: Hash256(genesis.1),
            time: genesis.2[0],
            nonce: genesis.2[1],
            ..params.genesis
        };
        params.retarget = retarget.map(|(first, last, clamp)| Retarget {
            measured_from: if first {
                MeasuredFrom::FirstOfPeriod
            } else {
                MeasuredFrom::LastOfPrevious
            },
            base: if last {
                RetargetBase::LastBlock
            } else {
                RetargetBase::FirstBlock
            },
            clamp,
            ..Retarget::MAINNET
        });
        params.min_difficulty = late.map(|after_seconds| MinDifficulty {
            after_seconds,
            ..MinDifficulty::TESTNET
        });
        params.max_future_seconds = future;
        params.max_timewarp_seconds = warp;
        if scrypt {
            params.proof_of_work = Some(ProofOfWork::Scrypt);
        }
        if easy {
            params.pow_limit = Target::MAX;
        }
        let mut floors: Vec<_> = floors
            .into_iter()
            .map(|(version, height)| VersionFloor { version, height })
            .collect();
        floors.dedup();
        if let Some(last) = floors.last().copied() {
            floors.resize(3, last);
            params.version_floors.copy_from_slice(&floors);
        }
        Network {
            name: "my".parse().unwrap(),
            base: base.name,
            magic,
            port,
            params,
        }
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(network in networks()) {
        prop_assert_eq!(parse("", &print(&network)).unwrap(), network);
    }

    #[test]
    fn any_text_is_read_or_refused(lines in prop::collection::vec("(magic|port|genesis|version-floor|retarget) [a-z0-9=\"-]{0,12}", 0..4)) {
        let _ = parse("", &with(&lines.join("\n")));
    }
}
