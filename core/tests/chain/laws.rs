//! However the headers come in, they lead to the same end.

use std::num::NonZero;

use fake_peer_core::chain::{
    HeaderError, HeaderTree, MeasuredFrom, MinDifficulty, Params, RecordsError, Retarget,
    RetargetBase, Tip, Unchecked, Validator, VersionFloor,
};
use fake_peer_core::hash::Hash256;
use fake_peer_core::header::{CompactTarget, Header, Target};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::miner::{Miner, NOW, mined, small_period};

/// Networks that differ in every part of the state after a header.
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

/// Parameters in which one rule is switched off or has another value.
fn flawed_networks() -> impl Strategy<Value = Params> {
    let min_difficulty = MinDifficulty::TESTNET;
    let small = small_period();
    let retarget = Retarget::MAINNET;
    #[rustfmt::skip]
    let flawed = vec![
        Params { proof_of_work: None, ..small },
        Params { required_bits: false, ..small },
        Params { required_bits: false, min_difficulty: Some(min_difficulty), ..small },
        Params { pow_limit: Target::MAX, retarget: None, ..small },
        Params { target_timespan: 1, retarget: None, ..small },
        Params { target_timespan: 30 * 600, ..small },
        Params { retarget: None, ..small },
        Params { retarget: Some(Retarget { clamp: 1, ..retarget }), ..small },
        Params { retarget: Some(Retarget { measured_from: MeasuredFrom::LastOfPrevious, ..retarget }), ..small },
        Params { min_difficulty: Some(MinDifficulty { at_boundary: true, ..min_difficulty }), ..small },
        Params { min_difficulty: Some(MinDifficulty { walk_back: false, ..min_difficulty }), ..small },
        Params { min_difficulty: Some(MinDifficulty { after_seconds: 600, ..min_difficulty }), ..small },
        Params { median_time_span: 0, ..small },
        Params { median_time_span: 9, ..small },
        Params { median_time_span: 200, ..small },
        Params { min_seconds_past_median: 0, ..small },
        Params { min_seconds_past_median: u32::MAX, ..small },
        Params { max_future_seconds: None, ..small },
        Params { version_floors: [(2, 5), (3, 15), (4, 27)].map(|(version, height)| VersionFloor { version, height }), ..small },
        Params { version_floors: [(5, 33), (4, 33), (-1, 0)].map(|(version, height)| VersionFloor { version, height }), ..small },
    ];
    prop::sample::select(flawed)
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
        let header = mined(miner.after(*gap));
        // Some flaws allow no chain beyond a point.
        if miner.chain.push(&header, NOW).is_err() {
            break;
        }
        miner.headers.push(header);
    }
    miner.headers
}

/// A change to one field, with new proof of work if the bits allow it, or without.
#[derive(Debug, Clone)]
enum Fault {
    None,
    Bit(usize),
    Bits(u32),
    Time(u32),
    /// A time that many seconds later, or earlier: around the median and the 20-minute rule.
    Shift(i32),
    Version(i32),
}

fn faults() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::None),
        (0..640_usize).prop_map(Fault::Bit),
        prop_oneof![any::<u32>(), Just(0x201f_ffff), Just(0x207f_fffe)].prop_map(Fault::Bits),
        any::<u32>().prop_map(Fault::Time),
        (0..4_u32).prop_map(|late| Fault::Time(4_000_007_199 + late)),
        (-9_000..1_000_i32).prop_map(Fault::Shift),
        any::<i32>().prop_map(Fault::Version),
        (1..6_i32).prop_map(Fault::Version),
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
        Fault::Shift(seconds) => header.time = header.time.saturating_add_signed(seconds),
        Fault::Version(version) => header.version = version,
    }
    // Easy enough to mine.
    if Target::try_from(header.bits).is_ok_and(|target| target.to_be_bytes()[0] > 0) {
        *header = mined(*header);
    }
}

/// The result, and the complete state of the validator after it.
type End = (Result<(), HeaderError>, Tip, Unchecked);

fn end(chain: &Validator, result: Result<(), HeaderError>) -> End {
    (result, *chain.tip(), chain.unchecked())
}

/// The simplest way: each header by itself, through the rules as they are documented.
fn one_by_one(mut chain: Validator, headers: &[Header]) -> End {
    let result = headers
        .iter()
        .try_for_each(|header| chain.push(header, NOW).map(|_| ()));
    end(&chain, result)
}

fn in_a_batch(mut chain: Validator, headers: &[Header]) -> End {
    let result = chain.push_batch(headers, NOW);
    if let Ok(accepted) = result {
        assert_eq!(
            (accepted.count, accepted.tip),
            (headers.len(), *chain.tip())
        );
    }
    end(&chain, result.map(|_| ()))
}

