//! Which headers we passed: enough for a locator, and little enough for ten million headers.

use std::collections::VecDeque;

use fake_peer_core::Hash256;

/// The last hashes one by one, and the last of each batch before.
#[derive(Debug, Clone)]
pub(super) struct Trail {
    /// Newest last.
    recent: VecDeque<(u32, Hash256)>,
    /// Block 0 and the tips after each batch, newest last.
    tips: Vec<(u32, Hash256)>,
}

/// How many hashes a locator names one by one before it makes greater steps
/// (`LocatorEntries` in Bitcoin Core's `src/chain.cpp`).
const ONE_BY_ONE: usize = 10;

impl Trail {
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

    /// The last ten hashes, newest first, then those of batches before, twice as far back each
    /// time, and block 0. At most 10 + 32 + 1 hashes.
    pub(super) fn locator(&self) -> Vec<Hash256> {
        let mut entries: Vec<(u32, Hash256)> = self.recent.iter().rev().copied().collect();
        let oldest = entries.last().map_or(u32::MAX, |&(height, _)| height);
        let older = self.tips.partition_point(|&(height, _)| height < oldest);
        let mut back = 1;
        while let Some(&tip) = older.checked_sub(back).and_then(|at| self.tips.get(at)) {
            entries.push(tip);
            back *= 2;
        }
        if let Some(&genesis) = self.tips.first()
            && entries.last() != Some(&genesis)
        {
            entries.push(genesis);
        }
        entries.into_iter().map(|(_, hash)| hash).collect()
    }

    /// The height of a header that is remembered.
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

    fn locator(to: u32) -> Vec<u32> {
        let mut trail = Trail::new(hash(0));
        for height in 1..=to {
            trail.push(height, hash(height));
            if height % 2000 == 0 || height == to {
                trail.end_batch();
            }
        }
        let locator = trail.locator();
        locator
            .iter()
            .map(|hash| trail.height_of(hash).unwrap())
            .collect()
    }

    #[test]
    fn a_locator_starts_at_the_tip_and_ends_at_block_0() {
        assert_eq!(locator(0), [0]);
        assert_eq!(locator(1), [1, 0]);
        assert_eq!(locator(3), [3, 2, 1, 0]);
        assert_eq!(
            locator(10_000),
            [
                10_000, 9_999, 9_998, 9_997, 9_996, 9_995, 9_994, 9_993, 9_992, 9_991, 8_000,
                6_000, 2_000, 0
            ]
        );
        assert!(locator(100_000).len() <= 101);
    }
}
