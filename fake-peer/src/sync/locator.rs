//! The hashes that a download remembers for its locators: few enough for ten million headers.

use std::collections::VecDeque;

use fake_peer_core::Hash256;
use fake_peer_core::chain::locator;

/// The last ten hashes, and the last hash of each earlier batch.
#[derive(Debug, Clone)]
pub(super) struct Locator {
    /// The heights and hashes of the last ten headers, newest last.
    recent: VecDeque<(u32, Hash256)>,
    /// The heights and hashes of block 0 and of the tip after each batch, newest last.
    tips: Vec<(u32, Hash256)>,
}

/// How many of the newest hashes a locator lists without gaps.
const ONE_BY_ONE: usize = 10;

impl Locator {
    pub(super) fn new(genesis: Hash256) -> Self {
        Self {
            recent: VecDeque::new(),
            tips: vec![(0, genesis)],
        }
    }

    pub(super) fn push(&mut self, height: u32, hash: Hash256) {
        if self.recent.len() == ONE_BY_ONE {
            self.recent.pop_front();
        }
        self.recent.push_back((height, hash));
    }

    pub(super) fn end_batch(&mut self) {
        if let Some(&tip) = self.recent.back()
            && self.tips.last() != Some(&tip)
        {
            self.tips.push(tip);
        }
    }

    /// Returns the hashes for a `getheaders`, newest first. Below the last ten, the last header of a
    /// batch takes the place of the headers in the batch after it.
    pub(super) fn hashes(&self) -> Vec<Hash256> {
        let newest = self.recent.back().or(self.tips.last());
        locator(newest.map_or(0, |&(height, _)| height), |height| {
            let not_above = |&(kept, _): &(u32, Hash256)| kept <= height;
            let recent = self.recent.iter().rev().find(|it| not_above(it));
            let older = self.tips.partition_point(not_above).checked_sub(1);
            recent.or_else(|| self.tips.get(older?)).copied()
        })
    }

    /// Returns the height of a header if it is remembered.
    pub(super) fn height_of(&self, hash: &Hash256) -> Option<u32> {
        let newest_first = self.recent.iter().chain(&self.tips).rev();
        newest_first
            .into_iter()
            .find(|(_, known)| known == hash)
            .map(|&(height, _)| height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(height: u32) -> Hash256 {
        let mut hash = Hash256::ZERO;
        hash.0[..4].copy_from_slice(&height.to_le_bytes());
        hash
    }

    fn heights(to: u32) -> Vec<u32> {
        let mut locator = Locator::new(hash(0));
        for height in 1..=to {
            locator.push(height, hash(height));
            if height % 2000 == 0 || height == to {
                locator.end_batch();
            }
        }
        let hashes = locator.hashes();
        hashes
            .iter()
            .map(|hash| locator.height_of(hash).unwrap())
            .collect()
    }

    #[test]
    fn a_locator_starts_at_the_tip_and_ends_at_block_0() {
        assert_eq!(heights(0), [0]);
        assert_eq!(heights(1), [1, 0]);
        assert_eq!(heights(3), [3, 2, 1, 0]);
        assert_eq!(
            heights(10_000),
            [
                10_000, 9_999, 9_998, 9_997, 9_996, 9_995, 9_994, 9_993, 9_992, 9_991, 8_000,
                6_000, 4_000, 0
            ]
        );
        assert!(heights(100_000).len() <= 101);
    }
}
