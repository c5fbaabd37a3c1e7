//! The bytes that scripts send, and the headers that they serve.

use fake_peer_core::chain::{Params, Validator};
use fake_peer_core::message::{Block, Services};
use fake_peer_core::wire::Wire;
use fake_peer_core::{Header, Message, Network};
use fake_peer_fixtures::messages::messages;
use fake_peer_script::chains::Chains;
use fake_peer_script::model::{ChainPoint, Content, Field, Item, Name, Script, Send, Step, Value};
use fake_peer_script::network::resolve;
use fake_peer_script::player::PlayConfig;
use fake_peer_script::text::{parse, print};
use fake_peer_script::wire::{Resolve, Resolved, WireError, encode};
use fake_peer_script::{explain, load};
use insta::assert_snapshot;

const NOW: u32 = 1_700_000_000;

/// A run in which every random byte is the same, with one chain.
#[derive(Default)]
struct Run {
    chains: Chains,
}

impl Resolve for Run {
    fn magic(&mut self) -> [u8; 4] {
        Network::REGTEST.magic
    }

    fn now(&mut self) -> i64 {
        NOW.into()
    }

    fn random(&mut self, count: usize) -> Vec<u8> {
        vec![1; count]
    }

    fn captured(&mut self, _: &Name) -> Option<Resolved> {
        Some(Resolved::Int(7))
    }

    fn header(&mut self, point: &ChainPoint) -> Option<Header> {
        self.chains.header(point)
    }

    fn block(&mut self, point: &ChainPoint) -> Option<Block> {
        self.chains.block(point)
    }

    fn file(&mut self, _: &str) -> Option<Vec<u8>> {
        Some(b"file".to_vec())
    }

    fn services(&mut self) -> Services {
        PlayConfig::SERVICES
    }
}

fn network_of(script: &Script) -> Network {
    resolve(&script.network, &|_| None).unwrap()
}

fn run_of(script: &Script) -> Run {
    let mut run = Run::default();
    for chain in &script.chains {
        run.chains
            .add(chain, network_of(script), NOW, &|_| None)
            .unwrap();
    }
    run
}

/// Returns the bytes of each message that the last step sends.
fn sent(steps: &str) -> Vec<Vec<u8>> {
    let text = format!("script x network=regtest {{\n{steps}\n}}");
    let script = load("x.kdl", &text).unwrap_or_else(|problems| panic!("{problems:#}"));
    let Some(Step::Send(send)) = script.steps.last() else {
        panic!("no send in {text}");
    };
    encode(send, network_of(&script), &mut run_of(&script)).unwrap()
}

/// Returns the bytes that the last step sends, in groups: magic, command, length, checksum,
/// payload.
fn bytes(steps: &str) -> String {
    let [bytes] = &*sent(steps) else {
        panic!("not one message: {steps}");
    };
    let groups = [0..4, 4..16, 16..20, 20..24, 24..bytes.len()].map(|group| hex(&bytes[group]));
    groups.join(" ")
}

/// Returns the blocks that the last step sends.
fn blocks(steps: &str) -> Vec<Block> {
    let block = |bytes: &Vec<u8>| match Message::decode("block".parse().unwrap(), &bytes[24..]) {
        Ok(Message::Block(block)) => block,
        other => panic!("{other:?}"),
    };
    sent(steps).iter().map(block).collect()
}

fn hex(bytes: &[u8]) -> String {
    const_hex::encode(bytes)
}

#[test]
fn every_message_of_others_can_be_said() {
    for golden in messages() {
        let name = format!("{} {}", golden.command, golden.name);
        let message = Message::decode(golden.command, &golden.payload).unwrap();
        let Value::Record(fields) = value(&serde_json::to_value(&message).unwrap()) else {
            panic!("{name} is no record");
        };
        let content = Content::Message {
            command: golden.command,
            fields,
        };
        let script = Script {
            steps: vec![Step::Send(content.into())],
            ..Script::default()
        };
        let read = parse(&print(&script)).unwrap().script;
        assert_eq!(read, script, "{name}");
        let [Step::Send(send)] = &*read.steps else {
            panic!("{name} is no send");
        };
        let bytes = encode(send, Network::MAINNET, &mut Run::default()).unwrap();
        assert_eq!(
            bytes,
            [message.to_envelope().to_bytes(Network::MAINNET.magic)],
            "{name}"
        );
    }
}

