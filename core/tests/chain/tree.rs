//! Forks: which branch is followed, and how a peer's requests are answered.

use fake_peer_core::chain::{
    BestChain, ErrorKind, HeaderTree, Inserted, Params, Reorganisation, Rule, Violation,
};
use fake_peer_core::hash::Hash256;
use fake_peer_core::header::Header;

use crate::miner::{Miner, NOW, mined, small_period, unmined, with_bits};

fn hashes(headers: &[Header]) -> Vec<Hash256> {
    headers.iter().map(Header::hash).collect()
}

fn insert_all(tree: &mut HeaderTree, headers: &[Header]) -> Vec<Inserted> {
    headers
        .iter()
        .map(|header| tree.insert(header, NOW).unwrap())
        .collect()
}

/// A common trunk of three headers, and two branches of the given lengths on it.
fn fork(params: Params, first: usize, second: usize) -> (Vec<Header>, Vec<Header>, Vec<Header>) {
    let mut trunk = Miner::new(params);
    trunk.grow(3, 600);
    let (mut a, mut b) = (trunk.clone(), trunk.clone());
    a.grow(first, 600);
    b.grow(second, 601);
    (
        trunk.headers,
        a.headers[3..].to_vec(),
        b.headers[3..].to_vec(),
    )
}

#[test]
fn the_first_seen_of_equals_stays() {
    let (trunk, a, b) = fork(Params::regtest(), 2, 2);
    let mut tree = HeaderTree::new(Params::regtest());
    insert_all(&mut tree, &trunk);
    assert_eq!(
        insert_all(&mut tree, &a),
        [Inserted::Extended, Inserted::Extended]
    );
    assert_eq!(
        insert_all(&mut tree, &b),
        [Inserted::SideBranch, Inserted::SideBranch]
    );
    assert_eq!(tree.tip().hash, a[1].hash());
    assert_eq!(tree.at_height(5).unwrap().hash, a[1].hash());
    assert!(!tree.on_best_chain(&b[1].hash()));
    assert_eq!(tree.get(&b[1].hash()).unwrap().height, 5);
}

#[test]
fn more_work_reorganises_from_the_fork() {
    let (trunk, a, b) = fork(Params::regtest(), 2, 4);
    let mut tree = HeaderTree::new(Params::regtest());
    insert_all(&mut tree, &trunk);
    insert_all(&mut tree, &a);
    let (side, rest) = b.split_at(2);
    insert_all(&mut tree, side);
    let (a, b) = (hashes(&a), hashes(&b));
    let change = Reorganisation {
        fork_height: 3,
        fork_hash: trunk[2].hash(),
        disconnected: vec![a[1], a[0]],
        connected: vec![b[0], b[1], b[2]],
    };
    assert_eq!(
        insert_all(&mut tree, rest),
        [Inserted::Reorganised(change), Inserted::Extended]
    );
    assert_eq!(tree.tip().hash, b[3]);
    let best: Vec<Hash256> = (4..=7)
        .map(|height| tree.at_height(height).unwrap().hash)
        .collect();
    assert_eq!(best, b);
    assert_eq!(tree.at_height(8), None);
}

/// Three headers that are easy to mine, against one that is hard to mine.
#[test]
fn the_longest_chain_is_not_the_one_with_the_most_work() {
    let any_bits = Params {
        required_bits: false,
        ..Params::regtest()
    };
    for (best_chain, follows_work) in [(BestChain::MostWork, true), (BestChain::MostBlocks, false)]
    {
        let params = Params {
            best_chain,
            ..any_bits
        };
        let mut miner = Miner::new(params);
        let hard = mined(with_bits(miner.after(600), 0x2007_ffff));
        miner.grow(3, 600);
        let mut tree = HeaderTree::new(params);
        insert_all(&mut tree, &miner.headers);
        let reorganised = matches!(tree.insert(&hard, NOW), Ok(Inserted::Reorganised(_)));
        assert_eq!(reorganised, follows_work);
        assert_eq!(tree.tip().height, if follows_work { 1 } else { 3 });
    }
}

