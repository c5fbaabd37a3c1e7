//! The number of cases by verdict and level, and the exit code that follows from it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::result::{CaseResult, Expectation, Strictness, Verdict};
use crate::script::model::Level;

/// The number of cases by verdict and level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// All cases.
    pub all: Counts,
    /// The cases that a BIP or consensus requires.
    pub must: Counts,
    /// The cases in which Bitcoin Core is the reference.
    pub reference: Counts,
    /// The cases in which implementations vary.
    pub varies: Counts,
    /// The failures that the profile expects, which are also counted as failures.
    pub expected_failures: usize,
    /// The passes where the profile expects a failure, which are also counted as passes.
    pub unexpected_passes: usize,
    /// The cases whose verdict changed when they were repeated, which are also counted as failures.
    pub flaky: usize,
}

/// The number of cases by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is a verdict, and documented there")]
pub struct Counts {
    pub pass: usize,
    pub weaker: usize,
    pub fail: usize,
    pub varies: usize,
    pub inconclusive: usize,
    pub unsupported: usize,
    pub error: usize,
    pub skipped: usize,
}

impl Summary {
    /// Counts cases.
    pub fn of(cases: &[CaseResult]) -> Self {
        let mut summary = Self::default();
        for case in cases {
            summary.all.add(case.verdict);
            summary.level_mut(case.level).add(case.verdict);
            summary.flaky += usize::from(case.is_flaky());
            match case.expectation {
                None => {}
                Some(Expectation::ExpectedFailure { .. }) => summary.expected_failures += 1,
                Some(Expectation::UnexpectedPass { .. }) => summary.unexpected_passes += 1,
            }
        }
        summary
    }

    /// Returns the counts of a level.
    pub fn level(&self, level: Level) -> &Counts {
        match level {
            Level::Must => &self.must,
            Level::Reference => &self.reference,
            Level::Varies => &self.varies,
        }
    }

    fn level_mut(&mut self, level: Level) -> &mut Counts {
        match level {
            Level::Must => &mut self.must,
            Level::Reference => &mut self.reference,
            Level::Varies => &mut self.varies,
        }
    }
}

impl Counts {
    /// Counts verdicts.
    pub fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let mut counts = Self::default();
        verdicts.into_iter().for_each(|verdict| counts.add(verdict));
        counts
    }

    /// Counts one more verdict.
    pub fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Pass => self.pass += 1,
            Verdict::Weaker => self.weaker += 1,
            Verdict::Fail => self.fail += 1,
            Verdict::Varies => self.varies += 1,
            Verdict::Inconclusive => self.inconclusive += 1,
            Verdict::Unsupported => self.unsupported += 1,
            Verdict::Error => self.error += 1,
            Verdict::Skipped => self.skipped += 1,
        }
    }

    /// Returns the number of cases with a verdict.
    pub fn get(&self, verdict: Verdict) -> usize {
        match verdict {
            Verdict::Pass => self.pass,
            Verdict::Weaker => self.weaker,
            Verdict::Fail => self.fail,
            Verdict::Varies => self.varies,
            Verdict::Inconclusive => self.inconclusive,
            Verdict::Unsupported => self.unsupported,
            Verdict::Error => self.error,
            Verdict::Skipped => self.skipped,
        }
    }

    /// Returns the number of cases.
    pub fn total(&self) -> usize {
        Verdict::ALL.iter().map(|verdict| self.get(*verdict)).sum()
    }

    /// Returns the verdicts that occur with their counts, in the order in which they are shown.
    pub fn present(&self) -> impl Iterator<Item = (Verdict, usize)> + '_ {
        let counts = Verdict::ALL.map(|verdict| (verdict, self.get(verdict)));
        counts.into_iter().filter(|(_, count)| *count > 0)
    }
}

impl fmt::Display for Counts {
    /// Writes the verdicts that occur, as `10 pass, 2 fail`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (verdict, count)) in self.present().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            write!(f, "{comma}{count} {}", verdict.name())?;
        }
        Ok(())
    }
}

