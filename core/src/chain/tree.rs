//! A tree of checked headers that keeps forks and follows its best branch.

use std::collections::HashMap;

use super::error::{HeaderError, Violation};
use super::params::{BestChain, Params};
use super::recent::RecentTips;
use super::rules::{self, read_bits};
use super::tip::{MAX_MEDIAN_SPAN, Tip};
use crate::hash::Hash256;
use crate::header::{Header, Work};

/// A header that broke no rule at its place in a [`HeaderTree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckedHeader {
    /// The header.
    pub header: Header,
    /// Its hash.
    pub hash: Hash256,
    /// The number of headers before it.
    pub height: u32,
    /// The work from block 0 up to and with it.
    pub work: Work,
    /// The index of its parent; block 0 is its own.
    parent: usize,
}

/// The result of inserting a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted {
    /// The tree already had it; nothing changed.
    AlreadyKnown,
    /// It is the new tip, on top of the old one.
    Extended,
    /// It is kept beside the best chain.
    SideBranch,
    /// It is the new tip, on a branch that was a side branch before.
    Reorganised(Reorganisation),
}

/// The change of the best chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reorganisation {
    /// The height of the last header that the old and the new chain share.
    pub fork_height: u32,
    /// Its hash.
    pub fork_hash: Hash256,
    /// The headers that left the best chain, downwards from the old tip.
    pub disconnected: Vec<Hash256>,
    /// The headers that joined it, upwards to the new tip.
    pub connected: Vec<Hash256>,
}

/// Checked headers and their forks, from block 0 on.
///
/// The branch with the most work is the best chain; of two that have the same, the one seen first.
///
/// Invalid headers are neither kept nor remembered: one that is inserted again is checked again,
/// and its children have an unknown parent. So a header that is only too new is never remembered as
/// invalid.
///
/// Each header takes some 250 bytes, and none is ever dropped. Proof of work makes headers
/// expensive; callers that accept easy ones from untrusted peers must limit how many
/// (see [`HeaderTree::len`]).
#[derive(Debug, Clone)]
pub struct HeaderTree {
    params: Params,
    pub(super) headers: Vec<CheckedHeader>,
    by_hash: HashMap<Hash256, usize>,
    /// The index of the header at each height of the best chain.
    pub(super) best: Vec<usize>,
    tip: Tip,
    side_tips: RecentTips,
}

impl HeaderTree {
    /// A tree of block 0 only, which is not checked.
    pub fn new(params: Params) -> Self {
        let tip = Tip::genesis(&params);
        let genesis = CheckedHeader {
            header: params.genesis,
            hash: tip.hash,
            height: 0,
            work: tip.work,
            parent: 0,
        };
        Self {
            params,
            headers: vec![genesis],
            by_hash: HashMap::from([(tip.hash, 0)]),
            best: vec![0],
            tip,
            side_tips: RecentTips::default(),
        }
    }

    /// Checks a header, at the time `now` in seconds since 1970, and keeps it.
    ///
    /// # Errors
    /// If its parent is unknown or it breaks a rule; the tree stays as it was.
    pub fn insert(&mut self, header: &Header, now: u64) -> Result<Inserted, HeaderError> {
        let hash = header.hash();
        if self.by_hash.contains_key(&hash) {
            return Ok(Inserted::AlreadyKnown);
        }
        let Some(&parent) = self.by_hash.get(&header.prev_block) else {
            return Err(HeaderError {
                height: None,
                hash,
                violation: Violation::UnknownParent {
                    found: header.prev_block,
                },
            });
        };
        let before = self.state_after(parent);
        let tip = rules::check(&self.params, &before, header, hash, now)?.tip;
        let index = self.headers.len();
        self.headers.push(CheckedHeader {
            header: *header,
            hash,
            height: tip.height,
            work: tip.work,
            parent,
        });
        self.by_hash.insert(hash, index);
        Ok(self.follow(index, tip))
    }

    /// The last header of the best chain.
    pub fn tip(&self) -> &Tip {
        &self.tip
    }

    /// The rules.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Changes the rules for headers inserted from now on; headers already in the tree stay.
    ///
    /// The length of a difficulty period must stay the same: the tree remembers where the last one
    /// started.
    pub fn set_params(&mut self, params: Params) {
        self.params = params;
    }

    /// How many headers are kept, block 0 and side branches included.
    #[expect(clippy::len_without_is_empty, reason = "block 0 is always there")]
    pub fn len(&self) -> usize {
        self.headers.len()
    }

    /// The header with this hash, on any branch.
    pub fn get(&self, hash: &Hash256) -> Option<&CheckedHeader> {
        self.by_hash.get(hash).map(|&index| &self.headers[index])
    }

    /// The header at this height of the best chain.
    pub fn at_height(&self, height: u32) -> Option<&CheckedHeader> {
        let index = *self.best.get(height as usize)?;
        Some(&self.headers[index])
    }

    /// Whether the best chain has a header with this hash.
    pub fn on_best_chain(&self, hash: &Hash256) -> bool {
        self.get(hash)
            .is_some_and(|found| self.at_height(found.height) == Some(found))
    }

