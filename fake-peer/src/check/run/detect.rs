//! Which cases tell a flaw: those that the model peer fails with it, and not without.

use std::sync::Arc;

use crate::check::Case;
use crate::drive::play::role_for;
use crate::node::Flaw;
use crate::outcome::{Outcome, Verdict};
use crate::script::Script;
use crate::script::model::Level;
use crate::script::player::{PlayConfig, PrepareError, Prepared};
use crate::target::in_memory;

/// Cases to look for flaws with, in memory. Made once, since it builds all chains.
#[derive(Debug, Clone)]
pub struct Detector {
    cases: Vec<(Case, Arc<Prepared>)>,
    unix_time: u64,
}

impl Detector {
    /// Takes those of the cases that judge.
    ///
    /// # Errors
    /// The first case whose chains cannot be built.
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

    /// The cases of a flaw's area that tell it. They are played as they are asked for.
    pub fn told_in_area(&self, flaw: Flaw) -> impl Iterator<Item = &Case> {
        self.told_by(flaw, move |case| area(case) == flaw.area)
    }

    /// The cases of other areas that tell a flaw. They are played as they are asked for.
    pub fn told_elsewhere(&self, flaw: Flaw) -> impl Iterator<Item = &Case> {
        self.told_by(flaw, move |case| area(case) != flaw.area)
    }

    fn told_by(&self, flaw: Flaw, among: impl Fn(&Case) -> bool) -> impl Iterator<Item = &Case> {
        let cases = self.cases.iter().filter(move |(case, _)| among(case));
        let tells = move |(_, prepared): &&(_, Arc<Prepared>)| self.tells(flaw, prepared);
        cases.filter(tells).map(|(case, _)| case)
    }

    fn tells(&self, flaw: Flaw, script: &Arc<Prepared>) -> bool {
        // What it takes for the flaw to show may show by itself.
        let without = Flaw {
            apply: |_| (),
            ..flaw
        };
        self.fails(flaw, script) && !self.fails(without, script)
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