/// Work counts 2^256 / (target + 1), so a target half as large is twice the work and a tie stays.
#[test]
fn a_tie_in_work_between_different_lengths() {
    let params = Params {
        required_bits: false,
        ..Params::regtest()
    };
    let mut miner = Miner::new(params);
    let hard = mined(with_bits(miner.after(600), 0x203f_ffff)); // work 4
    miner.grow(2, 600); // work 2 x 2
    let mut tree = HeaderTree::new(params);
    insert_all(&mut tree, &miner.headers);
    assert_eq!(tree.insert(&hard, NOW), Ok(Inserted::SideBranch));
}

#[test]
fn branches_have_their_own_difficulty() {
    let trunk = Miner::new(small_period());
    let (mut slow, mut fast) = (trunk.clone(), trunk);
    slow.grow(12, 600);
    fast.grow(12, 1);
    let mut tree = HeaderTree::new(small_period());
    for (slow, fast) in slow.headers.iter().zip(&fast.headers) {
        tree.insert(slow, NOW).unwrap();
        tree.insert(fast, NOW).unwrap();
    }
    assert_eq!(tree.tip().hash, fast.chain.tip().hash);
    let foreign = mined(with_bits(slow.after(600), 0x201f_ffff));
    assert_eq!(tree.insert(&foreign, NOW).unwrap_err().rule(), Rule::Bits);
}

#[test]
fn a_header_without_a_parent_is_refused_until_it_has_one() {
    let mut miner = Miner::new(Params::regtest());
    miner.grow(2, 600);
    let mut tree = HeaderTree::new(Params::regtest());
    let orphan = miner.headers[1];
    let error = tree.insert(&orphan, NOW).unwrap_err();
    assert_eq!(
        error.violation,
        Violation::UnknownParent {
            found: orphan.prev_block
        }
    );
    assert_eq!((error.height, error.kind()), (None, ErrorKind::Unconnected));
    assert_eq!(error.reject_reason(), "prev-blk-not-found");
    insert_all(&mut tree, &miner.headers);
    assert_eq!(tree.insert(&orphan, NOW), Ok(Inserted::AlreadyKnown));
}

#[test]
fn an_invalid_header_is_no_parent() {
    let miner = Miner::new(Params::regtest());
    let bad = unmined(miner.after(600));
    let child = mined(Header {
        prev_block: bad.hash(),
        time: bad.time + 600,
        ..bad
    });
    let mut tree = HeaderTree::new(Params::regtest());
    assert_eq!(
        tree.insert(&bad, NOW).unwrap_err().rule(),
        Rule::ProofOfWork
    );
    assert_eq!(
        tree.insert(&child, NOW).unwrap_err().kind(),
        ErrorKind::Unconnected
    );
    assert_eq!(tree.len(), 1);
}

/// The scenario of Bitcoin Core #8476.
#[test]
fn too_new_is_not_remembered_as_invalid() {
    let miner = Miner::new(Params::regtest());
    let early = mined(miner.after(100_000));
    let now = u64::from(early.time);
    let mut tree = HeaderTree::new(Params::regtest());
    assert_eq!(
        tree.insert(&early, now - 7_201).unwrap_err().kind(),
        ErrorKind::TooNew
    );
    assert_eq!(tree.insert(&early, now - 7_200), Ok(Inserted::Extended));
}

fn grown(count: usize) -> (HeaderTree, Vec<Header>) {
    let mut miner = Miner::new(Params::regtest());
    miner.grow(count, 600);
    let mut tree = HeaderTree::new(Params::regtest());
    insert_all(&mut tree, &miner.headers);
    let mut headers = vec![Params::regtest().genesis];
    headers.extend(miner.headers);
    (tree, headers)
}

