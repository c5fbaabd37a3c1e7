//! Flaws in proof of work and in `bits`.

use fake_peer_core::Network;
use fake_peer_core::chain::{
    BadBits, MeasuredFrom, MinDifficulty, OnBadBits, Params, Retarget, RetargetBase,
};

use super::Flaw;
use fake_peer_fixtures::synthetic::ChainRules;

const AREA: &str = "headers";

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        AREA,
        "pow-unchecked",
        "A header's hash is not checked against its target",
        "light clients; Bitcoin Core CheckProofOfWork",
        |it| it.params.proof_of_work = None,
    ),
    Flaw::new(
        AREA,
        "bits-overflow-accepted",
        "`bits` that overflow 256 bits are accepted as an easy target",
        "rust-bitcoin #6371: an exponent above 34 wraps",
        |it| {
            let bad_bits = BadBits {
                overflow: OnBadBits::Tolerate,
                ..BadBits::REFUSED
            };
            any_bits(&mut it.params, bad_bits);
        },
    ),
    Flaw::new(
        AREA,
        "bits-sign-ignored",
        "The sign bit of `bits` is ignored",
        "rust-bitcoin #6859, citrea #2816, btclib #402, parity #520",
        |it| {
            let bad_bits = BadBits {
                negative: OnBadBits::Tolerate,
                ..BadBits::REFUSED
            };
            any_bits(&mut it.params, bad_bits);
        },
    ),
    Flaw::new(
        AREA,
        "bits-zero-accepted",
        "`bits` of zero are accepted as the easiest target",
        "known as bits of zero; Bitcoin Core DeriveTarget",
        |it| {
            let bad_bits = BadBits {
                zero: OnBadBits::Tolerate,
                ..BadBits::REFUSED
            };
            any_bits(&mut it.params, bad_bits);
        },
    ),
    Flaw::new(
        AREA,
        "bits-above-limit-accepted",
        "A target above the network's limit is accepted",
        "known as bits above the limit; Bitcoin Core DeriveTarget",
        |it| {
            let bad_bits = BadBits {
                above_limit: OnBadBits::Tolerate,
                ..BadBits::REFUSED
            };
            any_bits(&mut it.params, bad_bits);
        },
    ),
    Flaw::new(
        AREA,
        "retarget-off-by-one",
        "A retarget measures one block interval more than Bitcoin Core does",
        "c2pool #1418",
        |it| {
            retarget(&mut it.params, |it| {
                it.measured_from = MeasuredFrom::LastOfPrevious;
            });
        },
    )
    .under(&Network::REGTEST, ChainRules::SmallPeriod),
    Flaw::new(
        AREA,
        "retarget-clamp-missing",
        "A retarget may change the target by more than a factor of 4",
        "known as bits changed by more than x4",
        |it| retarget(&mut it.params, |it| it.clamp = 1 << 16),
    )
    .under(&Network::REGTEST, ChainRules::SmallPeriod),
    Flaw::new(
        AREA,
        "retarget-cap-missing",
        "A retarget may raise the target above the network's limit",
        "summa #253",
        |it| retarget(&mut it.params, |it| it.cap = false),
    )
    .under(&Network::REGTEST, ChainRules::SmallPeriod),
    Flaw::new(
        AREA,
        "retarget-unchecked",
        "`bits` may be any target up to the limit, at a period boundary or elsewhere",
        "hemi #1117",
        |it| it.params.required_bits = false,
    )
    .under(&Network::REGTEST, ChainRules::SmallPeriod),
    Flaw::new(
        AREA,
        "min-difficulty-at-boundary",
        "The 20-minute rule also applies to the first header of a period",
        "Floresta #1345",
        |it| {
            it.params.min_difficulty = Some(MinDifficulty {
                at_boundary: true,
                ..MinDifficulty::TESTNET
            });
        },
    )
    .under(&Network::TESTNET3, ChainRules::WithoutWork),
    Flaw::new(
        AREA,
        "min-difficulty-no-walk-back",
        "The block after one of minimum difficulty keeps the minimum difficulty",
        "Floresta #1345",
        |it| {
            it.params.min_difficulty = Some(MinDifficulty {
                walk_back: false,
                ..MinDifficulty::TESTNET
            });
        },
    )
    .under(&Network::TESTNET3, ChainRules::WithoutWork),
    Flaw::new(
        AREA,
        "min-difficulty-missing",
        "A late block on a test network may not have the minimum difficulty",
        "neutrino #25",
        |it| it.params.min_difficulty = None,
    )
    .under(&Network::TESTNET3, ChainRules::WithoutWork),
    Flaw::new(
        AREA,
        "testnet4-retargets-from-last-block",
        "testnet4 retargets from the last block of a period instead of its first",
        "NBitcoin #1328: sync ends at 30,240; BIP94",
        |it| retarget(&mut it.params, |it| it.base = RetargetBase::LastBlock),
    )
    .under(&Network::TESTNET4, ChainRules::WithoutWork),
    Flaw::new(
        AREA,
        "regtest-retargets",
        "The difficulty on regtest is adjusted",
        "btcd #1819",
        |it| it.params.retarget = Some(Retarget::MAINNET),
    ),
];

/// Sets the retarget rules of mainnet, with one change.
fn retarget(params: &mut Params, change: fn(&mut Retarget)) {
    let mut retarget = Retarget::MAINNET;
    change(&mut retarget);
    params.retarget = Some(retarget);
}

/// Sets how bad `bits` are read, and stops checking which `bits` are required: that check would
/// hide the flaw, and the light clients with these bugs do not have it.
fn any_bits(params: &mut Params, bad_bits: BadBits) {
    params.bad_bits = bad_bits;
    params.required_bits = false;
}
