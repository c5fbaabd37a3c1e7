//! Each field of the parameters does something: with another value, a header that was refused
//! is accepted, or the other way round.

use fake_peer_core::chain::{
    BadBits, MeasuredFrom, MinDifficulty, OnBadBits, Params, Retarget, RetargetBase, Rule,
    VersionFloor,
};
use fake_peer_core::header::{CompactTarget, Header, Target};

use crate::miner::{Miner, NOW, mined, small_period, unmined, with_bits};

/// Returns what the rules of `chain`, and those of `params` in their place, say about `header`
/// after the chain. The headers before it must be valid for both.
fn verdicts(chain: &Miner, params: Params, header: Header) -> [Option<Rule>; 2] {
    [*chain.chain.params(), params].map(|params| {
        let mut miner = Miner::new(params);
        for header in &chain.headers {
            miner.push(*header);
        }
        miner
            .chain
            .push(&header, NOW)
            .err()
            .map(|error| error.rule())
    })
}

fn small_with(retarget: Retarget) -> Params {
    Params {
        retarget: Some(retarget),
        ..small_period()
    }
}

fn grown(params: Params, count: usize, gap: u32) -> Miner {
    let mut miner = Miner::new(params);
    miner.grow(count, gap);
    miner
}

#[test]
fn proof_of_work_not_checked() {
    let miner = Miner::new(Params::regtest());
    let flawed = Params {
        proof_of_work: None,
        ..Params::regtest()
    };
    let header = unmined(miner.after(1));
    assert_eq!(
        verdicts(&miner, flawed, header),
        [Some(Rule::ProofOfWork), None]
    );
}

#[test]
fn required_bits_not_checked() {
    let miner = Miner::new(Params::regtest());
    let flawed = Params {
        required_bits: false,
        ..Params::regtest()
    };
    let header = mined(with_bits(miner.after(1), 0x201f_ffff));
    assert_eq!(verdicts(&miner, flawed, header), [Some(Rule::Bits), None]);
}

#[test]
fn no_limit() {
    let miner = Miner::new(Params {
        required_bits: false,
        ..Params::regtest()
    });
    let flawed = Params {
        pow_limit: Target::MAX,
        ..*miner.chain.params()
    };
    let header = mined(with_bits(miner.after(1), 0x2100_ffff));
    assert_eq!(verdicts(&miner, flawed, header), [Some(Rule::Bits), None]);
}

#[test]
fn retarget_measured_over_a_full_period() {
    let mut miner = grown(small_period(), 9, 600);
    miner.push(miner.after(500));
    miner.grow(9, 600);
    let flawed = Retarget {
        measured_from: MeasuredFrom::LastOfPrevious,
        ..Retarget::MAINNET
    };
    // 9 x 600 s, or 500 s more, of 6,000.
    let [right, wrong] =
        [0x2067_ae13, 0x2071_47ac].map(|bits| mined(with_bits(miner.after(600), bits)));
    assert_eq!(
        verdicts(&miner, small_with(flawed), right),
        [None, Some(Rule::Bits)]
    );
    assert_eq!(
        verdicts(&miner, small_with(flawed), wrong),
        [Some(Rule::Bits), None]
    );
}

#[test]
fn retarget_without_a_clamp() {
    let miner = grown(small_period(), 9, 100);
    let flawed = Retarget {
        clamp: u32::MAX,
        ..Retarget::MAINNET
    };
    let header = mined(with_bits(miner.after(1), 0x2013_3333)); // 900 s of 6,000
    assert_eq!(
        verdicts(&miner, small_with(flawed), header),
        [Some(Rule::Bits), None]
    );
}

/// The flawed peer requires bits that the limit forbids, so it accepts neither those nor the right
/// ones.
#[test]
fn retarget_without_a_cap() {
    let miner = grown(small_period(), 9, 800);
    let flawed = Retarget {
        cap: false,
        ..Retarget::MAINNET
    };
    let header = mined(miner.after(1));
    assert_eq!(header.bits, CompactTarget(0x207f_ffff));
    assert_eq!(
        verdicts(&miner, small_with(flawed), header),
        [None, Some(Rule::Bits)]
    );
}

#[test]
fn retarget_from_the_wrong_block() {
    let params = Params {
        min_difficulty: Some(MinDifficulty::TESTNET),
        ..small_with(Retarget {
            base: RetargetBase::FirstBlock,
            ..Retarget::MAINNET
        })
    };
    let mut miner = grown(params, 12, 1);
    miner.grow(6, 400).grow(1, 1_201);
    let flawed = Params {
        retarget: Some(Retarget::MAINNET),
        ..params
    };
    let header = mined(miner.after(1));
    assert_eq!(verdicts(&miner, flawed, header), [None, Some(Rule::Bits)]);
}

#[test]
fn retarget_where_there_is_none() {
    let params = Params {
        min_difficulty: None,
        target_timespan: 6_000,
        ..Params::regtest()
    };
    let miner = grown(params, 9, 1);
    let header = mined(miner.after(1));
    assert_eq!(
        verdicts(&miner, small_period(), header),
        [None, Some(Rule::Bits)]
    );
}

