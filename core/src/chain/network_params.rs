//! The header rules of the networks that are built in.
//!
//! Sources: Bitcoin Core `src/kernel/chainparams.cpp`; BIP94 for testnet4; btcd for simnet.

use super::params::{
    BadBits, BestChain, MinDifficulty, Params, ProofOfWork, Retarget, RetargetBase, VersionFloor,
};
use crate::hash::Hash256;
use crate::header::{CompactTarget, Header, Target};

const TEN_MINUTES: u32 = 600;
const ONE_DAY: u32 = 24 * 60 * 60;

impl Params {
    /// The rules of mainnet (`CMainParams`).
    pub const fn mainnet() -> Self {
        Self {
            genesis: genesis(SATOSHI, 1_231_006_505, 0x1d00_ffff, 2_083_236_893),
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
            genesis: genesis(SATOSHI, 1_296_688_602, 0x1d00_ffff, 414_098_458),
            min_difficulty: Some(MinDifficulty::TESTNET),
            version_floors: floors(21_111, 330_776, 581_885),
            ..Self::mainnet()
        }
    }

    /// The rules of testnet4 (`CTestNet4Params`, BIP94).
    pub const fn testnet4() -> Self {
        Self {
            genesis: genesis(TESTNET4, 1_714_777_860, 0x1d00_ffff, 393_743_547),
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
            genesis: genesis(SATOSHI, 1_598_918_400, 0x1e03_77ae, 52_613_770),
            pow_limit: limit([0, 0, 3, 0x77, 0xae, 0], 0),
            version_floors: floors(1, 1, 1),
            ..Self::mainnet()
        }
    }

    /// The rules of regtest (`CRegTestParams`).
    pub const fn regtest() -> Self {
        Self {
            genesis: genesis(SATOSHI, 1_296_688_602, 0x207f_ffff, 2),
            pow_limit: limit([0x7f, 0xff, 0xff, 0xff, 0xff, 0xff], 0xff),
            target_timespan: ONE_DAY,
            retarget: None,
            min_difficulty: Some(MinDifficulty::TESTNET),
            version_floors: floors(1, 1, 1),
            ..Self::mainnet()
        }
    }

    /// The rules of simnet (btcd `chaincfg/params.go`, `SimNetParams`): those of a test network
    /// that is as easy to mine as regtest.
    pub const fn simnet() -> Self {
        Self {
            genesis: genesis(SATOSHI, 1_401_292_357, 0x207f_ffff, 2),
            pow_limit: Self::regtest().pow_limit,
            min_difficulty: Some(MinDifficulty::TESTNET),
            version_floors: floors(0, 0, 0),
            ..Self::mainnet()
        }
    }
}

/// The header of a block 0 (`CreateGenesisBlock`).
const fn genesis(merkle_root: Hash256, time: u32, bits: u32, nonce: u32) -> Header {
    Header {
        version: 1,
        prev_block: Hash256::ZERO,
        merkle_root,
        time,
        bits: CompactTarget(bits),
        nonce,
    }
}

/// The one transaction of every genesis block here except testnet4's:
/// `4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b`.
const SATOSHI: Hash256 = Hash256([
    0x3b, 0xa3, 0xed, 0xfd, 0x7a, 0x7b, 0x12, 0xb2, 0x7a, 0xc7, 0x2c, 0x3e, 0x67, 0x76, 0x8f, 0x61,
    0x7f, 0xc8, 0x1b, 0xc3, 0x88, 0x8a, 0x51, 0x32, 0x3a, 0x9f, 0xb8, 0xaa, 0x4b, 0x1e, 0x5e, 0x4a,
]);

/// `7aa0a7ae1e223414cb807e40cd57e667b718e42aaf9306db9102fe28912b7b4e`.
const TESTNET4: Hash256 = Hash256([
    0x4e, 0x7b, 0x2b, 0x91, 0x28, 0xfe, 0x02, 0x91, 0xdb, 0x06, 0x93, 0xaf, 0x2a, 0xe4, 0x18, 0xb7,
    0x67, 0xe6, 0x57, 0xcd, 0x40, 0x7e, 0x80, 0xcb, 0x14, 0x34, 0x22, 0x1e, 0xae, 0xa7, 0xa0, 0x7a,
]);

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

/// The target that starts with `head` and continues with `rest`.
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
        let compact = |params: Params| params.pow_limit.to_compact().to_string();
        assert_eq!(compact(Params::mainnet()), "1d00ffff");
        assert_eq!(compact(Params::testnet3()), "1d00ffff");
        assert_eq!(compact(Params::testnet4()), "1d00ffff");
        assert_eq!(compact(Params::signet()), "1e0377ae");
        assert_eq!(compact(Params::regtest()), "207fffff");
        assert_eq!(compact(Params::simnet()), "207fffff");
        insta::assert_snapshot!(Params::mainnet().pow_limit, @"00000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
        insta::assert_snapshot!(Params::signet().pow_limit, @"00000377ae000000000000000000000000000000000000000000000000000000");
        insta::assert_snapshot!(Params::regtest().pow_limit, @"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
    }
}
