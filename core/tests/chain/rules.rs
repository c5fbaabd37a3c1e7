//! One rule at a time: what is refused and, one step away, what is accepted.

use fake_peer_core::chain::{
    ErrorKind, MinDifficulty, Params, ProofOfWork, Retarget, RetargetBase, Rule, Validator,
    Violation,
};
use fake_peer_core::hash::Hash256;
use fake_peer_core::header::{CompactError, CompactTarget, Header, Target};

use crate::miner::{Miner, NOW, mined, small_period, unmined, with_bits};

/// Refuses `header`, at the height after the tip, and leaves the chain as it was.
fn refused(miner: &Miner, header: &Header) -> Violation {
    let mut chain = miner.chain.clone();
    let error = chain.push(header, NOW).unwrap_err();
    assert_eq!(error.height, Some(miner.chain.tip().height + 1));
    assert_eq!(error.hash, header.hash());
    assert_eq!(chain.tip(), miner.chain.tip());
    error.violation
}

fn accepted(miner: &Miner, header: &Header) {
    miner.chain.clone().push(header, NOW).unwrap();
}

fn bits(miner: &Miner, gap: u32) -> String {
    miner.after(gap).bits.to_string()
}

#[test]
fn link() {
    let mut miner = Miner::new(Params::regtest());
    miner.grow(3, 600);
    let mut header = miner.after(600);
    header.prev_block = miner.headers[1].hash();
    let expected = miner.chain.tip().hash;
    let violation = refused(&miner, &mined(header));
    assert_eq!(
        violation,
        Violation::Link {
            found: header.prev_block,
            expected
        }
    );
    assert_eq!(violation.kind(), ErrorKind::Unconnected);
}

/// The bits must encode a target even if any target is valid.
#[test]
fn bits_encoding() {
    let any_bits = Params {
        required_bits: false,
        proof_of_work: None,
        ..Params::regtest()
    };
    for params in [Params::regtest(), any_bits] {
        let miner = Miner::new(params);
        for (found, reason) in [
            (0x0492_3456, CompactError::Negative),
            (0x01fe_dcba, CompactError::Negative),
            (0x2300_0001, CompactError::Overflow),
            (0xff12_3456, CompactError::Overflow),
            (0x0000_0000, CompactError::Zero),
            (0x0180_0000, CompactError::Zero),
        ] {
            let header = with_bits(miner.after(600), found);
            let found = CompactTarget(found);
            assert_eq!(
                refused(&miner, &header),
                Violation::BitsEncoding { found, reason }
            );
        }
    }
}

#[test]
fn bits_range() {
    let any_bits = Params {
        required_bits: false,
        ..Params::regtest()
    };
    for params in [Params::regtest(), any_bits] {
        let miner = Miner::new(params);
        let found = CompactTarget(0x2100_8000); // one above 0x207fffff
        let header = mined(Header {
            bits: found,
            ..miner.after(600)
        });
        let limit = CompactTarget(0x207f_ffff);
        assert_eq!(
            refused(&miner, &header),
            Violation::BitsAboveLimit { found, limit }
        );
    }
    let miner = Miner::new(any_bits);
    accepted(&miner, &mined(miner.after(600))); // the limit itself
}

/// Signet's limit has a compact form of its own, so a target can equal it.
#[test]
fn bits_of_the_limit_itself_are_in_range() {
    let params = Params {
        proof_of_work: None,
        ..Params::signet()
    };
    let anchor = |bits| {
        let header = Header {
            version: 4,
            ..with_bits(params.genesis, bits)
        };
        Validator::anchored(params, 5, &header).map_err(|error| error.rule())
    };
    assert!(anchor(0x1e03_77ae).is_ok());
    assert_eq!(anchor(0x1e03_77af).unwrap_err(), Rule::Bits);
}

#[test]
fn bits_change_only_at_a_boundary() {
    let mut miner = Miner::new(small_period());
    miner.grow(8, 500);
    for found in [0x207f_fffe, 0x2007_ffff] {
        let header = mined(with_bits(miner.after(500), found));
        let expected = CompactTarget(0x207f_ffff);
        let found = CompactTarget(found);
        assert_eq!(
            refused(&miner, &header),
            Violation::BitsRequired { found, expected }
        );
    }
}