/// Validates on this many threads or, without `threads`, on the caller's thread only.
fn as_records(
    mut chain: Validator,
    headers: &[Header],
    stride: usize,
    threads: Option<usize>,
) -> End {
    let mut records = Vec::new();
    for header in headers {
        records.extend(header.to_bytes());
        records.resize(records.len() + stride - Header::SIZE, 0xee);
    }
    let result = match threads.and_then(NonZero::new) {
        None => chain.push_records(&records, stride, NOW),
        Some(threads) => chain.push_records_threaded(&records, stride, NOW, threads),
    };
    let result = result.map(|accepted| {
        assert_eq!(
            (accepted.count, accepted.tip),
            (headers.len(), *chain.tip())
        );
    });
    let result = result.map_err(|error| match error {
        RecordsError::Header(error) => error,
        other => panic!("{other}"),
    });
    end(&chain, result)
}

/// The tree does not know the height of a header without a known parent. Everything else is the
/// same.
fn in_a_tree(params: Params, headers: &[Header]) -> (Result<(), HeaderError>, Tip) {
    let mut tree = HeaderTree::new(params);
    let result = headers
        .iter()
        .try_for_each(|header| tree.insert(header, NOW).map(|_| ()));
    (result, *tree.tip())
}

fn without_unknown_parent(result: Result<(), HeaderError>) -> Result<(), Option<HeaderError>> {
    let known =
        |error: HeaderError| (error.reject_reason() != "prev-blk-not-found").then_some(error);
    result.map_err(known)
}

/// A header every ten minutes, none of them mined.
fn long_chain(params: Params, count: usize) -> Vec<Header> {
    let mut last = params.genesis;
    let next = |_| {
        last = Header {
            version: 4,
            prev_block: last.hash(),
            time: last.time + 600,
            ..params.genesis
        };
        last
    };
    (0..count).map(next).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn all_ways_lead_to_the_same_end(
        params in prop_oneof![networks(), flawed_networks()],
        gaps in gaps(60),
        at: Index,
        fault in faults(),
    ) {
        let mut headers = chain(params, &gaps);
        prop_assume!(!headers.is_empty());
        let at = at.index(headers.len());
        spoil(&mut headers[at], &fault);
        let start = || Validator::new(params);
        let end = one_by_one(start(), &headers);
        prop_assert_eq!(in_a_batch(start(), &headers), end);
        for stride in [80, 81] {
            prop_assert_eq!(as_records(start(), &headers, stride, None), end);
            prop_assert_eq!(as_records(start(), &headers, stride, Some(2)), end);
        }
        let (result, tip) = in_a_tree(params, &headers);
        prop_assert_eq!(without_unknown_parent(result), without_unknown_parent(end.0));
        prop_assert_eq!(tip, end.1);
    }

    /// Starts in the middle of a chain, where some rules do not apply until enough headers are
    /// known.
    #[test]
    fn all_ways_lead_on_from_an_anchor(
        params in prop_oneof![networks(), flawed_networks()],
        gaps in gaps(60),
        [anchor, at]: [Index; 2],
        fault in faults(),
    ) {
        let mut headers = chain(params, &gaps);
        prop_assume!(headers.len() > 1);
        let anchor = anchor.index(headers.len() - 1);
        let height = u32::try_from(anchor + 1).unwrap();
        let start = Validator::anchored(params, height, &headers[anchor]).unwrap();
        let rest = &mut headers[anchor + 1..];
        let at = at.index(rest.len());
        spoil(&mut rest[at], &fault);
        let end = one_by_one(start.clone(), rest);
        prop_assert_eq!(in_a_batch(start.clone(), rest), end);
        prop_assert_eq!(as_records(start.clone(), rest, 80, None), end);
        prop_assert_eq!(as_records(start, rest, 81, Some(3)), end);
    }

    /// More than a chunk of hashes, and more chunks than threads.
    #[test]
    fn long_batches(count in 2_500..4_000_usize, at: Index, threads in 1..6_usize, fault in faults()) {
        let params = Params { proof_of_work: None, ..Params::regtest() };
        let mut headers = long_chain(params, count);
        let at = at.index(count);
        match fault {
            Fault::None => headers[at].prev_block = Hash256::ZERO,
            fault => spoil(&mut headers[at], &fault),
        }
        let start = || Validator::new(params);
        let end = one_by_one(start(), &headers);
        prop_assert!(end.1.height as usize >= at);
        prop_assert_eq!(in_a_batch(start(), &headers), end);
        prop_assert_eq!(as_records(start(), &headers, 80, None), end);
        prop_assert_eq!(as_records(start(), &headers, 81, None), end);
        prop_assert_eq!(as_records(start(), &headers, 81, Some(threads)), end);
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
            // Half of them extend the last header, so that branches grow long.
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
        let mut chain = Validator::new(Params::mainnet());
        let result = chain.push_records(&records, stride, now);
        let two = NonZero::new(2).unwrap();
        prop_assert_eq!(chain.push_records_threaded(&records, stride, now, two), result);
    }
}
