//! Both ends of `getheaders`: making a locator, and answering one.

use std::ops::Range;

use super::tree::{CheckedHeader, HeaderTree};
use crate::hash::Hash256;
use crate::header::Header;

/// The hashes of a `getheaders`, newest first: the last twelve headers, then twice as far back each
/// time, and block 0 (`LocatorEntries` in Bitcoin Core's `src/chain.cpp`).
///
/// `header_at` returns the height and the hash of the header at a given height of the chain or, if
/// that header was not kept, of the highest kept header below it. No header is named twice.
pub fn locator(tip: u32, mut header_at: impl FnMut(u32) -> Option<(u32, Hash256)>) -> Vec<Hash256> {
    let mut hashes = Vec::new();
    let (mut wanted, mut step) = (tip, 1_u32);
    let mut lowest = None;
    for entry in 1.. {
        let Some((height, hash)) = header_at(wanted) else {
            break;
        };
        if lowest.is_none_or(|lowest| height < lowest) {
            hashes.push(hash);
            lowest = Some(height);
        }
        if wanted == 0 {
            break;
        }
        wanted = wanted.saturating_sub(step);
        if entry > 10 {
            step = step.saturating_mul(2);
        }
    }
    hashes
}

/// The heights of the headers that answer a `getheaders`: those after the first hash of `locator`
/// that is on the best chain, or after block 0, up to and with `stop`, and at most `max`.
///
/// An empty locator asks for the header `stop` alone. `height_of` finds a hash on the best chain,
/// whose end the range may exceed. Source: Bitcoin Core `ProcessMessage` of `getheaders`
/// (`src/net_processing.cpp`) and `FindForkInGlobalIndex` (`src/validation.cpp`).
pub fn heights_after(
    locator: &[Hash256],
    stop: &Hash256,
    max: usize,
    height_of: impl Fn(&Hash256) -> Option<usize>,
) -> Range<usize> {
    let stop = height_of(stop);
    let first = match (locator, stop) {
        ([], None) => return 0..0,
        ([], Some(stop)) => stop,
        _ => locator.iter().find_map(&height_of).unwrap_or(0) + 1,
    };
    let most = first.saturating_add(max);
    match stop {
        Some(stop) if stop >= first => first..most.min(stop + 1),
        _ => first..most,
    }
}

impl HeaderTree {
    /// The [`locator()`] of the best chain.
    pub fn locator(&self) -> Vec<Hash256> {
        self.locator_from(&self.tip().hash)
    }

    /// As [`HeaderTree::locator`], but back from the header with this hash, on any branch. Empty if
    /// the header is unknown.
    pub fn locator_from(&self, hash: &Hash256) -> Vec<Hash256> {
        let Some(tip) = self.get(hash) else {
            return Vec::new();
        };
        let mut last = tip.hash;
        locator(tip.height, |height| {
            let found = self.ancestor(&last, height)?;
            last = found.hash;
            Some((found.height, found.hash))
        })
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

    /// The headers of the best chain that answer a `getheaders`; see [`heights_after`].
    ///
    /// An empty locator asks for the header `stop` alone, on any branch.
    pub fn headers_after(&self, locator: &[Hash256], stop: &Hash256, max: usize) -> Vec<Header> {
        if locator.is_empty() {
            let found = self.get(stop).map(|found| found.header);
            return found.into_iter().take(max).collect();
        }
        let height_of = |hash: &Hash256| {
            let found = self.get(hash).filter(|_| self.on_best_chain(hash));
            found.map(|found| found.height as usize)
        };
        let heights = heights_after(locator, stop, max, height_of);
        let best = self.best.iter().skip(heights.start).take(heights.len());
        best.map(|&index| self.headers[index].header).collect()
    }
}
