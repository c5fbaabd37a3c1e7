//! The states of the side branches that grew last, so that growing one on needs no walk back.

use std::collections::VecDeque;

use super::tip::Tip;

/// More than the branches that grow at the same time on a public network; a hostile peer that opens
/// more costs a walk over one period for each header.
const KEPT: usize = 8;

/// The last few tips, by the index of their header.
#[derive(Debug, Clone, Default)]
pub(super) struct RecentTips(VecDeque<(usize, Tip)>);

impl RecentTips {
    pub(super) fn get(&self, index: usize) -> Option<Tip> {
        let (_, tip) = self.0.iter().find(|(kept, _)| *kept == index)?;
        Some(*tip)
    }

    /// Keeps `tip`, in place of that of `old` or else of the oldest.
    pub(super) fn replace(&mut self, old: usize, index: usize, tip: Tip) {
        self.0.retain(|(kept, _)| *kept != old);
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back((index, tip));
    }
}