/// Nine intervals of 600 s, in a period of ten blocks that is meant to take 6,000: 0x7fffff x 0.9
/// is 0x733332. Ten intervals would leave the bits as they are, and no clamp hides it.
#[test]
fn retarget_measures_one_interval_less_than_the_period_has_blocks() {
    let mut miner = Miner::new(small_period());
    miner.grow(9, 600);
    assert_eq!(bits(&miner, 600), "20733332");
    let same = mined(with_bits(miner.after(600), 0x207f_ffff));
    assert_eq!(refused(&miner, &same).rule(), Rule::Bits);
    // The next period starts at height 10, not where the last one ended.
    miner.grow(10, 600);
    assert_eq!(bits(&miner, 600), "2067ae13"); // 0x733332 x 0.9
}

/// 0x7fffff / 4 and then, from there, times 4, with the fraction lost.
#[test]
fn retarget_is_clamped_both_ways() {
    let mut miner = Miner::new(small_period());
    miner.grow(9, 1);
    assert_eq!(bits(&miner, 1), "201fffff");
    miner.grow(10, 1);
    assert_eq!(bits(&miner, 1), "2007ffff");
    miner.grow(10, 100_000);
    assert_eq!(bits(&miner, 1), "201ffffc");
}

#[test]
fn retarget_is_capped_at_the_limit() {
    let mut miner = Miner::new(small_period());
    miner.grow(9, 100_000);
    assert_eq!(bits(&miner, 1), "207fffff");
    accepted(&miner, &mined(miner.after(1)));
}

/// A period may end before it began, and counts as the shortest then.
#[test]
fn retarget_of_a_negative_timespan() {
    let mut miner = Miner::new(small_period());
    miner.grow(9, 600).grow(1, 100_000);
    let start = miner.chain.tip().time;
    for n in 0..9 {
        miner.push(miner.template(start - 90_000 + n));
    }
    assert_eq!(bits(&miner, 1), "201ccccc"); // 0x733332 / 4
}

#[test]
fn no_retarget_where_the_network_has_none() {
    let mut miner = Miner::new(Params {
        min_difficulty: None,
        target_timespan: 6_000,
        ..Params::regtest()
    });
    miner.grow(9, 1);
    assert_eq!(bits(&miner, 1), "207fffff");
    let retargeted = mined(with_bits(miner.after(1), 0x201f_ffff));
    assert_eq!(refused(&miner, &retargeted).rule(), Rule::Bits);
}

/// A chain of the small-period network with the 20-minute rule, whose real bits are 201fffff.
fn with_min_difficulty(retarget: Option<Retarget>) -> Miner {
    let mut miner = Miner::new(Params {
        retarget,
        min_difficulty: Some(MinDifficulty::TESTNET),
        ..small_period()
    });
    miner.grow(12, 1);
    miner
}

#[test]
fn twenty_minute_rule_starts_after_1200_seconds() {
    let miner = with_min_difficulty(Some(Retarget::MAINNET));
    assert_eq!(bits(&miner, 1_200), "201fffff");
    assert_eq!(bits(&miner, 1_201), "207fffff");
    let late = miner.after(1_201);
    accepted(&miner, &mined(late));
    assert_eq!(
        refused(&miner, &mined(with_bits(late, 0x201f_ffff))).rule(),
        Rule::Bits
    );
}

#[test]
fn twenty_minute_rule_walks_back_over_late_blocks() {
    let mut miner = with_min_difficulty(Some(Retarget::MAINNET));
    miner.grow(3, 1_201);
    assert_eq!(bits(&miner, 1), "201fffff");
    accepted(&miner, &mined(miner.after(1)));
    let kept = mined(with_bits(miner.after(1), 0x207f_ffff));
    assert_eq!(refused(&miner, &kept).rule(), Rule::Bits);
}

