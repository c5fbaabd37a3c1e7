//! Which cases detect a flaw: those that the model peer fails with the flaw, but not without it.

use std::sync::Arc;

use crate::check::Case;
use crate::drive::play::role_for;
use crate::node::Flaw;
use crate::outcome::{Outcome, Verdict};
use crate::script::Script;
use crate::script::model::Level;
use crate::script::player::{PlayConfig, PrepareError, Prepared};
use crate::target::in_memory;

/// A set of cases that are played in memory to detect flaws. It is expensive to create, since all
/// chains are built.
#[derive(Debug, Clone)]
pub struct Detector {
    cases: Vec<(Case, Arc<Prepared>)>,
    unix_time: u64,
}

impl Detector {
    /// Prepares the cases, except for those whose level is `varies`, which judge nothing.
    ///
    /// # Errors
    /// The error of the first case whose chains cannot be built.
    pub fn new(cases: &[Case], unix_time: u64) -> Result<Self, PrepareError> {
        let judges = |case: &&Case| case.script().level != Some(Level::Varies);
        let prepare = |case: &Case| -> Result<_, PrepareError> {
            let script = Script::clone(case.script());
            let prepared = Prepared::on(*case.network(), script, unix_time, &|_| None)?;
            Ok((case.clone(), Arc::new(prepared)))
        };
        let cases = cases.iter().filter(judges).map(prepare);
        Ok(Self {
            cases: cases.collect::<Result<_, _>>()?,
            unix_time,
        })
    }

    /// Returns the cases in the area of a flaw that detect it. Each is played when the iterator
    /// reaches it.
    pub fn detecting_in_area(&self, flaw: Flaw) -> impl Iterator<Item = &Case> {
        self.detecting(flaw, move |case| area(case) == flaw.area)
    }

    /// Returns the cases in other areas that detect a flaw. Each is played when the iterator
    /// reaches it.
    pub fn detecting_elsewhere(&self, flaw: Flaw) -> impl Iterator<Item = &Case> {
        self.detecting(flaw, move |case| area(case) != flaw.area)
    }

    fn detecting(&self, flaw: Flaw, among: impl Fn(&Case) -> bool) -> impl Iterator<Item = &Case> {
        let cases = self.cases.iter().filter(move |(case, _)| among(case));
        let detects = move |(_, prepared): &&(_, Arc<Prepared>)| self.detects(flaw, prepared);
        cases.filter(detects).map(|(case, _)| case)
    }

    fn detects(&self, flaw: Flaw, script: &Arc<Prepared>) -> bool {
        // The circumstances in which the flaw shows may be enough to make a case fail.
        self.fails(flaw, script) && !self.fails(flaw.without_change(), script)
    }

    fn fails(&self, flaw: Flaw, script: &Arc<Prepared>) -> bool {
        let config = PlayConfig {
            unix_time: self.unix_time,
            timeout: super::Checker::TIMEOUT,
            ..PlayConfig::new(role_for(script.script()))
        };
        let attempt = in_memory(&[flaw], Arc::clone(script), config);
        Outcome::new(&attempt).verdict == Verdict::Fail
    }
}

fn area(case: &Case) -> &str {
    crate::check::result::area(case.id())
}