/// The overall result of a run, which gives the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// There were no unexpected failures.
    Fine,
    /// A case failed.
    Failures,
    /// The harness could not run a case, so that the run is incomplete.
    HarnessError,
    /// No case came to a verdict: all were skipped, are inconclusive, or need what the target does
    /// not offer. The run shows nothing, and is no success.
    NothingShown,
}

impl Conclusion {
    /// Returns the overall result of cases.
    pub fn of(cases: &[CaseResult], strictness: Strictness) -> Self {
        let shows_nothing = |case: &CaseResult| {
            matches!(
                case.verdict,
                Verdict::Skipped | Verdict::Unsupported | Verdict::Inconclusive
            )
        };
        if cases.iter().all(shows_nothing) {
            Self::NothingShown
        } else if cases.iter().any(|case| case.verdict == Verdict::Error) {
            Self::HarnessError
        } else if cases.iter().any(|case| case.is_failure(strictness)) {
            Self::Failures
        } else {
            Self::Fine
        }
    }

    /// Returns the exit code: 0, 1 or 3. Code 2 is bad usage, which shows before the run.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Failures | Self::NothingShown => 1,
            Self::HarnessError => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample;

    #[test]
    fn each_case_is_counted_once_by_verdict_and_once_by_level() {
        let run = sample::run();
        let summary = Summary::of(&run.cases);
        assert_eq!(summary.all.total(), run.cases.len());
        for verdict in Verdict::ALL {
            let cases = run.cases.iter().filter(|case| case.verdict == verdict);
            assert_eq!(summary.all.get(verdict), cases.count());
            let levels = [summary.must, summary.reference, summary.varies];
            let sum: usize = levels.iter().map(|level| level.get(verdict)).sum();
            assert_eq!(summary.all.get(verdict), sum);
        }
        assert_eq!(
            (summary.expected_failures, summary.unexpected_passes),
            (1, 1)
        );
        assert_eq!(summary.flaky, 1);
    }

    /// The conclusion of the sample, without the cases that are left out.
    fn without(left_out: &[&str], strictness: Strictness) -> u8 {
        let mut cases = sample::run().cases;
        cases.retain(|case| !left_out.iter().any(|id| case.id.starts_with(id)));
        Conclusion::of(&cases, strictness).exit_code()
    }

    #[test]
    fn the_worst_verdict_decides_the_exit_code() {
        let failures = ["envelope/length", "resources"];
        assert_eq!(without(&[], Strictness::Usual), 3);
        assert_eq!(without(&["inv"], Strictness::Usual), 1);
        // An expected failure and an unexpected pass are left.
        assert_eq!(
            without(&[&failures[..], &["inv"]].concat(), Strictness::Usual),
            0
        );
    }

    #[test]
    fn a_strict_run_fails_for_more_reasons() {
        let others = ["inv", "envelope/length", "resources"];
        let without = |more: &[&str]| without(&[&others[..], more].concat(), Strictness::Strict);
        assert_eq!(without(&["headers/limit/2"]), 1, "weaker");
        assert_eq!(without(&["handshake/nonce/1"]), 1, "passed unexpectedly");
        assert_eq!(without(&["headers/limit/2", "handshake/nonce/1"]), 0);
    }

    #[test]
    fn a_run_that_shows_nothing_is_no_success() {
        let of = |verdicts: &[Verdict]| {
            let mut cases = sample::run().cases;
            cases.retain(|case| verdicts.contains(&case.verdict));
            Conclusion::of(&cases, Strictness::Usual)
        };
        let unplayed = [
            Verdict::Skipped,
            Verdict::Unsupported,
            Verdict::Inconclusive,
        ];
        assert_eq!(of(&unplayed), Conclusion::NothingShown);
        assert_eq!(of(&[]), Conclusion::NothingShown);
        assert_eq!(of(&[Verdict::Skipped, Verdict::Varies]), Conclusion::Fine);
        assert_eq!(Conclusion::NothingShown.exit_code(), 1);
    }
}
