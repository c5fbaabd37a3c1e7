//! The rules of a single header, and of one retarget, beside crate `bitcoin` 0.32.
#![cfg(test)]

use bitcoin::block::Header as TheirHeader;
use bitcoin::consensus::deserialize;
use bitcoin::hashes::Hash as _;
use bitcoin::params::Params as TheirParams;
use bitcoin::{
    BlockHash, CompactTarget as TheirBits, Network as TheirNetwork, Target as TheirTarget,
};
use fake_peer_core::chain::{Params, Validator};
use fake_peer_core::header::{CompactError, CompactTarget, Header, Target, Work};
use fake_peer_core::network::Network;
use fake_peer_fixtures::mainnet;
use proptest::prelude::*;

fn theirs(header: &Header) -> TheirHeader {
    deserialize(&header.to_bytes()).unwrap()
}

#[test]
fn recorded_headers_have_the_same_hash_target_and_work() {
    for header in mainnet().iter().step_by(7) {
        let other = theirs(header);
        assert_eq!(header.hash().0, other.block_hash().to_byte_array());
        assert_eq!(
            header.to_bytes()[..],
            bitcoin::consensus::serialize(&other)[..]
        );
        let target = Target::try_from(header.bits).unwrap();
        assert_eq!(target.to_be_bytes(), other.target().to_be_bytes());
        assert_eq!(Work::from(target).to_be_bytes(), other.work().to_be_bytes());
        assert!(target.is_met_by(header.hash()));
        assert!(other.validate_pow(other.target()).is_ok());
    }
}

#[test]
fn genesis_headers_are_the_same() {
    for (ours, other) in [
        (Network::MAINNET, TheirNetwork::Bitcoin),
        (Network::TESTNET3, TheirNetwork::Testnet),
        (Network::TESTNET4, TheirNetwork::Testnet4),
        (Network::SIGNET, TheirNetwork::Signet),
        (Network::REGTEST, TheirNetwork::Regtest),
    ] {
        let genesis = bitcoin::blockdata::constants::genesis_block(other);
        assert_eq!(
            ours.params.genesis.hash().0,
            genesis.block_hash().to_byte_array(),
            "{ours}"
        );
        assert_eq!(ours.magic, other.magic().to_bytes(), "{ours}");
    }
}

#[test]
fn every_retarget_of_the_recorded_chain_is_theirs_too() {
    let headers = mainnet();
    let params = TheirParams::new(TheirNetwork::Bitcoin);
    let mut validator = Validator::new(Params::mainnet());
    for (height, header) in headers.iter().enumerate().skip(1) {
        if height % 2016 == 0 {
            let (first, last) = (
                theirs(&headers[height - 2016]),
                theirs(&headers[height - 1]),
            );
            let bits = TheirBits::from_header_difficulty_adjustment(first, last, &params);
            let ours = validator.required_bits(header.time).unwrap();
            assert_eq!(ours.0, bits.to_consensus(), "height {height}");
        }
        validator.push(header, u64::MAX).unwrap();
    }
}

/// What the reference refuses and crate `bitcoin` makes a target of.
fn known_difference(bits: CompactTarget) -> Option<&'static str> {
    let (exponent, signed) = (bits.0 >> 24, bits.0 & 0x80_0000 != 0);
    match Target::try_from(bits) {
        // rust-bitcoin #6859. Right: ours. `SetCompact` (`src/arith_uint256.cpp`) keeps the sign
        // out of the mantissa before it shifts.
        Err(CompactError::Negative | CompactError::Zero) if exponent < 3 && signed => {
            Some("they shift the sign bit into the number")
        }
        // rust-bitcoin #6371. Right: ours. `SetCompact` reports an overflow.
        Err(CompactError::Overflow) => Some("they shift bits out, or around"),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn any_bits_mean_the_same_target(exponent in 0..=40_u32, mantissa in 0..0x100_0000_u32) {
        let bits = CompactTarget(exponent << 24 | mantissa);
        let ours = Target::try_from(bits).map_or([0; 32], Target::to_be_bytes);
        let other = TheirTarget::from_compact(TheirBits::from_consensus(bits.0)).to_be_bytes();
        prop_assert!(ours == other || known_difference(bits).is_some(), "{bits:?}");
    }

    #[test]
    fn any_target_has_the_same_bits_and_work(bytes: [u8; 32], zeros in 0..32_usize) {
        let mut bytes = bytes;
        bytes[..zeros].fill(0);
        let Some(target) = Target::from_be_bytes(bytes) else { return Ok(()) };
        let other = TheirTarget::from_be_bytes(bytes);
        prop_assert_eq!(target.to_compact().0, other.to_compact_lossy().to_consensus());
        // Right: ours. `GetBlockProof` (`src/chain.cpp`) makes 2^255 of a target of 1; they, 2^256 - 1.
        if other != TheirTarget::from_compact(TheirBits::from_consensus(0x0101_0000)) {
            prop_assert_eq!(Work::from(target).to_be_bytes(), other.to_work().to_be_bytes());
        }
    }

    #[test]
    fn any_hash_meets_the_same_targets(hash: [u8; 32], target: [u8; 32], equal: bool) {
        let mut target = target;
        if equal {
            target = hash;
            target.reverse();
        }
        let Some(ours) = Target::from_be_bytes(target) else { return Ok(()) };
        let other = TheirTarget::from_be_bytes(target);
        prop_assert_eq!(
            ours.is_met_by(fake_peer_core::Hash256(hash)),
            other.is_met_by(BlockHash::from_byte_array(hash))
        );
    }
}

#[test]
fn the_known_differences_are_still_there() {
    for bits in [
        0x0180_0000,
        0x0292_3400,
        0x2200_0100,
        0x2301_0000,
        0x2400_0001,
    ] {
        let other = TheirTarget::from_compact(TheirBits::from_consensus(bits));
        assert!(known_difference(CompactTarget(bits)).is_some(), "{bits:#x}");
        assert!(Target::try_from(CompactTarget(bits)).is_err());
        if bits >> 24 < 3 {
            assert_ne!(
                other,
                TheirTarget::ZERO,
                "{bits:#x} is mended: take it off the list"
            );
        }
    }
    let one = Target::try_from(CompactTarget(0x0101_0000)).unwrap();
    let mut work = [0; 32];
    work[0] = 0x80;
    assert_eq!(Work::from(one).to_be_bytes(), work);
}
