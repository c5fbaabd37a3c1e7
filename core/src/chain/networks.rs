//! The header rules of the public networks.
//!
//! Source: Bitcoin Core `src/kernel/chainparams.cpp`; BIP94 for testnet4.

use super::params::{
    BadBits, BestChain, MinDifficulty, Params, ProofOfWork, Retarget, RetargetBase, VersionFloor,
};
use crate::header::Target;
use crate::network::Network;

const TEN_MINUTES: u32 = 600;
const ONE_DAY: u32 = 24 * 60 * 60;

impl Params {
    /// The rules of `network`.
    pub const fn of(network: Network) -> Self {
        match network {
            Network::Mainnet => Self::mainnet(),
            Network::Testnet3 => Self::testnet3(),
            Network::Testnet4 => Self::testnet4(),
            Network::Signet => Self::signet(),
            Network::Regtest => Self::regtest(),
        }
    }

    /// The rules of mainnet (`CMainParams`).
    pub const fn mainnet() -> Self {
        Self {
            network: Network::Mainnet,
            genesis: Network::Mainnet.genesis(),
            pow_limit: limit([0, 0, 0, 0, 0xff, 0xff], 0xff),
            bad_bits: BadBits::REFUSED,
            proof_of_work: Some(ProofOfWork::Sha256d),
            required_bits: true,
            target_spacing: TEN_MINUTES,
            target_timespan: 14 * ONE_DAY,
            retarget: Some(Retarget::MAINNET),
            min_difficulty: None,
            median_time_span: 11,
            min_seconds_past_median: 1,
            max_future_seconds: Some(2 * 60 * 60),
            max_timewarp_seconds: None,
            version_floors: floors(227_931, 363_725, 388_381),
            best_chain: BestChain::MostWork,
        }
    }

    /// The rules of testnet3 (`CTestNetParams`).
    pub const fn testnet3() -> Self {
        Self {
            network: Network::Testnet3,
            genesis: Network::Testnet3.genesis(),
            min_difficulty: Some(MinDifficulty::TESTNET),
            version_floors: floors(21_111, 330_776, 581_885),
            ..Self::mainnet()
        }
    }

    /// The rules of testnet4 (`CTestNet4Params`, BIP94).
    pub const fn testnet4() -> Self {
        Self {
            network: Network::Testnet4,
            genesis: Network::Testnet4.genesis(),
            retarget: Some(Retarget {
                base: RetargetBase::FirstBlock,
                ..Retarget::MAINNET
            }),
            min_difficulty: Some(MinDifficulty::TESTNET),
            max_timewarp_seconds: Some(600),
            version_floors: floors(1, 1, 1),
            ..Self::mainnet()
        }
    }

    /// The rules of the default signet (`SigNetParams`), without the block signatures of BIP325,
    /// which lie outside the header.
    pub const fn signet() -> Self {
        Self {
            network: Network::Signet,
            genesis: Network::Signet.genesis(),
            pow_limit: limit([0, 0, 3, 0x77, 0xae, 0], 0),
            version_floors: floors(1, 1, 1),
            ..Self::mainnet()
        }
    }

    /// The rules of regtest (`CRegTestParams`).
    pub const fn regtest() -> Self {
        Self {
            network: Network::Regtest,
            genesis: Network::Regtest.genesis(),
            pow_limit: limit([0x7f, 0xff, 0xff, 0xff, 0xff, 0xff], 0xff),
            target_timespan: ONE_DAY,
            retarget: None,
            min_difficulty: Some(MinDifficulty::TESTNET),
            version_floors: floors(1, 1, 1),
            ..Self::mainnet()
        }
    }
}

/// The heights of BIP34, BIP66 and BIP65, in the order of their versions.
const fn floors(bip34: u32, bip66: u32, bip65: u32) -> [VersionFloor; 3] {
    [
        VersionFloor {
            version: 2,
            height: bip34,
        },
        VersionFloor {
            version: 3,
            height: bip66,
        },
        VersionFloor {
            version: 4,
            height: bip65,
        },
    ]
}

/// The target that starts with `head` and goes on with `rest`.
const fn limit(head: [u8; 6], rest: u8) -> Target {
    let mut bytes = [rest; 32];
    let mut at = 0;
    while at < head.len() {
        bytes[at] = head[at];
        at += 1;
    }
    match Target::from_be_bytes(bytes) {
        Some(target) => target,
        None => Target::MAX, // not reached: no limit above is zero
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_the_published_ones() {
        let compact = |network| Params::of(network).pow_limit.to_compact().to_string();
        assert_eq!(compact(Network::Mainnet), "1d00ffff");
        assert_eq!(compact(Network::Testnet3), "1d00ffff");
        assert_eq!(compact(Network::Testnet4), "1d00ffff");
        assert_eq!(compact(Network::Signet), "1e0377ae");
        assert_eq!(compact(Network::Regtest), "207fffff");
        insta::assert_snapshot!(Params::mainnet().pow_limit, @"00000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
        insta::assert_snapshot!(Params::signet().pow_limit, @"00000377ae000000000000000000000000000000000000000000000000000000");
        insta::assert_snapshot!(Params::regtest().pow_limit, @"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
    }

    #[test]
    fn each_network_names_itself() {
        for network in Network::ALL {
            let params = Params::of(network);
            assert_eq!(
                (params.network, params.genesis),
                (network, network.genesis())
            );
        }
    }
}
