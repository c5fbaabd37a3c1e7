//! Repeating a failed case, to find out whether its verdict is reliable.

use std::mem;
use std::sync::Arc;

use super::worker::Worker;
use crate::check::Case;
use crate::check::result::{CaseResult, Verdict};
use crate::target::Target;

impl Worker<'_> {
    /// Plays a failed case again, each time at a fresh target, until the verdict changes or there are
    /// no retries left. The first verdict counts, since it is the worse one.
    ///
    /// A failure that the profile expects is not repeated.
    pub(super) async fn repeat(&mut self, case: &Case, result: &mut CaseResult) {
        let retries = match (result.verdict, &result.expectation) {
            (Verdict::Fail, None) => self.checker.max_retries(),
            _ => 0,
        };
        let mut verdicts = vec![result.verdict];
        for _ in 0..retries {
            self.renew().await;
            // A target that is gone is no other verdict.
            let Ok((again, _)) = self.play(case).await else {
                return;
            };
            verdicts.push(again.verdict);
            if again.verdict != result.verdict {
                result.flaky = verdicts;
                return;
            }
        }
    }

    /// Ends a node that we started, so that the next play starts another one. The model peer and a
    /// client are started for each play anyway, and other targets are not ours to start.
    async fn renew(&mut self) {
        let Target::Spawn(_) = self.checker.target else {
            return;
        };
        let handle = self.open().await.map_err(Arc::new);
        if let Ok(former) = mem::replace(&mut self.handle, handle) {
            former.close().await;
        }
    }
}