/// JSON as a value of the language.
fn value(json: &serde_json::Value) -> Value {
    match Resolved::from_json(json) {
        Resolved::List(_) => {
            let items = json.as_array().unwrap().iter();
            Value::List(items.map(|item| Item::from(value(item))).collect())
        }
        Resolved::Record(_) => {
            let fields = json.as_object().unwrap().iter();
            let field = |(name, json): (&String, _)| Field {
                name: name.parse().unwrap(),
                value: value(json),
            };
            Value::Record(fields.map(field).collect())
        }
        Resolved::Null => Value::Null,
        Resolved::Bool(value) => Value::Bool(value),
        Resolved::Int(number) => Value::Int(number),
        Resolved::Text(text) => Value::Text(text),
    }
}

#[test]
fn what_only_a_run_knows_has_defaults() {
    assert_snapshot!(bytes("send ping"), @"fabfb5da 70696e670000000000000000 08000000 728338d9 0101010101010101");
    assert_snapshot!(bytes("send ping nonce=7"), @"fabfb5da 70696e670000000000000000 08000000 8c820c80 0700000000000000");
    let version = bytes("send version");
    assert!(version.contains("00f1536500000000"), "the time: {version}");
    assert!(version.contains("0101010101010101"), "the nonce: {version}");
    assert!(bytes("send version timestamp=$now-256").contains("00f0536500000000"));
}

#[test]
fn each_lie_is_where_it_should_be() {
    assert_snapshot!(bytes("send verack"), @"fabfb5da 76657261636b000000000000 00000000 5df6e0e2");
    assert_snapshot!(bytes("send verack { lie magic \"f9beb4d9\"; }"), @"f9beb4d9 76657261636b000000000000 00000000 5df6e0e2");
    assert_snapshot!(bytes("send verack { lie command \"ping\\\\x00x\"; }"), @"fabfb5da 70696e670078000000000000 00000000 5df6e0e2");
    assert_snapshot!(bytes("send verack { lie length 0x01020304; }"), @"fabfb5da 76657261636b000000000000 04030201 5df6e0e2");
    assert_snapshot!(bytes("send verack { lie checksum \"00000000\"; }"), @"fabfb5da 76657261636b000000000000 00000000 00000000");
    assert_snapshot!(bytes("send verack { lie append \"00\" $random.2 (file)x; }"), @"fabfb5da 76657261636b000000000000 07000000 52345e8f 00010166696c65");
    assert_snapshot!(bytes("send ping nonce=7 { lie cut 4; }"), @"fabfb5da 70696e670000000000000000 04000000 172e6946 07000000");
    assert_snapshot!(bytes("send ping nonce=7 { lie overwrite at=6 \"ffff\"; }"), @"fabfb5da 70696e670000000000000000 08000000 67d8ddd8 070000000000ffff");
    assert_snapshot!(bytes("send headers { lie compact-size headers.count width=9; }"), @"fabfb5da 686561646572730000000000 09000000 2b458e25 ff0000000000000000");
    assert_snapshot!(bytes("send headers { lie compact-size headers.count value=2001; }"), @"fabfb5da 686561646572730000000000 03000000 af123e7f fdd107");
    assert_snapshot!(bytes("send headers { lie compact-size headers.count value=1 width=3; lie append \"00\"; }"), @"fabfb5da 686561646572730000000000 04000000 0c156598 fd010000");
}

#[test]
fn a_lie_about_an_inner_field_moves_what_follows() {
    let honest = bytes("chain length=2\nsend headers from=1 count=2");
    let lying = bytes(
        "chain length=2\nsend headers from=1 count=2 { lie compact-size headers.0.tx_count value=1 width=3; }",
    );
    let payload = |text: &str| text.rsplit(' ').next().unwrap().to_owned();
    let (honest, lying) = (payload(&honest), payload(&lying));
    let (first, second) = (2 + 160, 2 + 160 + 2);
    assert_eq!(
        lying,
        format!("{}fd0100{}", &honest[..first], &honest[second..])
    );
}

