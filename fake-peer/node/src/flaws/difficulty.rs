//! Flaws of work and of `bits`.

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
        "A header's hash need not meet its target",
        "light clients; Bitcoin Core CheckProofOfWork",
        |it| it.params.proof_of_work = false,
    ),
    Flaw::new(
        AREA,
        "bits-overflow-accepted",
        "`bits` of more than 256 bits are taken for an easy target",
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
        "`bits` with the sign set are read as if it were not",
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
        "`bits` of zero are taken for the easiest target",
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
        "A target may be easier than the network's limit",
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
        "A period is measured over all its intervals, one more than the reference",
        "c2pool #1418",
        |it| {
            retarget(&mut it.params, |it| {
                it.measured_from = MeasuredFrom::LastOfPrevious;
            });
        },
    )
    .under(Network::Regtest, ChainRules::SmallPeriod),
    Flaw::new(
        AREA,
        "retarget-clamp-missing",
        "A retarget may change the target by more than four times",
        "known as bits changed by more than x4",
        |it| retarget(&mut it.params, |it| it.clamp = 1 << 16),
    )
    .under(Network::Regtest, ChainRules::SmallPeriod),
    Flaw::new(
        AREA,
        "retarget-cap-missing",
        "A retarget may lead above the network's limit",
        "summa #253",
        |it| retarget(&mut it.params, |it| it.cap = false),
    )
    .under(Network::Regtest, ChainRules::SmallPeriod),
    Flaw::new(
        AREA,
        "retarget-unchecked",
        "`bits` may be any target up to the limit, at a boundary and off it",
        "hemi #1117",
        |it| it.params.required_bits = false,
    )
    .under(Network::Regtest, ChainRules::SmallPeriod),
    Flaw::new(
        AREA,
        "min-difficulty-at-boundary",
        "The 20-minute rule holds for the first header of a period too",
        "Floresta #1345",
        |it| {
            it.params.min_difficulty = Some(MinDifficulty {
                at_boundary: true,
                ..MinDifficulty::TESTNET
            });
        },
    )
    .under(Network::Testnet3, ChainRules::WithoutWork),
    Flaw::new(
        AREA,
        "min-difficulty-no-walk-back",
        "After a block of minimum difficulty the next keeps it",
        "Floresta #1345",
        |it| {
            it.params.min_difficulty = Some(MinDifficulty {
                walk_back: false,
                ..MinDifficulty::TESTNET
            });
        },
    )
    .under(Network::Testnet3, ChainRules::WithoutWork),
    Flaw::new(
        AREA,
        "min-difficulty-missing",
        "A late block of a test network may not have minimum difficulty",
        "neutrino #25",
        |it| it.params.min_difficulty = None,
    )
    .under(Network::Testnet3, ChainRules::WithoutWork),
    Flaw::new(
        AREA,
        "testnet4-retargets-from-last-block",
        "testnet4 retargets from the last block of a period, not from its first",
        "NBitcoin #1328: sync ends at 30,240; BIP94",
        |it| retarget(&mut it.params, |it| it.base = RetargetBase::LastBlock),
    )
    .under(Network::Testnet4, ChainRules::WithoutWork),
    Flaw::new(
        AREA,
        "regtest-retargets",
        "The difficulty of regtest changes",
        "btcd #1819",
        |it| it.params.retarget = Some(Retarget::MAINNET),
    ),
];

/// Retargets as mainnet, with a change.
fn retarget(params: &mut Params, change: fn(&mut Retarget)) {
    let mut retarget = Retarget::MAINNET;
    change(&mut retarget);
    params.retarget = Some(retarget);
}

/// Who reads `bits` wrong and asks for the right ones is not seen to: these are light clients, which
/// do not.
fn any_bits(params: &mut Params, bad_bits: BadBits) {
    params.bad_bits = bad_bits;
    params.required_bits = false;
}
