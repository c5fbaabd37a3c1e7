//! The Merkle tree over the transactions of a block.

use fake_peer_core::message::MerkleBlock;
use fake_peer_core::{Hash256, Header, hash256};

/// Returns the root, and whether two sibling hashes are equal. In that case a shorter list has the
/// same root (CVE-2012-2459; `ComputeMerkleRoot` in Bitcoin Core's `src/consensus/merkle.cpp`).
pub(super) fn root(mut hashes: Vec<Hash256>) -> (Hash256, bool) {
    let mut repeats = false;
    while hashes.len() > 1 {
        repeats |= hashes.chunks_exact(2).any(|pair| pair[0] == pair[1]);
        hashes = hashes.chunks(2).map(parent).collect();
    }
    (hashes.first().copied().unwrap_or_default(), repeats)
}

/// Returns a `merkleblock` that matches every transaction: one bit for each node of the tree, all
/// of them set, and the hashes of the leaves.
pub(super) fn all(header: Header, txids: Vec<Hash256>) -> MerkleBlock {
    let (mut width, mut nodes) = (txids.len(), txids.len());
    while width > 1 {
        width = width.div_ceil(2);
        nodes += width;
    }
    let mut flags = vec![0_u8; nodes.div_ceil(8)];
    for node in 0..nodes {
        flags[node / 8] |= 1 << (node % 8);
    }
    MerkleBlock {
        header,
        total_transactions: u32::try_from(txids.len()).unwrap_or(u32::MAX),
        hashes: txids,
        flags: flags.into(),
    }
}

/// Returns the hash of a pair, or of a single hash paired with itself.
fn parent(pair: &[Hash256]) -> Hash256 {
    let mut bytes = [0; 64];
    let (left, right) = bytes.split_at_mut(32);
    left.copy_from_slice(&pair[0].0);
    right.copy_from_slice(&pair[pair.len() - 1].0);
    hash256(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> Hash256 {
        text.parse().unwrap()
    }

    /// Block 100,000 of mainnet.
    #[test]
    fn the_root_matches_a_recorded_block() {
        let transactions = [
            "8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87",
            "fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4",
            "6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4",
            "e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d",
        ];
        let root_of = |list: &[&str]| root(list.iter().map(|text| hash(text)).collect());
        let expected = hash("f3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766");
        assert_eq!(root_of(&transactions), (expected, false));
        assert_eq!(root_of(&transactions[..1]), (hash(transactions[0]), false));
    }

    #[test]
    fn a_repeated_tail_does_not_change_the_root_and_is_detected() {
        let [a, b, c] = [1, 2, 3].map(|n| Hash256([n; 32]));
        let (honest, repeats) = root(vec![a, b, c]);
        assert!(!repeats);
        assert_eq!(root(vec![a, b, c, c]), (honest, true));
    }
}
