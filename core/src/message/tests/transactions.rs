use super::*;
use crate::wire::Tolerance;

/// A transaction without witness, and the coinbase with witness of a block: sent by Bitcoin Core
/// v31.0 on regtest.
const PLAIN: &str = "0200000001f90344ddd9a16af4f07ed7af45a2e9aec7b443ae92f7bf6560bbaea78cb122b90000000000ffffffff0200f9029500000000015100180d8f0000000002516100000000";
const BLOCK: &str = "0000002066a1f2e4f68b89053cce76166f5e6d2c4eba224bccfc9f2ac77def1c6e92936fa2e79222674edbce536818cf97be3572d0ed49ba46e1802ec4b6b0143c9835b18f0f036bffff7f200400000001020000000001010000000000000000000000000000000000000000000000000000000000000000ffffffff025600feffffff0200f2052a0100000001510000000000000000266a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd836974e8cf90120000000000000000000000000000000000000000000000000000000000000000005000000";

fn transaction(hex: &str) -> Transaction {
    Transaction::from_message(golden("tx", hex)).unwrap()
}

/// The coinbase of [`BLOCK`].
fn coinbase() -> Transaction {
    let block = Block::from_message(golden("block", BLOCK)).unwrap();
    let [coinbase] = block.transactions.try_into().unwrap();
    coinbase
}

#[test]
fn a_transaction_is_named_by_its_form_without_witness() {
    let plain = transaction(PLAIN);
    assert_eq!(plain.txid(), plain.wtxid());
    let block = Block::from_message(golden("block", BLOCK)).unwrap();
    // The Merkle root over one transaction is its txid.
    assert_eq!(coinbase().txid(), block.header.merkle_root);
    assert_ne!(coinbase().txid(), coinbase().wtxid());
    insta::assert_snapshot!(plain.txid(), @"e44356af91a35e2abd0d7dfe567ad53e096b52e0ea86123f8fbb0ab380f15807");
    insta::assert_debug_snapshot!(coinbase().inputs, @"
    [
        TxIn {
            previous_output: OutPoint {
                txid: 0000000000000000000000000000000000000000000000000000000000000000,
                vout: 4294967295,
            },
            script_sig: 5600,
            sequence: 4294967294,
            witness: [
                0000000000000000000000000000000000000000000000000000000000000000,
            ],
        },
    ]
    ");
}

/// The empty transaction is read as Bitcoin Core's `UnserializeTransaction` reads it: a count of
/// inputs of 0, then a flag of 0, and no outputs.
#[test]
fn without_inputs_a_transaction_is_empty() {
    assert_eq!(transaction("02000000000000000000"), Transaction::default());
    insta::assert_snapshot!(error("tx", "0200000000020000"), @"tx: flag at byte 5: found 2, expected 1, or 0 in an empty transaction");
    insta::assert_snapshot!(error("tx", "0200000000030000"), @"tx: flag at byte 5: found 3, expected 1, or 0 in an empty transaction");
    insta::assert_snapshot!(error("tx", "0200000000"), @"tx: flag at byte 5: truncated: found 0 bytes, expected 1");
}

#[test]
fn a_witness_record_without_witness_is_refused() {
    let mut bytes = const_hex::decode(PLAIN).unwrap();
    bytes.splice(4..4, [0, 1]);
    let lock_time = bytes.len() - 4;
    bytes.insert(lock_time, 0);
    insta::assert_snapshot!(error("tx", &const_hex::encode(&bytes)), @"tx: flag at byte 5: found 1, expected a witness that is not empty");
    bytes.splice(lock_time..=lock_time, [2, 0, 1, 0x51]);
    let witness = transaction(&const_hex::encode(&bytes)).inputs[0]
        .witness
        .clone();
    assert_eq!(witness.items().collect::<Vec<_>>(), [&[][..], &[0x51]]);
    bytes[lock_time] = 3;
    insta::assert_snapshot!(error("tx", &const_hex::encode(&bytes)), @"tx: lock_time at byte 75: truncated: found 3 bytes, expected 4");
    insta::assert_snapshot!(error("tx", &const_hex::encode(&bytes[..lock_time + 2])), @"tx: witnesses[0].count at byte 70: 3 of at least 1 bytes each do not fit in the 1 bytes left");
}

/// A wide witness item is read where that is tolerated, and is the same as a narrow one.
#[test]
fn a_tolerated_wide_length_is_not_kept() {
    let (narrow, wide) = ([1, 1, 0x51], [1, 0xfd, 1, 0, 0x51]);
    let lax = Rules {
        non_minimal_compact_size: Tolerance::Ignore,
        ..Rules::STRICT
    };
    let read = |bytes: &[u8]| Witness::read(&mut Reader::with_rules(bytes, &lax)).unwrap();
    assert_eq!(read(&narrow), read(&wide));
    assert_eq!(read(&wide).to_bytes(), narrow);
}

#[test]
fn places_are_the_sum_of_what_is_skipped() {
    let hash = "11".repeat(32);
    let message = golden("getblocktxn", &format!("{hash}03000003"));
    let request = GetBlockTxn::from_message(message).unwrap();
    assert_eq!(request.places().collect::<Vec<_>>(), [0, 1, 5]);
    golden("getblocktxn", &format!("{hash}01fdffff"));
    insta::assert_snapshot!(error("getblocktxn", &format!("{hash}0200fdffff")), @"getblocktxn: skipped[1].place at byte 34: 65536 is over the limit of 65535");
    insta::assert_snapshot!(error("getblocktxn", &format!("{hash}01fe00000100")), @"getblocktxn: skipped[0].place at byte 33: 65536 is over the limit of 65535");
}

#[test]
fn a_compact_block_stands_for_so_many_transactions() {
    let header = const_hex::encode(Network::REGTEST.params.genesis.to_bytes());
    let compact = |lists: &str| format!("{header}0000000000000000{lists}");
    let message = golden(
        "cmpctblock",
        &compact(&format!("01aabbccddeeff0201{PLAIN}00{PLAIN}")),
    );
    let block = CmpctBlock::from_message(message).unwrap();
    let places: Vec<u64> = block.prefilled_places().map(|(place, _)| place).collect();
    assert_eq!(places, [1, 2]);
    insta::assert_snapshot!(error("cmpctblock", &compact(&format!("0002fdffff{PLAIN}00{PLAIN}"))), @"cmpctblock: prefilled[1].skipped at byte 165: 65536 is over the limit of 65535");
    let empty = format!("0001000200000000{}", "00".repeat(60));
    insta::assert_snapshot!(error("cmpctblock", &compact(&empty)), @"cmpctblock: prefilled[0].transaction at byte 91: found 0, expected one input or more");
    let short_ids = "00".repeat(6 * 0xffff);
    insta::assert_snapshot!(error("cmpctblock", &compact(&format!("fdffff{short_ids}0100"))), @"cmpctblock: prefilled.count at byte 393301: 1 is over the limit of 0");
}

#[test]
fn a_witness_item_can_have_a_limit() {
    let mut transaction = Transaction {
        inputs: [TxIn::default()].into(),
        outputs: [TxOut::default()].into(),
        ..Transaction::default()
    };
    transaction.inputs[0].witness = [vec![0; 101]].into_iter().collect();
    let bytes = transaction.to_bytes();
    let with = |max_witness_item| Rules {
        max_witness_item,
        ..Rules::STRICT
    };
    let read = |rules: Rules| Transaction::read(&mut Reader::with_rules(&bytes, &rules));
    assert_eq!(read(with(101)), Ok(transaction.clone()));
    assert!(read(with(100)).is_err());
}
