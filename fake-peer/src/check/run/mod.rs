//! Running cases.
//!
//! ```no_run
//! # async fn check() -> Result<(), Box<dyn std::error::Error>> {
//! use fake_peer::check::{Catalogue, Checker, Selection};
//! use fake_peer::target::Target;
//!
//! let catalogue = Catalogue::embedded()?;
//! let cases = Selection::of_ids(["ping"])?.of(&catalogue)?;
//! let checker = Checker::new(Target::Connect("127.0.0.1:18444".parse()?));
//! let run = checker.run(&cases).await;
//! assert_eq!(run.failures().count(), 0, "{run}");
//! # Ok(())
//! # }
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `worker` | one case after the other, at a [`Target`] |
//! | `judge`, `lines` | what is made of an attempt |
//! | `detect` | which cases detect which flaw of the model peer |

mod detect;
mod judge;
mod lines;
mod worker;

use std::future::pending;
use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

pub use detect::Detector;
use fake_peer_core::Network;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use worker::{Job, Told};

use super::result::{self, CaseResult, FORMAT, Run, Seen, Verdict};
use super::{Case, Profile, Summary};
use crate::drive::unix_time;
use crate::script::Script;
use crate::script::model::ChainRules;
use crate::script::network::NamedNetwork;
use crate::script::player::Unmet;
use crate::target::{Link, Settings, Target};

/// Runs cases against a target.
#[derive(Debug, Clone)]
pub struct Checker {
    target: Target,
    options: Options,
}

/// How cases are run.
#[derive(Debug, Clone)]
struct Options {
    network: Option<NamedNetwork>,
    seed: u64,
    timeout: Duration,
    jobs: Option<usize>,
    profile: Option<Profile>,
    unix_time: u64,
    again: Option<Vec<String>>,
}