#[test]
fn each_fault_breaks_its_rule_at_its_height() {
    let broken = |rules: &str, fault: &str| {
        let text = format!(
            "script x network=regtest {{ chain length=14 seed=3 {rules} {{ fault {fault}; }}; close; }}"
        );
        let script = load("x.kdl", &text).unwrap_or_else(|problems| panic!("{problems:#}"));
        let run = run_of(&script);
        let params = match rules {
            "" => Params::regtest(),
            _ => fake_peer_fixtures::synthetic::small_period(),
        };
        let error = Validator::new(params)
            .push_batch(&run.chains.get(&Name::main()).unwrap()[1..], NOW.into())
            .unwrap_err();
        format!("{} {:?}", error.height.unwrap(), error.rule())
    };
    assert_snapshot!(broken("", "link at=3"), @"3 Link");
    assert_snapshot!(broken("", "proof-of-work at=4"), @"4 ProofOfWork");
    assert_snapshot!(broken("", "time-equals-median at=13"), @"13 TimeTooOld");
    assert_snapshot!(broken("", "time-too-new at=13"), @"13 TimeTooNew");
    assert_snapshot!(broken("", "bits-negative at=1"), @"1 Bits");
    assert_snapshot!(broken("rules=small-period", "bits-unexpected at=11"), @"11 Bits");
    assert_snapshot!(broken("", "flipped-bit at=5 field=merkle_root bit=9"), @"5 ProofOfWork");
    assert_snapshot!(broken("", "value at=3 field=bits to=\"01800000\""), @"3 Bits");
    assert_snapshot!(broken("", "value at=3 field=time to=7"), @"3 TimeTooOld");
}

#[test]
fn blocks_go_out_one_by_one_and_belong_to_their_headers() {
    const CHAINS: &str = "chain length=5 seed=3
        chain fork on=main at=2 length=2 seed=4
        chain stub on=fork at=3
        chain late on=stub at=3 length=2 seed=5\n";
    let blocks = |steps: &str| blocks(&format!("{CHAINS}{steps}"));
    let headers = sent(&format!("{CHAINS}send headers from=1 count=5 chain=late"));
    let Ok(Message::Headers(headers)) =
        Message::decode("headers".parse().unwrap(), &headers[0][24..])
    else {
        panic!("no headers");
    };
    let all = blocks("send block from=1 count=5 chain=late");
    let shown: Vec<Header> = all.iter().map(|block| block.header).collect();
    assert_eq!(shown, headers.headers);
    for block in &all {
        let [coinbase] = &*block.transactions else {
            panic!("{block:?}");
        };
        assert_eq!(coinbase.txid(), block.header.merkle_root);
    }

    // The common part of two chains has the same blocks.
    assert_eq!(all[..2], blocks("send block from=1 count=2"));
    assert_eq!(all[..3], blocks("send block from=1 count=3 chain=fork"));
    assert_ne!(all[2], blocks("send block from=3")[0]);
}

#[test]
fn block_0_is_the_network_s() {
    let golden = messages().find(|golden| golden.name == "mainnet_genesis");
    let script = "script x network=mainnet { chain recorded=2; send block from=0; }";
    let script = load("x.kdl", script).unwrap();
    let [Step::Send(send)] = &*script.steps else {
        panic!("no send");
    };
    let bytes = encode(send, network_of(&script), &mut run_of(&script)).unwrap();
    assert_eq!(bytes[0][24..], golden.unwrap().payload);
}

#[test]
fn a_block_does_not_follow_the_fault_of_its_merkle_root() {
    let of = |fault: &str| {
        let chain = format!("chain length=3 {{ {fault}; }}\nsend block from=2");
        blocks(&chain).remove(0)
    };
    let honest = blocks("chain length=3\nsend block from=2").remove(0);
    for fault in [
        format!(
            "fault value at=2 field=merkle_root to=\"{}\"",
            "00".repeat(32)
        ),
        "fault flipped-bit at=2 field=merkle_root bit=7".to_owned(),
    ] {
        let block = of(&fault);
        assert_eq!(block.transactions, honest.transactions, "{fault}");
        assert_ne!(block.header.merkle_root, honest.header.merkle_root);
    }
    let linked = of("fault link at=2");
    assert_eq!(linked.transactions[0].txid(), linked.header.merkle_root);
}

