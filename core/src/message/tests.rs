use proptest::prelude::*;

use super::*;
use crate::network::Network;
use crate::wire::{FieldValue, MalformedKind, Rules, Step};

mod limits;
mod transactions;

fn command(name: &str) -> Command {
    name.parse().unwrap()
}

fn decode(name: &str, hex: &str) -> Result<Message, DecodeError> {
    Message::decode(command(name), &const_hex::decode(hex).unwrap())
}

fn error(name: &str, hex: &str) -> String {
    decode(name, hex).unwrap_err().to_string()
}

/// Decodes a payload that another implementation made, and expects the same bytes back.
fn golden(name: &str, hex: &str) -> Message {
    let message = decode(name, hex).unwrap();
    assert_eq!(const_hex::encode(message.payload()), hex, "{name}");
    assert_eq!(message.command(), command(name));
    message
}

/// Sent by Bitcoin Core v31.0 on regtest, recorded with `-capturemessages`.
const CORE_VERSION: &str = "801101004d040000000000008d0f036b0000000000000000000000000000000000000000000000000000000000004d040000000000000000000000000000000000000000000000005c4541d651d72a31102f5361746f7368693a33312e302e302f6e00000001";

#[test]
fn the_table_names_valid_commands_once() {
    for (at, row) in Message::COMMANDS.iter().enumerate() {
        assert_eq!(Command::from_bytes(row.to_bytes()), Ok(*row));
        assert!(
            !Message::COMMANDS[..at].contains(row),
            "{row} stands twice in the table"
        );
    }
}