/// At a boundary a late block retargets, from the bits of the last block even if they are the
/// limit's: the flaw that BIP94 closes.
#[test]
fn twenty_minute_rule_does_not_hold_at_a_boundary() {
    let mut miner = with_min_difficulty(Some(Retarget::MAINNET));
    miner.grow(7, 1);
    assert_eq!(miner.chain.tip().height, 19);
    assert_eq!(bits(&miner, 5_000), "2007ffff"); // 201fffff / 4
    let late = mined(with_bits(miner.after(5_000), 0x207f_ffff));
    assert_eq!(refused(&miner, &late).rule(), Rule::Bits);
}

/// The walk back ends at the first block of the period, whatever its bits.
#[test]
fn twenty_minute_rule_walks_back_to_the_boundary_at_most() {
    let mut miner = with_min_difficulty(Some(Retarget::MAINNET));
    miner.grow(6, 1).grow(1, 100_000);
    assert_eq!(bits(&miner, 1), "207fffff"); // the limit's bits, times 4, capped
    miner.grow(1, 1);
    assert_eq!(bits(&miner, 1), "207fffff"); // not 201fffff of the period before
}

#[test]
fn bip94_retargets_from_the_first_block_of_the_period() {
    let bip94 = Retarget {
        base: RetargetBase::FirstBlock,
        ..Retarget::MAINNET
    };
    for (retarget, expected) in [(Retarget::MAINNET, "204cdd2e"), (bip94, "2013374b")] {
        let mut miner = with_min_difficulty(Some(retarget));
        miner.grow(6, 400).grow(1, 1_201);
        // From height 10 to 19: 1 + 1 + 6 x 400 + 1,201 = 3,603 s. 0x7fffff or 0x1fffff, x 3603 /
        // 6000.
        assert_eq!(bits(&miner, 1), expected);
    }
}

/// `GetNextWorkRequired` asks for the minimum-difficulty rule before `CalculateNextWorkRequired`
/// says that regtest does not retarget.
#[test]
fn regtest_checks_the_minimum_difficulty_rule_first() {
    let mut miner = Miner::new(Params {
        required_bits: false,
        ..Params::regtest()
    });
    let hard = mined(with_bits(miner.after(1), 0x201f_ffff));
    miner.push(hard);
    assert_eq!(bits(&miner, 1), "201fffff");
    assert_eq!(bits(&miner, 1_201), "207fffff");
}

#[test]
fn proof_of_work() {
    let miner = Miner::new(Params::regtest());
    let header = unmined(miner.after(600));
    assert_eq!(refused(&miner, &header).rule(), Rule::ProofOfWork);
    accepted(&miner, &mined(header));
}

/// A header whose proof of work was done with the other function has none.
#[test]
fn proof_of_work_by_scrypt() {
    let params = Params {
        proof_of_work: Some(ProofOfWork::Scrypt),
        ..Params::regtest()
    };
    let mut miner = Miner::new(params);
    for _ in 0..20 {
        let template = miner.after(600);
        let target = Target::try_from(template.bits).unwrap();
        let meets =
            |function: ProofOfWork, header: &Header| target.is_met_by(function.hash(header));
        let mut headers = (0..).map(|nonce| Header { nonce, ..template });
        let wrong = headers.find(|header| {
            meets(ProofOfWork::Sha256d, header) && !meets(ProofOfWork::Scrypt, header)
        });
        let wrong = wrong.unwrap();
        let found = ProofOfWork::Scrypt.hash(&wrong);
        let violation = Violation::ProofOfWork { found, target };
        assert_eq!(refused(&miner, &wrong), violation);
        let mut batch = miner.chain.clone();
        assert_eq!(
            batch.push_batch(&[wrong], NOW).unwrap_err().violation,
            violation
        );

        let right = headers
            .find(|header| meets(ProofOfWork::Scrypt, header))
            .unwrap();
        miner.chain.push(&right, NOW).unwrap();
        miner.headers.push(right);
    }
    let mut batch = Validator::new(params);
    batch.push_batch(&miner.headers, NOW).unwrap();
    assert_eq!(batch.tip(), miner.chain.tip());
}