/// What happens in a run.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A case is being run.
    Started(&'a str),
    /// A case has been run.
    Finished(&'a CaseResult),
}

impl Checker {
    /// How long steps wait that do not say, by default.
    pub const TIMEOUT: Duration = Duration::from_secs(5);

    /// A run against a target on regtest, from seed 0, at this moment, without a profile.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            options: Options {
                network: None,
                seed: 0,
                timeout: Self::TIMEOUT,
                jobs: None,
                profile: None,
                unix_time: unix_time(),
                again: None,
            },
        }
    }

    /// The network of the target; regtest by default, and for the model peer that of each case.
    ///
    /// Cases for this network and for its base are played on it ([`Network::stands_in_for`]), and
    /// those for others are skipped.
    #[must_use]
    pub fn network(mut self, network: impl Into<NamedNetwork>) -> Self {
        self.options.network = Some(network.into());
        self
    }

    /// What all that is random is drawn from. Each case has a seed of its own, made of this and its
    /// id, so that it does the same alone.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// How long is waited for a connection, and in steps that do not say.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }

    /// How many cases are run at once.
    ///
    /// Unless told, one at a node that is there and at a client that we do not start, and else as
    /// many as there are cores; more at the model peer over TCP, where most of the time is waited.
    #[must_use]
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.options.jobs = Some(jobs.max(1));
        self
    }

    /// What is known of the target.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.options.profile = Some(profile);
        self
    }

    /// The time at which the cases are played, in seconds since 1970: a real target has its own
    /// clock, and should agree.
    #[must_use]
    pub fn unix_time(mut self, unix_time: u64) -> Self {
        self.options.unix_time = unix_time;
        self
    }

    /// The arguments of `fake-peer check` that were given, for the command that repeats a case: every
    /// one but the case. By default they are made from what was set here.
    #[must_use]
    pub fn again(mut self, arguments: Vec<String>) -> Self {
        self.options.again = Some(arguments);
        self
    }

    /// Runs the cases. What could not be run says why in its result.
    pub async fn run(&self, cases: &[&Case]) -> Run {
        self.watch(cases, pending(), |_| ()).await
    }

    /// Runs one case.
    pub async fn case(&self, case: &Case) -> CaseResult {
        let mut run = self.run(&[case]).await;
        let none = || CaseResult::skipped(case.script(), "it was not run");
        run.cases.pop().unwrap_or_else(none)
    }

    /// Runs the cases, and tells of each as it goes, until `stop` completes: then what runs is left,
    /// and skipped as all that has not been run.
    pub async fn watch(
        &self,
        cases: &[&Case],
        stop: impl Future<Output = ()>,
        mut tell: impl FnMut(Event<'_>),
    ) -> Run {
        let (started, clock) = (unix_time(), Instant::now());
        let mut results: Vec<Option<CaseResult>> = cases.iter().map(|_| None).collect();
        let mut seen = None;
        let (stopping, stopped) = watch::channel(false);
        let (told, mut telling) = mpsc::unbounded_channel();
        let job = Arc::new(Job::new(self, cases));
        let mut workers = JoinSet::new();
        for number in 0..self.workers(cases.len()) {
            let worker = worker::work(Arc::clone(&job), number, told.clone(), stopped.clone());
            workers.spawn(worker);
        }
        drop(told);
        let mut stop = std::pin::pin!(stop);
        let mut is_stopped = false;
        loop {
            let next = tokio::select! {
                next = telling.recv() => next,
                () = &mut stop, if !is_stopped => {
                    is_stopped = true;
                    // Nobody listens any more only when all are done.
                    let _ = stopping.send(true);
                    continue;
                }
            };
            match next {
                None => break,
                Some(Told::Started(at)) => tell(Event::Started(cases[at].id())),
                Some(Told::Finished(at, case, found)) => {
                    tell(Event::Finished(&case));
                    seen = seen.or(found);
                    results[at] = Some(*case);
                }
            }
        }
        while workers.join_next().await.is_some() {}
        let unfinished = |case: &&Case| self.unfinished(case, is_stopped);
        let pairs = results.into_iter().zip(cases);
        let cases = pairs.map(|(result, case)| result.unwrap_or_else(|| unfinished(case)));
        self.report(cases.collect(), started, clock.elapsed(), seen)
    }

    fn workers(&self, cases: usize) -> usize {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let usual = match &self.target {
            Target::Connect(_) | Target::Client { exec: None, .. } => 1,
            Target::Model(model) if model.link == Link::Tcp => 16 * cores,
            Target::Model(_) | Target::Client { .. } | Target::Spawn(_) => cores,
        };
        self.options.jobs.unwrap_or(usual).min(cases)
    }

    /// A case that no worker has finished.
    fn unfinished(&self, case: &Case, is_stopped: bool) -> CaseResult {
        let mut result = CaseResult::skipped(case.script(), "the run was stopped before");
        if !is_stopped {
            // A worker that panicked.
            result.verdict = Verdict::Error;
            result.note = Some("internal error, please report it".to_owned());
        }
        result.reproduce = self.reproduce(case.id());
        result
    }

    /// The command that runs a case alone.
    fn reproduce(&self, id: &str) -> String {
        let mut words = vec!["fake-peer".to_owned(), "check".to_owned(), id.to_owned()];
        match &self.options.again {
            Some(arguments) => words.extend_from_slice(arguments),
            None => words.extend(self.arguments()),
        }
        let words = words.iter().map(String::as_str);
        shlex::try_join(words).unwrap_or_default()
    }

    /// The network of the target; `None` for any.
    fn target_network(&self) -> Option<Network> {
        match &self.options.network {
            Some(named) => Some(named.network),
            None if self.target.is_model() => None,
            None => Some(Network::REGTEST),
        }
    }

    /// The network that a case is played on.
    fn network_of(&self, case: &Case) -> Network {
        self.target_network().unwrap_or(*case.network())
    }

    /// Whether a case would be played, and not skipped as unfit for the target.
    pub fn plays(&self, case: &Case) -> bool {
        self.skips(case).is_none()
    }

    /// Why a case is not played, if it is not.
    fn skips(&self, case: &Case) -> Option<(Verdict, String)> {
        let (target, script) = (&self.target, case.script());
        let profile = self.options.profile.as_ref();
        if let Some(reason) = profile.and_then(|profile| profile.skips(&script.name)) {
            return Some((Verdict::Skipped, reason.to_owned()));
        }
        if let Some(wanted) = script.requires.role.filter(|role| *role != target.role()) {
            return Some((Verdict::Unsupported, Unmet::Role { wanted }.to_string()));
        }
        let (network, wanted) = (self.network_of(case), case.network());
        if !network.stands_in_for(wanted.name) {
            let reason = format!("the case is for {wanted}, the target is on {network}");
            return Some((Verdict::Skipped, reason));
        }
        if target.is_model() {
            return None;
        }
        let mut chains = script.chains.iter();
        let has_rules = chains.any(|chain| chain.rules != ChainRules::Network);
        let reason = "its chains keep to rules of header difficulty that no network has";
        has_rules.then(|| (Verdict::Unsupported, reason.to_owned()))
    }

    /// The arguments for what was set here.
    fn arguments(&self) -> Vec<String> {
        let mut words = self.target.arguments();
        if let Some(named) = &self.options.network {
            words.extend(["--network".to_owned(), named.spec.to_string()]);
        }
        if self.options.timeout != Self::TIMEOUT {
            let timeout = humantime::format_duration(self.options.timeout).to_string();
            words.extend(["--timeout".to_owned(), timeout.replace(' ', "")]);
        }
        words.extend(["--seed".to_owned(), self.options.seed.to_string()]);
        words
    }

    /// How the target is started and asked: a node that we start is kept as long as it is as new.
    fn settings(&self) -> Settings {
        Settings {
            unix_time: self.options.unix_time,
            timeout: self.options.timeout,
            probes: true,
            measures: is_about_resources,
            ..Settings::new(self.target_network().unwrap_or(Network::REGTEST))
        }
    }

    fn report(
        &self,
        cases: Vec<CaseResult>,
        started: u64,
        elapsed: Duration,
        seen: Option<Seen>,
    ) -> Run {
        let profile = self.options.profile.as_ref();
        Run {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: result::Target {
                name: self.target.to_string(),
                role: self.target.role(),
                seen,
                profile: profile.map(|profile| profile.name.clone()),
            },
            network: self.target_network().unwrap_or(Network::REGTEST).name,
            seed: self.options.seed,
            started,
            elapsed,
            summary: Summary::of(&cases),
            cases,
        }
    }
}

/// Whether a case judges what it costs the target.
fn is_about_resources(script: &Script) -> bool {
    script.name.starts_with("resources/")
}