#[test]
fn version_of_bitcoin_core() {
    insta::assert_debug_snapshot!(golden("version", CORE_VERSION), @r#"
    Version(
        Version {
            version: 70016,
            services: Services(
                NETWORK | BLOOM | WITNESS | COMPACT_FILTERS | NETWORK_LIMITED,
            ),
            timestamp: 1795362701,
            receiver: NetAddress {
                services: Services(
                    0x0,
                ),
                ip: ::,
                port: 0,
            },
            sender: NetAddress {
                services: Services(
                    NETWORK | BLOOM | WITNESS | COMPACT_FILTERS | NETWORK_LIMITED,
                ),
                ip: ::,
                port: 0,
            },
            nonce: 3542880803367241052,
            user_agent: "/Satoshi:31.0.0/",
            start_height: 110,
            relay: true,
            last_field: Relay,
        },
    )
    "#);
}

/// The developer reference's `version` example (a mainnet node of 2014, protocol 70002).
#[test]
fn version_of_the_developer_reference() {
    let hex = "721101000100000000000000bc8f5e5400000000010000000000000000000000000000000000ffffc61b6409208d010000000000000000000000000000000000ffffcb0071c0208d128035cbc97953f80f2f5361746f7368693a302e392e332fcf05050001";
    let Message::Version(version) = golden("version", hex) else {
        unreachable!()
    };
    assert_eq!(version.user_agent, "/Satoshi:0.9.3/".into());
    assert_eq!(
        version.sender.socket_addr().to_string(),
        "203.0.113.192:8333"
    );
    assert_eq!((version.start_height, version.relay), (329_167, true));
}

#[test]
fn version_may_end_early() {
    for (length, last_field) in [
        (46, LastField::Receiver),
        (80, LastField::Nonce),
        (97, LastField::UserAgent),
        (101, LastField::StartHeight),
        (102, LastField::Relay),
    ] {
        let Message::Version(version) = golden("version", &CORE_VERSION[..2 * length]) else {
            unreachable!()
        };
        assert_eq!(version.last_field, last_field);
        assert!(
            version.relay,
            "BIP37: without the field, transactions are wanted"
        );
    }
    insta::assert_snapshot!(error("version", &CORE_VERSION[..2 * 50]), @"version: sender.services at byte 46: truncated: found 4 bytes, expected 8");
    insta::assert_snapshot!(error("version", &format!("{}02", &CORE_VERSION[..2 * 101])), @"version: relay at byte 101: found 2, expected 0 or 1");
    insta::assert_snapshot!(error("version", &format!("{CORE_VERSION}00")), @"version: end at byte 102: found 1 bytes after the last field");
    let long = format!("{}fd0101{}", &CORE_VERSION[..2 * 80], "61".repeat(257));
    insta::assert_snapshot!(error("version", &long), @"version: user_agent.length at byte 80: 257 is over the limit of 256");
}

#[test]
fn messages_of_bitcoin_core() {
    insta::assert_debug_snapshot!(golden("notfound", "01010000001111111111111111111111111111111111111111111111111111111111111111"), @"
    NotFound(
        NotFound {
            inventory: [
                InvItem {
                    kind: TX,
                    hash: 1111111111111111111111111111111111111111111111111111111111111111,
                },
            ],
        },
    )
    ");
    insta::assert_debug_snapshot!(golden("feefilter", "6400000000000000"), @"
    FeeFilter(
        FeeFilter {
            fee_rate: 100,
        },
    )
    ");
    insta::assert_debug_snapshot!(golden("inv", "01050000000758f180b30abb8f3f1286eae0526b093ed57a56fe7d0dbd2a5ea391af5643e4"), @"
    Inv(
        Inv {
            inventory: [
                InvItem {
                    kind: WTX,
                    hash: e44356af91a35e2abd0d7dfe567ad53e096b52e0ea86123f8fbb0ab380f15807,
                },
            ],
        },
    )
    ");
    insta::assert_debug_snapshot!(golden("pong", "0102030405060708"), @"
    Pong(
        Pong {
            nonce: 578437695752307201,
        },
    )
    ");
    for name in [
        "verack",
        "sendheaders",
        "getaddr",
        "wtxidrelay",
        "sendaddrv2",
    ] {
        golden(name, "");
    }
}

/// The developer reference's `addr` example.
#[test]
fn addr_of_the_developer_reference() {
    insta::assert_debug_snapshot!(golden("addr", "01d91f4854010000000000000000000000000000000000ffffc0000233208d"), @"
    Addr(
        Addr {
            addresses: [
                TimedAddress {
                    time: 1414012889,
                    address: NetAddress {
                        services: Services(
                            NETWORK,
                        ),
                        ip: ::ffff:192.0.2.51,
                        port: 8333,
                    },
                },
            ],
        },
    )
    ");
}

#[test]
fn headers_carry_a_transaction_count_of_zero() {
    let header = const_hex::encode(Network::MAINNET.params.genesis.to_bytes());
    let Message::Headers(headers) = golden("headers", &format!("01{header}00")) else {
        unreachable!()
    };
    assert_eq!(headers.headers, [Network::MAINNET.params.genesis]);
    let counted = format!("02{header}00{header}05");
    insta::assert_snapshot!(error("headers", &counted), @"headers: headers[1].tx_count at byte 162: found 5, expected 0");
    let bytes = const_hex::decode(counted).unwrap();
    assert!(Message::decode_with(command("headers"), &bytes, &Rules::REFERENCE).is_ok());
    // A count in three bytes must not push the next header out of place (known bug 41).
    let wide = const_hex::decode(format!("02{header}fd0001{header}00")).unwrap();
    let read = Message::decode_with(command("headers"), &wide, &Rules::REFERENCE).unwrap();
    assert_eq!(
        read,
        Headers {
            headers: vec![Network::MAINNET.params.genesis; 2]
        }
        .into()
    );
}

#[test]
fn counts_are_held_against_limit_and_data() {
    insta::assert_snapshot!(error("headers", "fdd107"), @"headers: headers.count at byte 0: 2001 is over the limit of 2000");
    insta::assert_snapshot!(error("headers", "fdd007"), @"headers: headers.count at byte 0: 2000 of at least 81 bytes each do not fit in the 0 bytes left");
    insta::assert_snapshot!(error("getheaders", "8011010066"), @"getheaders: locator.count at byte 4: 102 is over the limit of 101");
    insta::assert_snapshot!(error("inv", "fd51c3"), @"inv: inventory.count at byte 0: 50001 is over the limit of 50000");
    insta::assert_snapshot!(error("addr", "fde903"), @"addr: addresses.count at byte 0: 1001 is over the limit of 1000");
    insta::assert_snapshot!(error("getdata", "ffffffffffffffffff"), @"getdata: inventory.count at byte 0: 18446744073709551615 is over the limit of 50000");
    insta::assert_snapshot!(error("notfound", "fd0100"), @"notfound: inventory.count at byte 0: CompactSize 1 is written in 3 bytes, its only valid form has 1");
    insta::assert_snapshot!(error("inv", "0201000000ab"), @"inv: inventory.count at byte 0: 2 of at least 36 bytes each do not fit in the 5 bytes left");
    insta::assert_snapshot!(error("ping", "0102030405060708aa"), @"ping: end at byte 8: found 1 bytes after the last field");
    insta::assert_snapshot!(error("verack", "00"), @"verack: end at byte 0: found 1 bytes after the last field");
}

#[test]
fn the_reference_takes_any_byte_but_zero_for_yes() {
    let odd = const_hex::decode(format!("{}02", &CORE_VERSION[..2 * 101])).unwrap();
    let read = Message::decode_with(command("version"), &odd, &Rules::REFERENCE).unwrap();
    assert!(matches!(read, Message::Version(version) if version.relay));
}

#[test]
fn the_reference_forgives_no_byte_behind_a_feature() {
    let feature = const_hex::decode("0461626364000000").unwrap();
    let error = Message::decode_with(command("feature"), &feature, &Rules::REFERENCE);
    insta::assert_snapshot!(error.unwrap_err(), @"feature: end at byte 6: found 2 bytes after the last field");
}

#[test]
fn trailing_bytes_can_be_tolerated() {
    let read = Message::decode_with(command("ping"), &[0; 9], &Rules::REFERENCE);
    assert_eq!(read, Ok(Ping { nonce: 0 }.into()));
}

#[test]
fn what_is_unknown_stays_whole() {
    let message = golden("wibble", "00ff10");
    assert_eq!(
        serde_json::to_string(&message).unwrap(),
        r#"{"payload":"00ff10"}"#
    );
    let kind = "01efbeadde1111111111111111111111111111111111111111111111111111111111111111";
    insta::assert_snapshot!(serde_json::to_string(&golden("inv", kind)).unwrap(), @r#"{"inventory":[{"kind":"0xdeadbeef","hash":"1111111111111111111111111111111111111111111111111111111111111111"}]}"#);
    let services = Services::from_bits_retain(0x0100_0000_0000_0409);
    insta::assert_snapshot!(serde_json::to_string(&services).unwrap(), @r#""NETWORK | WITNESS | NETWORK_LIMITED | 0x100000000000000""#);
}

#[test]
fn a_trace_distinguishes_counts_from_other_compact_sizes() {
    let payload = const_hex::decode("01e3156649fd0904010401020304208d").unwrap();
    let (read, spans) = Message::explain(command("addrv2"), &payload, &Rules::STRICT);
    read.unwrap();
    let sizes: Vec<_> = spans
        .iter()
        .filter(|span| span.value.compact_size().is_some())
        .map(|span| (span.step, &span.value))
        .collect();
    assert_eq!(
        sizes,
        [
            (Step::Field("count"), &FieldValue::Count(1)),
            (Step::Field("services"), &FieldValue::CompactSize(0x409)),
            (Step::Field("length"), &FieldValue::Count(4)),
        ]
    );
}

#[test]
fn a_trace_tells_where_each_field_lies() {
    let (read, spans) = Message::explain(
        command("inv"),
        &[vec![1], vec![2; 30]].concat(),
        &Rules::STRICT,
    );
    assert!(matches!(
        read.unwrap_err().malformed.kind,
        MalformedKind::OverData { .. }
    ));
    assert_eq!(spans.len(), 2);
    let payload = const_hex::decode(CORE_VERSION).unwrap();
    let (_, spans) = Message::explain(command("version"), &payload, &Rules::STRICT);
    let lines: Vec<String> = spans
        .iter()
        .map(|s| {
            format!(
                "{:3}..{:<3} {}{:?} {}",
                s.start,
                s.end,
                "  ".repeat(s.depth),
                s.step,
                s.value
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
      0..4   Field("version") 70016
      4..12  Field("services") NETWORK | BLOOM | WITNESS | COMPACT_FILTERS | NETWORK_LIMITED
     12..20  Field("timestamp") 1795362701
     20..46  Field("receiver") 
     20..28    Field("services") none
     28..44    Field("ip") ::
     44..46    Field("port") 0
     46..72  Field("sender") 
     46..54    Field("services") NETWORK | BLOOM | WITNESS | COMPACT_FILTERS | NETWORK_LIMITED
     54..70    Field("ip") ::
     70..72    Field("port") 0
     72..80  Field("nonce") 3542880803367241052
     80..97  Field("user_agent") 
     80..81    Field("length") 16
     81..97    Field("bytes") 2f5361746f7368693a33312e302e302f
     97..101 Field("start_height") 110
    101..102 Field("relay") 1
    "#);
}

/// Any payload for any command of the table, and for one that is not in it: random bytes, and
/// golden payloads with some bytes changed, which reach further inside.
fn any_payload() -> impl Strategy<Value = (Command, Vec<u8>)> {
    let commands = [Message::COMMANDS, &[command("wibble")]].concat();
    let counted =
        (0..4_u8, proptest::collection::vec(any::<u8>(), 0..400)).prop_map(|(n, mut bytes)| {
            bytes.insert(0, n);
            bytes
        });
    let random = prop_oneof![proptest::collection::vec(any::<u8>(), 0..400), counted];
    let change = (any::<proptest::sample::Index>(), any::<u8>());
    let changed = (
        proptest::sample::select(golden_payloads()),
        proptest::collection::vec(change, 0..3),
    )
        .prop_map(|((command, mut payload), changes)| {
            let length = payload.len();
            for (at, byte) in changes.iter().filter(|_| length > 0) {
                payload[at.index(length)] = *byte;
            }
            (command, payload)
        });
    prop_oneof![
        1 => (proptest::sample::select(commands), random),
        3 => changed,
    ]
}

/// The payloads of `fixtures/messages`, which belongs to a crate that depends on this one.
fn golden_payloads() -> Vec<(Command, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/messages");
    let mut payloads = Vec::new();
    for &command in Message::COMMANDS {
        for file in std::fs::read_dir(format!("{folder}/{command}")).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let hex: String = text.lines().filter(|line| !line.starts_with('#')).collect();
            payloads.push((command, const_hex::decode(hex).unwrap()));
        }
    }
    payloads
}

proptest! {
    #[test]
    fn whatever_decodes_encodes_to_the_same_bytes((command, payload) in any_payload()) {
        if let Ok(message) = Message::decode(command, &payload) {
            prop_assert_eq!(message.command(), command);
            prop_assert_eq!(message.payload(), payload);
        }
    }

    #[test]
    fn json_holds_all_of_a_message((command, payload) in any_payload()) {
        if let Ok(message) = Message::decode(command, &payload) {
            let json = serde_json::to_value(&message).unwrap();
            prop_assert_eq!(Message::deserialize_as(command, json).unwrap(), message);
        }
    }

    #[test]
    fn a_trace_changes_nothing((command, payload) in any_payload()) {
        for rules in [Rules::STRICT, Rules::REFERENCE] {
            let (explained, _) = Message::explain(command, &payload, &rules);
            prop_assert_eq!(explained, Message::decode_with(command, &payload, &rules));
        }
    }
}
