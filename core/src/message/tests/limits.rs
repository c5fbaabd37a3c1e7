use super::*;
use crate::wire::Tolerance;

#[test]
fn limits_of_the_filters() {
    insta::assert_snapshot!(error("filterload", "fda18c"), @"filterload: filter.length at byte 0: 36001 is over the limit of 36000");
    insta::assert_snapshot!(error("filterload", "00330000000000000000"), @"filterload: hash_funcs at byte 1: 51 is over the limit of 50");
    insta::assert_snapshot!(error("filteradd", "fd0902"), @"filteradd: data.length at byte 0: 521 is over the limit of 520");
    insta::assert_snapshot!(error("cfheaders", &format!("00{}fdd107", "00".repeat(64))), @"cfheaders: filter_hashes.count at byte 65: 2001 is over the limit of 2000");
    // Known bug 13: a count of hashes that no memory holds.
    let merkle = format!("{}ffffffffffffffffff", "00".repeat(84));
    insta::assert_snapshot!(error("merkleblock", &merkle), @"merkleblock: hashes.count at byte 84: 18446744073709551615 is over the limit of 16666");
}

#[test]
fn limits_of_feature() {
    golden("feature", "04666f6f6f00");
    insta::assert_snapshot!(error("feature", "03666f6f00"), @"feature: id at byte 0: found 3, expected 4 bytes or more in an id");
    insta::assert_snapshot!(error("feature", "51"), @"feature: id.length at byte 0: 81 is over the limit of 80");
    insta::assert_snapshot!(error("feature", "04666f6f6ffd0102"), @"feature: data.length at byte 5: 513 is over the limit of 512");
}

#[test]
fn reject_has_a_hash_or_none() {
    // Known bug 32: the reason is as long as it says.
    let reject = "027478400464757374";
    golden("reject", reject);
    golden("reject", &format!("{reject}{}", "ab".repeat(32)));
    insta::assert_snapshot!(error("reject", &format!("{reject}00")), @"reject: hash at byte 9: truncated: found 1 bytes, expected 32");
    insta::assert_snapshot!(error("reject", "0d"), @"reject: message.length at byte 0: 13 is over the limit of 12");
    insta::assert_snapshot!(error("reject", "00010070"), @"reject: hash at byte 3: truncated: found 1 bytes, expected 32");
    insta::assert_snapshot!(error("reject", "000170"), @"reject: reason.length at byte 2: 112 is over the limit of 111");
}

#[test]
fn sendcmpct_says_yes_or_no() {
    insta::assert_snapshot!(error("sendcmpct", "020200000000000000"), @"sendcmpct: announce at byte 0: found 2, expected 0 or 1");
}

/// An `addrv2` with one address.
fn address(network: u8, length: usize) -> Vec<u8> {
    let mut w = Writer::new();
    w.bytes(&[1, 0, 0, 0, 0, 9, network]);
    w.var_bytes(&vec![0xaa; length]);
    w.u16_be(8333);
    w.into_bytes()
}

#[test]
fn known_networks_have_addresses_of_one_length() {
    let read = |network, length, rules: &Rules| {
        Message::decode_with(command("addrv2"), &address(network, length), rules)
    };
    for (network, length) in [(1, 4), (2, 16), (3, 10), (4, 32), (5, 32), (6, 16), (7, 16)] {
        assert!(read(network, length, &Rules::STRICT).is_ok(), "{network}");
        assert!(
            read(network, length + 1, &Rules::STRICT).is_err(),
            "{network}"
        );
        let foreign = matches!(network, 3 | 7);
        assert_eq!(
            read(network, length - 1, &Rules::REFERENCE).is_ok(),
            foreign,
            "{network}"
        );
    }
    for length in [0, 3, 512] {
        assert!(read(99, length, &Rules::STRICT).is_ok(), "{length}");
    }
    insta::assert_snapshot!(read(1, 5, &Rules::STRICT).unwrap_err(), @"addrv2: addresses[0].address at byte 7: found 5, expected 4 bytes in an IPv4 address");
    insta::assert_snapshot!(read(99, 513, &Rules::STRICT).unwrap_err(), @"addrv2: addresses[0].address.length at byte 7: 513 is over the limit of 512");
}

#[test]
fn an_unknown_network_stays_whole() {
    let message = golden("addrv2", &const_hex::encode(address(99, 3)));
    insta::assert_snapshot!(serde_json::to_string(&message).unwrap(), @r#"{"addresses":[{"time":0,"services":"NETWORK | WITNESS","network":"0x63","address":"aaaaaa","port":8333}]}"#);
}

#[test]
fn limits_can_be_moved() {
    let rules = Rules {
        max_filter_add: 1_000,
        ..Rules::STRICT
    };
    let bytes = [&[0xfd, 0x09, 0x02][..], &[0; 521]].concat();
    assert!(Message::decode_with(command("filteradd"), &bytes, &rules).is_ok());
    let lax = Rules {
        non_minimal_compact_size: Tolerance::Ignore,
        ..Rules::STRICT
    };
    assert!(Message::decode_with(command("filteradd"), &[0xfd, 0, 0], &lax).is_ok());
}
