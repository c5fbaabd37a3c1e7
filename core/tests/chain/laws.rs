//! However the headers come in, they lead to the same end.

use fake_peer_core::chain::{
    HeaderError, HeaderTree, MinDifficulty, Params, RecordsError, Retarget, RetargetBase, Tip,
    Validator,
};
use fake_peer_core::hash::Hash256;
use fake_peer_core::header::{CompactTarget, Header, Target};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::miner::{Miner, NOW, mined, small_period};

/// Networks that differ in all that the state after a header holds.
fn networks() -> impl Strategy<Value = Params> {
    let min_difficulty = Some(MinDifficulty::TESTNET);
    let bip94 = Retarget {
        base: RetargetBase::FirstBlock,
        ..Retarget::MAINNET
    };
    prop::sample::select(vec![
        Params::regtest(),
        small_period(),
        Params {
            min_difficulty,
            ..small_period()
        },
        Params {
            min_difficulty,
            retarget: Some(bip94),
            max_timewarp_seconds: Some(600),
            ..small_period()
        },
    ])
}

fn gaps(most: usize) -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(
        prop_oneof![300..900_u32, Just(1_200), Just(1_201), 1..5_000_u32],
        1..most,
    )
}

fn chain(params: Params, gaps: &[u32]) -> Vec<Header> {
    let mut miner = Miner::new(params);
    for gap in gaps {
        miner.grow(1, *gap);
    }
    miner.headers
}

/// One field changed; with new proof of work, where the bits allow it, or without.
#[derive(Debug, Clone)]
enum Fault {
    None,
    Bit(usize),
    Bits(u32),
    Time(u32),
    Version(i32),
}

fn faults() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::None),
        (0..640_usize).prop_map(Fault::Bit),
        prop_oneof![any::<u32>(), Just(0x201f_ffff), Just(0x207f_fffe)].prop_map(Fault::Bits),
        any::<u32>().prop_map(Fault::Time),
        any::<i32>().prop_map(Fault::Version),
    ]
}

fn spoil(header: &mut Header, fault: &Fault) {
    match *fault {
        Fault::None => return,
        Fault::Bit(bit) => {
            let mut bytes = header.to_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            *header = Header::from_bytes(&bytes);
            return;
        }
        Fault::Bits(bits) => header.bits = CompactTarget(bits),
        Fault::Time(time) => header.time = time,
        Fault::Version(version) => header.version = version,
    }
    // Easy enough to mine.
    if Target::try_from(header.bits).is_ok_and(|target| target.to_be_bytes()[0] > 0) {
        *header = mined(*header);
    }
}

type End = (Result<(), HeaderError>, Tip);

fn one_by_one(params: Params, headers: &[Header]) -> End {
    let mut chain = Validator::new(params);
    let result = headers
        .iter()
        .try_for_each(|header| chain.push(header, NOW).map(|_| ()));
    (result, *chain.tip())
}

fn in_a_batch(params: Params, headers: &[Header]) -> End {
    let mut chain = Validator::new(params);
    let result = chain.push_batch(headers, NOW);
    if let Ok(accepted) = result {
        assert_eq!(
            (accepted.count, accepted.tip),
            (headers.len(), *chain.tip())
        );
    }
    (result.map(|_| ()), *chain.tip())
}

fn as_records(params: Params, headers: &[Header], stride: usize) -> End {
    let mut records = Vec::new();
    for header in headers {
        records.extend(header.to_bytes());
        records.resize(records.len() + stride - Header::SIZE, 0xee);
    }
    let mut chain = Validator::new(params);
    let result = chain.push_records(&records, stride, NOW).map(|accepted| {
        assert_eq!(
            (accepted.count, accepted.tip),
            (headers.len(), *chain.tip())
        );
    });
    let result = result.map_err(|error| match error {
        RecordsError::Header(error) => error,
        other => panic!("{other}"),
    });
    (result, *chain.tip())
}

/// The tree knows no height where it knows no parent; all else is the same.
fn in_a_tree(params: Params, headers: &[Header]) -> End {
    let mut tree = HeaderTree::new(params);
    let result = headers
        .iter()
        .try_for_each(|header| tree.insert(header, NOW).map(|_| ()));
    (result, *tree.tip())
}

fn without_unknown_parent(end: &End) -> (Result<(), Option<HeaderError>>, Tip) {
    let known =
        |error: HeaderError| (error.reject_reason() != "prev-blk-not-found").then_some(error);
    (end.0.map_err(known), end.1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn all_ways_lead_to_the_same_end(
        params in networks(), gaps in gaps(60), at: Index, fault in faults(),
    ) {
        let mut headers = chain(params, &gaps);
        let at = at.index(headers.len());
        spoil(&mut headers[at], &fault);
        let end = one_by_one(params, &headers);
        prop_assert_eq!(in_a_batch(params, &headers), end);
        prop_assert_eq!(as_records(params, &headers, 80), end);
        prop_assert_eq!(as_records(params, &headers, 81), end);
        prop_assert_eq!(
            without_unknown_parent(&in_a_tree(params, &headers)),
            without_unknown_parent(&end)
        );
    }

    /// More than a chunk of hashes.
    #[test]
    fn long_batches(count in 500..600_usize, at: Index) {
        let mut headers = chain(Params::regtest(), &vec![600; count]);
        let at = at.index(count);
        headers[at].prev_block = Hash256::ZERO;
        let end = one_by_one(Params::regtest(), &headers);
        prop_assert_eq!(end.1.height as usize, at);
        prop_assert_eq!(as_records(Params::regtest(), &headers, 80), end);
        prop_assert_eq!(as_records(Params::regtest(), &headers, 81), end);
    }

    /// A tree of random shape against a validator for each branch and the first greatest work.
    #[test]
    fn a_tree_is_its_branches(
        params in networks(),
        shape in prop::collection::vec((any::<Index>(), any::<bool>(), 300..2_000_u32), 1..80),
    ) {
        let mut tree = HeaderTree::new(params);
        let mut branches = vec![Miner::new(params)];
        let mut best = 0;
        for (n, (parent, extend, gap)) in shape.into_iter().enumerate() {
            // Half of them extend what came last, so that branches grow long.
            let parent = if extend { n } else { parent.index(branches.len()) };
            let mut branch = branches[parent].clone();
            let mut header = branch.after(gap);
            header.merkle_root.0[0] = u8::try_from(n).unwrap(); // no two alike
            branch.push(header);
            tree.insert(branch.headers.last().unwrap(), NOW).unwrap();
            branches.push(branch);
            if branches[n + 1].chain.tip().work > branches[best].chain.tip().work {
                best = n + 1;
            }
            prop_assert_eq!(tree.tip(), branches[best].chain.tip());
        }
        for branch in &branches {
            let tip = branch.chain.tip();
            let kept = tree.get(&tip.hash).unwrap();
            prop_assert_eq!((kept.height, kept.work), (tip.height, tip.work));
        }
        for (height, header) in (1..).zip(&branches[best].headers) {
            prop_assert_eq!(tree.at_height(height).unwrap().header, *header);
        }
    }

    #[test]
    fn no_records_panic(records: Vec<u8>, stride in 0..200_usize, now: u64) {
        let _ = Validator::new(Params::mainnet()).push_records(&records, stride, now);
    }
}