/// Worked out by hand from `LocatorEntries`: steps of one for eleven hashes, then of 2, 4, 8 and so
/// on.
#[test]
fn locator_backs_off_exponentially() {
    let heights = |count| -> Vec<u32> {
        let (tree, _) = grown(count);
        tree.locator()
            .iter()
            .map(|hash| tree.get(hash).unwrap().height)
            .collect()
    };
    assert_eq!(heights(0), [0]);
    assert_eq!(heights(3), [3, 2, 1, 0]);
    assert_eq!(heights(11), [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    assert_eq!(
        heights(50),
        [
            50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 37, 33, 25, 9, 0
        ]
    );
}

#[test]
fn the_fork_is_the_first_locator_hash_on_the_best_chain() {
    let (trunk, a, b) = fork(Params::regtest(), 3, 2);
    let mut tree = HeaderTree::new(Params::regtest());
    for branch in [&trunk, &a, &b] {
        insert_all(&mut tree, branch);
    }
    let unknown = Hash256([9; 32]);
    let fork = |locator: &[Hash256]| tree.find_fork(locator).height;
    assert_eq!(fork(&[]), 0);
    assert_eq!(fork(&[unknown]), 0);
    assert_eq!(fork(&[unknown, a[1].hash(), trunk[0].hash()]), 5);
    assert_eq!(fork(&[b[1].hash(), b[0].hash(), trunk[1].hash()]), 2); // b is a side branch
}

#[test]
fn getheaders_is_answered_as_bitcoin_core_does() {
    let (tree, headers) = grown(20);
    let at = |height: usize| headers[height].hash();
    let ask = |locator: &[Hash256], stop, max| tree.headers_after(locator, &stop, max);
    assert_eq!(ask(&[at(0)], Hash256::ZERO, 2_000), headers[1..]);
    assert_eq!(ask(&[at(5)], Hash256::ZERO, 3), headers[6..9]);
    assert_eq!(ask(&[at(5)], at(7), 2_000), headers[6..8]);
    assert_eq!(ask(&[at(5)], at(4), 2_000), headers[6..]); // a stop before the fork is ignored
    assert_eq!(ask(&[at(20)], Hash256::ZERO, 2_000), []);
    assert_eq!(ask(&[Hash256([9; 32])], Hash256::ZERO, 2_000), headers[1..]);
    assert_eq!(ask(&[], at(7), 2_000), headers[7..8]);
    assert_eq!(ask(&[], Hash256::ZERO, 2_000), []);
    assert_eq!(ask(&[], at(7), 0), []);
    assert_eq!(ask(&[at(5)], Hash256::ZERO, 0), []);
}

#[test]
fn ancestors_and_locators_follow_any_branch() {
    let (trunk, a, b) = fork(Params::regtest(), 30, 20);
    let mut tree = HeaderTree::new(Params::regtest());
    for branch in [&trunk, &a, &b] {
        insert_all(&mut tree, branch);
    }
    let tip = b[19].hash();
    let at = |hash: Hash256, height| tree.ancestor(&hash, height).map(|it| it.hash);
    assert_eq!(at(tip, 23), Some(tip));
    assert_eq!(at(tip, 10), Some(b[6].hash()));
    assert_eq!(at(tip, 2), Some(trunk[1].hash()));
    assert_eq!(at(tip, 24), None);
    assert_eq!(at(a[29].hash(), 10), Some(a[6].hash()));
    assert_eq!(at(Hash256([7; 32]), 0), None);

    let locator = tree.locator_from(&tip);
    let heights: Vec<u32> = locator
        .iter()
        .map(|it| tree.get(it).unwrap().height)
        .collect();
    let expected = [23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 10, 6, 0];
    assert_eq!(heights, expected);
    assert!(locator[..13].iter().all(|it| !tree.on_best_chain(it)));
    assert_eq!(tree.locator_from(&tree.tip().hash), tree.locator());
    assert!(tree.locator_from(&Hash256([7; 32])).is_empty());
}

#[test]
fn changed_rules_hold_from_then_on() {
    let mut tree = HeaderTree::new(Params::regtest());
    let header = unmined(Miner::new(Params::regtest()).after(600));
    assert!(tree.insert(&header, NOW).is_err());
    tree.set_params(Params {
        proof_of_work: None,
        ..Params::regtest()
    });
    assert_eq!(tree.insert(&header, NOW), Ok(Inserted::Extended));
}
