//! The state that the rules need after a header, in a fixed number of bytes.

use super::params::Params;
use crate::hash::Hash256;
use crate::header::{CompactTarget, Header, Target, Work};

/// The most past times that the median rule may need (`nMedianTimeSpan`).
pub(super) const MAX_MEDIAN_SPAN: u32 = 11;
const TIMES: usize = MAX_MEDIAN_SPAN as usize;

/// The last header of a checked chain, with what the next one is checked against.
///
/// Only checked headers lead to one, so a `Tip` also proves that they were checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// The number of headers before this one.
    pub height: u32,
    /// The header's hash.
    pub hash: Hash256,
    /// The header's time.
    pub time: u32,
    /// The header's `bits`.
    pub bits: CompactTarget,
    /// The work of the chain up to and with this header. A chain that starts at an anchor counts
    /// from the anchor.
    pub work: Work,
    /// `bits` and its work, kept because they change once in a period.
    pub(super) target: Target,
    block_work: Work,
    /// The time of the header at height `h` is at `h % TIMES`.
    times: [u32; TIMES],
    times_known: u8,
    pub(super) period: Option<PeriodStart>,
    /// The `bits` that the 20-minute rule walks back to; `None` while they lie before an anchor.
    pub(super) real_bits: Option<CompactTarget>,
}

/// The first header of a difficulty period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PeriodStart {
    pub(super) time: u32,
    pub(super) bits: CompactTarget,
    /// The time of the header before it, if there is one and it is known.
    pub(super) time_before: Option<u32>,
}

impl Tip {
    /// The state after block 0.
    pub(super) fn genesis(params: &Params) -> Self {
        let target = Target::try_from(params.genesis.bits).unwrap_or(params.pow_limit);
        Self {
            real_bits: Some(params.genesis.bits), // the walk back ends at block 0
            ..Self::anchor(params, 0, &params.genesis, params.genesis.hash(), target)
        }
    }

    /// The state after a header whose predecessors are not known.
    pub(super) fn anchor(
        params: &Params,
        height: u32,
        header: &Header,
        hash: Hash256,
        target: Target,
    ) -> Self {
        let mut tip = Self {
            height,
            hash,
            time: header.time,
            bits: header.bits,
            work: Work::from(target),
            target,
            block_work: Work::from(target),
            times: [0; TIMES],
            times_known: 0,
            period: None,
            real_bits: None,
        };
        tip.note(params, header, None);
        tip
    }

    /// The state after `header`, which was checked to follow.
    pub(super) fn next(
        &self,
        params: &Params,
        header: &Header,
        hash: Hash256,
        target: Target,
    ) -> Self {
        let mut tip = *self;
        tip.height = self.height.saturating_add(1);
        tip.hash = hash;
        tip.time = header.time;
        tip.bits = header.bits;
        if target != self.target {
            tip.target = target;
            tip.block_work = Work::from(target);
        }
        tip.work = self.work + tip.block_work;
        tip.note(params, header, Some(self.time));
        tip
    }

    /// Moves to a header that was checked to follow, inside a period, with the same `bits`, when
    /// every time is known.
    ///
    /// Once [`Tip::add_repeated_work`] has added its work, the result is that of [`Tip::next`].
    pub(super) fn repeat(&mut self, time: u32, hash: Hash256) {
        self.height = self.height.saturating_add(1);
        self.hash = hash;
        self.time = time;
        self.times[self.height as usize % TIMES] = time;
    }

    /// Adds the work of `count` headers of the same `bits`.
    pub(super) fn add_repeated_work(&mut self, count: u32) {
        self.work = self.work + self.block_work.times(count);
    }

    /// Whether every time that the median rule may need is known.
    pub(super) fn all_times_known(&self) -> bool {
        usize::from(self.times_known) == TIMES
    }

    /// The latest of the last 11 times.
    pub(super) fn newest_time(&self) -> u32 {
        self.times.into_iter().fold(0, u32::max)
    }

    /// Whether most of the last 11 times, all of which are known, are no later than `time`; if so,
    /// their median is not either.
    pub(super) fn most_times_are_by(&self, time: u32) -> bool {
        self.times.iter().filter(|past| **past <= time).count() > TIMES / 2
    }

    /// The median of the last `span` times, of at most 11, and of fewer near block 0
    /// (`CBlockIndex::GetMedianTimePast`). `None` if there are more than are known.
    pub(super) fn median_time_past(&self, span: u8) -> Option<u32> {
        let span = usize::from(span).min(TIMES).min(self.height as usize + 1);
        if span == 0 || span > usize::from(self.times_known) {
            return None;
        }
        let mut last = [0; TIMES];
        for (back, time) in last[..span].iter_mut().enumerate() {
            *time = self.times[(self.height as usize - back) % TIMES];
        }
        last[..span].sort_unstable();
        Some(last[span / 2])
    }

    fn note(&mut self, params: &Params, header: &Header, time_before: Option<u32>) {
        self.times[self.height as usize % TIMES] = header.time;
        self.times_known = (self.times_known + 1).min(11);
        let boundary = params.is_boundary(self.height);
        if boundary {
            self.period = Some(PeriodStart {
                time: header.time,
                bits: header.bits,
                time_before,
            });
        }
        if boundary || header.bits != params.pow_limit.to_compact() {
            self.real_bits = Some(header.bits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(times: &[u32]) -> Tip {
        let params = Params::regtest();
        let header = |time| Header {
            time,
            ..params.genesis
        };
        let mut tip = Tip::anchor(
            &params,
            0,
            &header(times[0]),
            Hash256::ZERO,
            params.pow_limit,
        );
        for time in &times[1..] {
            tip = tip.next(&params, &header(*time), Hash256::ZERO, params.pow_limit);
        }
        tip
    }

    /// Of an even number of times the upper one of the middle two is the median, as
    /// `pbegin[(pend - pbegin) / 2]` has it.
    #[test]
    fn the_median_is_that_of_up_to_eleven_times() {
        assert_eq!(chain(&[7]).median_time_past(11), Some(7));
        assert_eq!(chain(&[7, 9]).median_time_past(11), Some(9));
        assert_eq!(chain(&[7, 9, 8]).median_time_past(11), Some(8));
        let twelve = [900, 3, 1, 2, 6, 5, 4, 9, 8, 7, 11, 10];
        assert_eq!(chain(&twelve).median_time_past(11), Some(6)); // the 900 is twelve back
        assert_eq!(chain(&twelve[..11]).median_time_past(11), Some(6));
        assert_eq!(chain(&twelve).median_time_past(3), Some(10));
        assert_eq!(chain(&twelve).median_time_past(200), Some(6));
        assert_eq!(chain(&twelve).median_time_past(0), None);
    }
}
