//! Repeating a failed case, to find out whether its verdict is reliable.

use super::worker::{Held, Worker};
use crate::check::result::{CaseResult, Verdict};

impl Worker<'_> {
    /// Plays a failed case again, each time at a fresh target, until the verdict changes or there are
    /// no retries left. The first verdict counts, since it is the worse one.
    ///
    /// A failure that the profile expects is not repeated.
    pub(super) async fn repeat(&mut self, held: &Held<'_>, result: &mut CaseResult) {
        let retries = match (result.verdict, &result.expectation) {
            (Verdict::Fail, None) => self.checker.max_retries(),
            _ => 0,
        };
        let mut verdicts = vec![result.verdict];
        for _ in 0..retries {
            // A target that is gone is no other verdict.
            let Some(again) = self.play_again(held).await else {
                return;
            };
            let again = held.result(&again);
            verdicts.push(again.verdict);
            if again.verdict != result.verdict {
                result.flaky = verdicts;
                return;
            }
        }
    }
}
