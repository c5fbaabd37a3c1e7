//! Chains that may not be worth storing: their work is counted first, and nothing of them is
//! stored.

use fake_peer_core::header::{Target, Work};
use fake_peer_core::message::Headers;
use fake_peer_core::{Hash256, Header};

use super::turn::Turn;

/// A chain whose work is counted before any of it is stored (`HeadersSyncState`).
#[derive(Debug, Clone, Copy)]
pub(super) struct LowWork {
    start: Hash256,
    last: Hash256,
    work: Work,
    /// Whether the work is sufficient: the chain is then requested again, and stored.
    proven: bool,
}

impl Turn<'_> {
    /// Returns whether a header continues the chain that is being counted.
    pub(super) fn continues_low_work(&self, header: &Header) -> bool {
        let low_work = self.peer.headers.low_work;
        low_work.is_some_and(|it| it.last == header.prev_block && !it.proven)
    }

    /// Counts the work of headers that may not be worth storing (`TryLowWorkHeadersSync`). Returns
    /// whether they are not to be stored.
    pub(super) fn count_low_work(&mut self, headers: &[Header]) -> bool {
        let (Some(first), Some(last)) = (headers.first(), headers.last()) else {
            return false;
        };
        let last = last.hash();
        let tree = self.shared.chain.headers();
        if tree.get(&last).is_some() {
            return false;
        }
        let counted = self.peer.headers.low_work;
        let counted = match counted.filter(|it| it.last == first.prev_block && !it.proven) {
            Some(counted) => counted,
            None => match tree.get(&first.prev_block) {
                Some(parent) => LowWork {
                    start: parent.hash,
                    last: parent.hash,
                    work: parent.work,
                    proven: counted.is_some_and(|it| it.proven),
                },
                None => return false,
            },
        };
        let claimed = headers
            .iter()
            .filter_map(|it| Target::try_from(it.bits).ok());
        let work = counted.work + claimed.map(Work::from).sum();
        let enough = work >= self.work_worth_keeping();
        if enough && counted.start == counted.last || counted.proven {
            return false;
        }
        self.peer.headers.low_work = None;
        if enough {
            let proven = LowWork {
                proven: true,
                ..counted
            };
            self.peer.headers.low_work = Some(proven);
            let locator = self.shared.chain.headers().locator_from(&counted.start);
            self.ask_for_headers(locator);
        } else if headers.len() == Headers::MAX {
            let counted = LowWork {
                last,
                work,
                ..counted
            };
            self.peer.headers.low_work = Some(counted);
            let mut locator = vec![last];
            locator.extend(self.shared.chain.headers().locator_from(&counted.start));
            self.ask_for_headers(locator);
        }
        true
    }

    /// Returns the least work of a chain that is stored (`GetAntiDoSWorkThreshold`).
    fn work_worth_keeping(&self) -> Work {
        let active = self.shared.chain.active();
        let rules = &self.rules.headers;
        let near_tip = rules.buffer_blocks.and_then(|blocks| {
            let height = active.tip().height.checked_sub(blocks)?;
            active.at_height(height).map(|found| found.work)
        });
        near_tip.map_or(rules.minimum_work, |work| work.max(rules.minimum_work))
    }
}