    /// The header at `height` on the branch that ends with `hash`: an ancestor of that header, or
    /// itself. `None` if the branch is unknown or shorter (`CBlockIndex::GetAncestor`).
    pub fn ancestor(&self, hash: &Hash256, height: u32) -> Option<&CheckedHeader> {
        let mut index = *self.by_hash.get(hash)?;
        while self.headers[index].height > height && !self.is_best(index) {
            index = self.headers[index].parent;
        }
        match self.headers[index].height {
            at if at == height => Some(&self.headers[index]),
            at if at > height => self.at_height(height),
            _ => None,
        }
    }

    /// Makes the header at `index`, with the state after it, the tip if its branch is better.
    fn follow(&mut self, index: usize, tip: Tip) -> Inserted {
        let parent = self.headers[index].parent;
        let old = self.tip_index();
        if parent == old {
            self.best.push(index);
            self.tip = tip;
            return Inserted::Extended;
        }
        if !self.is_better(&tip) {
            self.side_tips.replace(parent, index, tip);
            return Inserted::SideBranch;
        }
        self.side_tips.replace(parent, old, self.tip);
        self.tip = tip;
        Inserted::Reorganised(self.reorganise(index))
    }

    fn is_better(&self, tip: &Tip) -> bool {
        match self.params.best_chain {
            BestChain::MostWork => tip.work > self.tip.work,
            BestChain::MostBlocks => tip.height > self.tip.height,
        }
    }

    fn reorganise(&mut self, index: usize) -> Reorganisation {
        let branch: Vec<usize> = self
            .branch(index)
            .take_while(|&at| !self.is_best(at))
            .collect();
        let fork = branch
            .last()
            .map_or(index, |&lowest| self.headers[lowest].parent);
        let fork = self.headers[fork];
        let hash = |&index: &usize| self.headers[index].hash;
        let keep = fork.height as usize + 1;
        let change = Reorganisation {
            fork_height: fork.height,
            fork_hash: fork.hash,
            disconnected: self.best.iter().skip(keep).rev().map(hash).collect(),
            connected: branch.iter().rev().map(hash).collect(),
        };
        self.best.truncate(keep);
        self.best.extend(branch.iter().rev());
        change
    }

    fn tip_index(&self) -> usize {
        self.best.last().copied().unwrap_or(0)
    }

    fn is_best(&self, index: usize) -> bool {
        let height = self.headers[index].height as usize;
        self.best.get(height) == Some(&index)
    }

    /// `index`, its parent, and so on to block 0, which repeats without end.
    fn branch(&self, index: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(index), |&at| Some(self.headers[at].parent))
    }

    /// The state that the rules need after the header at `index`.
    fn state_after(&self, index: usize) -> Tip {
        if index == self.tip_index() {
            return self.tip;
        }
        self.side_tips
            .get(index)
            .unwrap_or_else(|| self.recompute(index))
    }

    /// Walks back to where everything that the rules need is known, at most a period and 11
    /// headers, and replays the headers from there.
    fn recompute(&self, index: usize) -> Tip {
        let last = &self.headers[index];
        let period_start = last.height - last.height % self.params.interval();
        let start = period_start
            .saturating_sub(1)
            .min(last.height.saturating_sub(MAX_MEDIAN_SPAN));
        let mut path: Vec<usize> = self
            .branch(index)
            .take((last.height - start) as usize + 1)
            .collect();
        let target =
            |header: &Header| read_bits(&self.params, header.bits).unwrap_or(self.params.pow_limit);
        let first = path.pop().map_or(last, |at| &self.headers[at]);
        let mut tip = match start {
            0 => Tip::genesis(&self.params),
            _ => Tip::anchor(
                &self.params,
                start,
                &first.header,
                first.hash,
                target(&first.header),
            ),
        };
        for at in path.into_iter().rev() {
            let CheckedHeader { header, hash, .. } = &self.headers[at];
            tip = tip.next(&self.params, header, *hash, target(header));
        }
        tip.work = last.work;
        tip
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::CompactTarget;

    /// The state after a header is that of a linear walk, whether it was kept or recomputed.
    #[test]
    fn recomputing_leads_to_the_same_state() {
        let params = Params {
            target_timespan: 6000, // a period of 10
            proof_of_work: None,
            required_bits: false,
            ..Params::regtest()
        };
        let mut tree = HeaderTree::new(params);
        let mut states = vec![tree.tip];
        for n in 1..60_u32 {
            let header = Header {
                version: 4,
                prev_block: tree.tip.hash,
                time: tree.tip.time + 1 + n % 7,
                bits: if n % 3 == 0 {
                    CompactTarget(0x2007_ffff)
                } else {
                    params.genesis.bits
                },
                ..params.genesis
            };
            tree.insert(&header, u64::from(header.time)).unwrap();
            states.push(tree.tip);
        }
        for (index, state) in states.iter().enumerate() {
            assert_eq!(tree.recompute(index), *state, "height {index}");
        }
    }
}