#[test]
fn time_must_pass_the_median_of_eleven() {
    let mut miner = Miner::new(Params::regtest());
    miner.grow(20, 600);
    let median = miner.headers[14].time; // of heights 10 to 20
    let found = median;
    let violation = refused(&miner, &mined(miner.template(found)));
    assert_eq!(
        violation,
        Violation::TimeTooOld {
            found,
            earliest: u64::from(median) + 1
        }
    );
    accepted(&miner, &mined(miner.template(median + 1)));
}

/// Near block 0 the median is that of fewer times.
#[test]
fn time_must_pass_the_median_from_the_first_block_on() {
    let mut miner = Miner::new(Params::regtest());
    let genesis = miner.chain.tip().time;
    assert_eq!(
        refused(&miner, &mined(miner.template(genesis))).rule(),
        Rule::TimeTooOld
    );
    miner.grow(1, 600); // of two, the upper one
    assert_eq!(
        refused(&miner, &mined(miner.template(genesis + 600))).rule(),
        Rule::TimeTooOld
    );
    accepted(&miner, &mined(miner.template(genesis + 601)));
}

#[test]
fn time_warp() {
    let params = Params {
        max_timewarp_seconds: Some(600),
        ..small_period()
    };
    let mut miner = Miner::new(params);
    miner.grow(8, 600).grow(1, 50_000);
    let earliest = miner.chain.tip().time - 600;
    let found = earliest - 1;
    let warped = mined(miner.template(found));
    assert_eq!(
        refused(&miner, &warped),
        Violation::TimeWarp { found, earliest }
    );
    accepted(&miner, &mined(miner.template(earliest)));

    miner.push(miner.template(earliest));
    miner.grow(1, 50_000);
    accepted(&miner, &mined(miner.template(earliest + 1))); // no boundary

    let mut free = Miner::new(small_period());
    free.grow(8, 600).grow(1, 50_000);
    accepted(&free, &warped);
}

#[test]
fn only_testnet4_has_the_time_warp_rule() {
    use fake_peer_core::Network;
    for network in Network::ALL {
        let limit = network.params.max_timewarp_seconds;
        assert_eq!(limit.is_some(), network == Network::TESTNET4, "{network}");
    }
}

#[test]
fn time_too_new_may_be_accepted_later() {
    let miner = Miner::new(Params::regtest());
    let header = mined(miner.after(10_000));
    let now = u64::from(header.time) - 7_200;
    let mut chain = Validator::new(Params::regtest());
    let error = chain.push(&header, now - 1).unwrap_err();
    let latest = u64::from(header.time) - 1;
    assert_eq!(
        error.violation,
        Violation::TimeTooNew {
            found: header.time,
            latest
        }
    );
    assert_eq!(error.kind(), ErrorKind::TooNew);
    chain.push(&header, now).unwrap();
}

/// The heights of the real networks, one block before the floor and at it.
#[test]
fn version_floors() {
    for (params, floors) in [
        (
            Params::mainnet(),
            [(227_931, 2), (363_725, 3), (388_381, 4)],
        ),
        (
            Params::testnet3(),
            [(21_111, 2), (330_776, 3), (581_885, 4)],
        ),
    ] {
        for (height, floor) in floors {
            let params = Params {
                proof_of_work: None,
                ..params
            };
            let parent = Header {
                version: 4,
                ..params.genesis
            };
            let follow = |height: u32, version| {
                let mut chain = Validator::anchored(params, height - 1, &parent).unwrap();
                let header = Header {
                    version,
                    prev_block: parent.hash(),
                    time: parent.time + 600,
                    ..params.genesis
                };
                chain
                    .push(&header, NOW)
                    .map(|_| ())
                    .map_err(|error| error.violation)
            };
            let found = floor - 1;
            assert_eq!(
                follow(height, found),
                Err(Violation::Version { found, floor })
            );
            assert_eq!(follow(height, floor), Ok(()));
            assert_eq!(follow(height - 1, found), Ok(()));
            let negative = Violation::Version {
                found: i32::MIN,
                floor,
            };
            assert_eq!(follow(height, i32::MIN), Err(negative));
        }
    }
}

