//! What a peer asks of a tree, and what the tree asks of a peer: `getheaders`.

use super::tree::{CheckedHeader, HeaderTree};
use crate::hash::Hash256;
use crate::header::Header;

impl HeaderTree {
    /// The hashes of a `getheaders`: the ten before the tip one by one, then twice as far back each
    /// time, and block 0 last (`LocatorEntries` in Bitcoin Core's `src/chain.cpp`).
    pub fn locator(&self) -> Vec<Hash256> {
        self.locator_from(&self.tip().hash)
    }

    /// As [`HeaderTree::locator`], but back from the header with this hash, on whichever branch it
    /// is. Empty if it is unknown.
    pub fn locator_from(&self, hash: &Hash256) -> Vec<Hash256> {
        let mut hashes = Vec::new();
        let mut step = 1_u32;
        let mut next = self.get(hash);
        while let Some(found) = next {
            hashes.push(found.hash);
            if found.height == 0 {
                break;
            }
            next = self.ancestor(&found.hash, found.height.saturating_sub(step));
            if hashes.len() > 10 {
                step = step.saturating_mul(2);
            }
        }
        hashes
    }

    /// The first header of `locator` that is on the best chain, or block 0
    /// (`FindForkInGlobalIndex`).
    pub fn find_fork(&self, locator: &[Hash256]) -> &CheckedHeader {
        locator
            .iter()
            .find(|hash| self.on_best_chain(hash))
            .and_then(|hash| self.get(hash))
            .unwrap_or(&self.headers[0])
    }

    /// The answer to a `getheaders`: what follows the fork on the best chain, up to and with
    /// `stop`, at most `max` headers.
    ///
    /// An empty locator asks for the header `stop` alone, on whichever branch it is
    /// (`ProcessMessage` in Bitcoin Core's `src/net_processing.cpp`).
    pub fn headers_after(&self, locator: &[Hash256], stop: &Hash256, max: usize) -> Vec<Header> {
        if locator.is_empty() {
            let found = self.get(stop).map(|found| found.header);
            return found.into_iter().take(max).collect();
        }
        let first = self.find_fork(locator).height as usize + 1;
        let mut answer = Vec::new();
        for &index in self.best.iter().skip(first).take(max) {
            let next = &self.headers[index];
            answer.push(next.header);
            if next.hash == *stop {
                break;
            }
        }
        answer
    }
}
