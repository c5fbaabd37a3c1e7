//! A run that is not finished.

use std::time::Instant;

use super::Checker;
use crate::check::facts::Portrait;
use crate::check::result::{self, CaseResult, FORMAT, Run, Seen, Verdict};
use crate::check::{Case, Summary};
use crate::drive::unix_time;

/// The results of a run so far.
#[derive(Debug)]
pub struct SoFar<'a> {
    checker: &'a Checker,
    cases: &'a [&'a Case],
    /// The result of each case that is finished.
    results: Vec<Option<CaseResult>>,
    seen: Option<Seen>,
    portrait: Option<Portrait>,
    /// The time of the start, in seconds since 1970.
    started: u64,
    clock: Instant,
}

/// Why a case has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// The run goes on.
    NotYet,
    /// The run was stopped by the user or by the system.
    Stopped,
    /// The run ended after this many failures.
    Failures(usize),
    /// The worker that played the case panicked.
    Panicked,
}

impl<'a> SoFar<'a> {
    pub(super) fn new(checker: &'a Checker, cases: &'a [&'a Case]) -> Self {
        Self {
            checker,
            cases,
            results: cases.iter().map(|_| None).collect(),
            seen: None,
            portrait: None,
            started: unix_time(),
            clock: Instant::now(),
        }
    }

    /// Sets what the probes found out about the target.
    pub(super) fn set_portrait(&mut self, seen: Option<Seen>, portrait: Portrait) {
        self.seen = seen;
        self.portrait = Some(portrait);
    }

    /// Adds the result of the case with this index, and what the target said about itself in it.
    pub(super) fn add(&mut self, at: usize, result: CaseResult, seen: Option<Seen>) {
        self.saw(seen);
        self.results[at] = Some(result);
    }

    /// Adds what the target said about itself.
    pub(super) fn saw(&mut self, seen: Option<Seen>) {
        self.seen = self.seen.take().or(seen);
    }

    /// Returns the result of the case with this index, if it is finished.
    pub(super) fn result(&self, at: usize) -> Option<&CaseResult> {
        self.results.get(at)?.as_ref()
    }

    /// Returns the run as it is now, with the cases that are not finished as skipped.
    pub fn run(&self) -> Run {
        self.run_without(Missing::NotYet)
    }

    /// Returns the run at its end.
    pub(super) fn run_without(&self, missing: Missing) -> Run {
        let pairs = self.results.iter().zip(self.cases);
        let cases: Vec<_> = pairs
            .map(|(result, case)| {
                result
                    .clone()
                    .unwrap_or_else(|| self.missing(case, missing))
            })
            .collect();
        let Checker { target, options } = self.checker;
        let profile = options.profile.as_ref();
        Run {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: result::Target {
                name: target.to_string(),
                role: target.role(),
                seen: self.seen.clone(),
                portrait: self.portrait.clone(),
                profile: profile.map(|profile| profile.name.clone()),
            },
            network: self.checker.default_network().name,
            seed: options.seed,
            started: self.started,
            elapsed: self.clock.elapsed(),
            summary: Summary::of(&cases),
            cases,
        }
    }

    fn missing(&self, case: &Case, missing: Missing) -> CaseResult {
        let (verdict, reason) = match missing {
            Missing::NotYet => (Verdict::Skipped, "the run is not finished".to_owned()),
            Missing::Stopped => (Verdict::Skipped, "the run was stopped before".to_owned()),
            Missing::Failures(1) => {
                let reason = "the run was stopped after the first failure";
                (Verdict::Skipped, reason.to_owned())
            }
            Missing::Failures(count) => {
                let reason = format!("the run was stopped after {count} failures");
                (Verdict::Skipped, reason)
            }
            Missing::Panicked => {
                let reason = "internal error, please report it";
                (Verdict::Error, reason.to_owned())
            }
        };
        CaseResult {
            verdict,
            reproduce: self.checker.reproduce(case.id()),
            ..CaseResult::skipped(case.script(), reason)
        }
    }
}