#[test]
fn explain_counts_the_bytes_of_all_blocks() {
    let text = "script x network=regtest {
        chain length=20 seed=3
        send block from=4
        send block from=16 count=3
        send block { header $main.3.header; transactions $main.3.coinbase; }
    }";
    assert_snapshot!(explain(&load("x.kdl", text).unwrap()), @"
    x (regtest)
    Chain main: 20 mined headers on block 0, from seed 3.

    1. Send block for 4 of the chain main (176 bytes).
    2. Send block for 16 to 18 of the chain main (530 bytes).
    3. Send block (176 bytes).
    ");
}

#[test]
fn lies_are_about_each_block() {
    let honest = sent("chain length=3\nsend block from=1 count=3");
    let lying = sent(
        "chain length=3\nsend block from=1 count=3 { lie compact-size transactions.count width=3; }",
    );
    assert_eq!(lying.len(), 3);
    for (honest, lying) in honest.iter().zip(&lying) {
        let (before, after) = (&honest[24..24 + 80], &honest[24 + 81..]);
        assert_eq!(lying[24..], [before, &[0xfd, 1, 0], after].concat());
    }
}

#[test]
fn the_parts_of_a_block_can_be_put_together_by_hand() {
    let by_range = bytes("chain length=3\nsend block from=3");
    let by_hand = bytes(
        "chain length=3\nsend block { header $main.3.header; transactions $main.3.coinbase; }",
    );
    assert_eq!(by_hand, by_range);
    let twice = blocks(
        "chain length=3\nsend block { header $main.3.header; transactions $main.tip.coinbase $main.3.coinbase; }",
    );
    assert_eq!(twice[0].transactions.len(), 2);
    assert_eq!(twice[0].transactions[0], twice[0].transactions[1]);

    let coinbase = &by_range[by_range.len() - 2 * twice[0].transactions[0].to_bytes().len()..];
    let blocktxn =
        bytes("chain length=3\nsend blocktxn block_hash=$main.3 transactions=$main.3.coinbase");
    assert!(blocktxn.ends_with(coinbase), "{blocktxn}");
    let compact = bytes(
        "chain length=3
        send cmpctblock nonce=0 { header $main.3.header; short_ids { }; prefilled { - skipped=0 transaction=$main.3.coinbase; }; }",
    );
    assert!(compact.ends_with(coinbase), "{compact}");
}

#[test]
fn no_message_has_a_field_that_the_language_cannot_name() {
    for golden in messages() {
        let message = Message::decode(golden.command, &golden.payload).unwrap();
        for field in serde_json::to_value(&message)
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
        {
            assert!(field.parse::<Name>().is_ok(), "{} {field}", golden.command);
            assert_ne!(field, "within");
            assert_ne!(field, "offer");
        }
    }
}

#[test]
fn a_send_is_bounded() {
    let send = |value| {
        let field = Field {
            name: "payload".parse().unwrap(),
            value,
        };
        Send::from(Content::Message {
            command: "x".parse().unwrap(),
            fields: vec![field],
        })
    };
    let huge = Value::Variable("$zeros.4294967295".parse().unwrap());
    let many = Value::List(vec![Item {
        times: u32::MAX,
        value: Value::Null,
    }]);
    let both = Value::List(vec![Item {
        times: 1 << 20,
        value: Value::Variable("$zeros.1000000".parse().unwrap()),
    }]);
    let too_long = WireError::TooLong { limit: 64 << 20 };
    let too_much = WireError::TooMuchMemory { limit: 256 << 20 };
    for (value, expected) in [(huge, &too_long), (many, &too_much), (both, &too_much)] {
        let error = encode(&send(value), Network::REGTEST, &mut Run::default()).unwrap_err();
        assert_eq!(error, *expected);
    }
}