#[test]
fn twenty_minute_rule_missing_or_at_a_boundary_or_without_walking_back() {
    let testnet = |min_difficulty| Params {
        min_difficulty,
        ..small_period()
    };
    let right = testnet(Some(MinDifficulty::TESTNET));
    let at_boundary = MinDifficulty {
        at_boundary: true,
        ..MinDifficulty::TESTNET
    };
    let no_walk = MinDifficulty {
        walk_back: false,
        ..MinDifficulty::TESTNET
    };
    let short = MinDifficulty {
        after_seconds: 600,
        ..MinDifficulty::TESTNET
    };

    let mut miner = grown(right, 12, 1);
    let late = mined(miner.after(1_201));
    assert_eq!(
        verdicts(&miner, testnet(None), late),
        [None, Some(Rule::Bits)]
    );
    let early = mined(with_bits(miner.after(601), 0x207f_ffff));
    assert_eq!(
        verdicts(&miner, testnet(Some(short)), early),
        [Some(Rule::Bits), None]
    );

    miner.grow(1, 1_201);
    let kept = mined(with_bits(miner.after(1), 0x207f_ffff));
    assert_eq!(
        verdicts(&miner, testnet(Some(no_walk)), kept),
        [Some(Rule::Bits), None]
    );

    miner.grow(6, 1);
    let boundary = mined(with_bits(miner.after(1_201), 0x207f_ffff));
    assert_eq!(
        verdicts(&miner, testnet(Some(at_boundary)), boundary),
        [Some(Rule::Bits), None]
    );
}

#[test]
fn median_time_missing_or_over_fewer_blocks_or_letting_equals_pass() {
    let miner = grown(Params::regtest(), 20, 600);
    let at = |back: usize| mined(miner.template(miner.headers[20 - back].time));
    let [none, fewer, equal] = [
        Params {
            median_time_span: 0,
            ..Params::regtest()
        },
        Params {
            median_time_span: 9,
            ..Params::regtest()
        },
        Params {
            min_seconds_past_median: 0,
            ..Params::regtest()
        },
    ];
    let refused = Some(Rule::TimeTooOld);
    assert_eq!(verdicts(&miner, none, at(10)), [refused, None]);
    assert_eq!(verdicts(&miner, equal, at(6)), [refused, None]);
    assert_eq!(verdicts(&miner, equal, at(7)), [refused, refused]);
    assert_eq!(verdicts(&miner, fewer, at(5)), [None, refused]);
}

#[test]
fn future_and_time_warp_not_checked() {
    let miner = Miner::new(Params::regtest());
    let late = mined(miner.template(u32::try_from(NOW).unwrap() + 7_201));
    let flawed = Params {
        max_future_seconds: None,
        ..Params::regtest()
    };
    assert_eq!(
        verdicts(&miner, flawed, late),
        [Some(Rule::TimeTooNew), None]
    );

    let bip94 = Params {
        max_timewarp_seconds: Some(600),
        ..small_period()
    };
    let mut miner = grown(bip94, 8, 600);
    miner.grow(1, 50_000);
    let warped = mined(miner.template(miner.chain.tip().time - 601));
    assert_eq!(
        verdicts(&miner, small_period(), warped),
        [Some(Rule::TimeWarp), None]
    );
}

#[test]
fn version_floors_missing_or_refusing_negative_versions() {
    let miner = Miner::new(Params::regtest());
    let floor = |version, height| VersionFloor { version, height };
    let none = Params {
        version_floors: [floor(0, u32::MAX); 3],
        ..Params::regtest()
    };
    let old = mined(Header {
        version: -1,
        ..miner.after(1)
    });
    assert_eq!(verdicts(&miner, none, old), [Some(Rule::Version), None]);

    let miner = Miner::new(none);
    let signed = Params {
        version_floors: [floor(0, 0); 3],
        ..none
    };
    assert_eq!(verdicts(&miner, signed, old), [None, Some(Rule::Version)]);
}

type Tolerate = fn(&mut BadBits);

/// Bad `bits` are refused under different rules, and each kind can be tolerated alone.
#[test]
fn bad_bits_given_a_meaning() {
    let light = Params {
        required_bits: false,
        ..Params::regtest()
    };
    let miner = Miner::new(light);
    let tolerating = |change: fn(&mut BadBits)| {
        let mut bad_bits = BadBits::REFUSED;
        change(&mut bad_bits);
        Params { bad_bits, ..light }
    };
    let kinds: [(u32, Tolerate); 4] = [
        (0x20ff_ffff, |it| it.negative = OnBadBits::Tolerate),
        (0xff7f_ffff, |it| it.overflow = OnBadBits::Tolerate),
        (0x2000_0000, |it| it.zero = OnBadBits::Tolerate),
        (0x2100_ffff, |it| it.above_limit = OnBadBits::Tolerate),
    ];
    for (at, (bits, _)) in kinds.into_iter().enumerate() {
        let mut header = with_bits(miner.after(1), bits);
        while !light.pow_limit.is_met_by(header.hash()) {
            header.nonce += 1;
        }
        for (other, (_, tolerate_other)) in kinds.iter().enumerate() {
            let expected = (other != at).then_some(Rule::Bits);
            let seen = verdicts(&miner, tolerating(*tolerate_other), header);
            assert_eq!(seen, [Some(Rule::Bits), expected], "{bits:08x} {other}");
        }
    }
}