/// Below the first floor any version is valid, and above the last one too.
#[test]
fn versions_without_a_floor() {
    let params = Params {
        proof_of_work: None,
        ..Params::mainnet()
    };
    for version in [i32::MIN, -1, 0, 1, i32::MAX] {
        let mut chain = Validator::new(params);
        let header = Header {
            version,
            prev_block: params.genesis.hash(),
            time: params.genesis.time + 600,
            ..params.genesis
        };
        chain.push(&header, NOW).unwrap();
    }
}

/// From block 1 on in the younger networks, while block 0 has version 1.
#[test]
fn version_floors_of_young_networks() {
    for params in [Params::testnet4(), Params::signet(), Params::regtest()] {
        let params = Params {
            proof_of_work: None,
            ..params
        };
        let miner = Miner::new(params);
        let header = Header {
            version: 3,
            ..miner.after(600)
        };
        assert_eq!(
            refused(&miner, &header),
            Violation::Version { found: 3, floor: 4 }
        );
        accepted(
            &miner,
            &Header {
                version: 4,
                ..header
            },
        );
    }
}

#[test]
fn an_anchor_is_checked_by_itself() {
    let refused = |params, height, anchor: &Header| {
        let error = Validator::anchored(params, height, anchor).unwrap_err();
        assert_eq!(error.height, Some(height));
        error.rule()
    };
    let good = mined(Header {
        version: 4,
        prev_block: Hash256([7; 32]),
        ..Params::regtest().genesis
    });
    Validator::anchored(Params::regtest(), 5, &good).unwrap();
    assert_eq!(
        refused(Params::regtest(), 5, &with_bits(good, 0)),
        Rule::Bits
    );
    assert_eq!(
        refused(Params::regtest(), 5, &with_bits(good, 0x2100_8000)),
        Rule::Bits
    );
    assert_eq!(
        refused(Params::regtest(), 5, &unmined(good)),
        Rule::ProofOfWork
    );
    assert_eq!(
        refused(Params::regtest(), 5, &mined(Header { version: 3, ..good })),
        Rule::Version
    );
}

/// The first ten medians, the first boundary (20 for the anchor at 14), and the walks back from
/// limit bits (5 to 9 for the anchor at 4, 16 for the one at 14) need headers from before the
/// anchor.
#[test]
fn an_anchored_chain_counts_what_it_could_not_check() {
    let mut miner = Miner::new(Params {
        min_difficulty: Some(MinDifficulty::TESTNET),
        ..small_period()
    });
    miner.grow(12, 1).grow(3, 1_201).grow(25, 1);
    for (height, bits, medians) in [(0, 0, 0), (4, 6, 10), (10, 0, 10), (14, 2, 10), (20, 0, 10)] {
        let anchor = match height {
            0 => miner.chain.params().genesis,
            _ => miner.headers[height - 1],
        };
        let number = u32::try_from(height).unwrap();
        let mut chain = Validator::anchored(*miner.chain.params(), number, &anchor).unwrap();
        chain.push_batch(&miner.headers[height..], NOW).unwrap();
        assert_eq!(chain.tip().hash, miner.chain.tip().hash);
        let unchecked = chain.unchecked();
        assert_eq!(
            (unchecked.required_bits, unchecked.median_time_past),
            (bits, medians),
            "{height}"
        );
    }
}

#[test]
fn heights_at_the_end_of_the_numbers_do_not_panic() {
    let params = Params {
        min_difficulty: None,
        ..Params::regtest()
    };
    let anchor = mined(Header {
        version: 4,
        ..params.genesis
    });
    let mut chain = Validator::anchored(params, u32::MAX, &anchor).unwrap();
    for time in [u32::MAX - 1, u32::MAX, u32::MAX] {
        let header = Header {
            prev_block: chain.tip().hash,
            time,
            ..anchor
        };
        chain.push(&mined(header), u64::MAX).unwrap();
    }
    assert_eq!(chain.required_bits(u32::MAX), Some(anchor.bits));
}
