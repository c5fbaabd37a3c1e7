//! Running cases.
//!
//! ```no_run
//! # async fn check() -> Result<(), Box<dyn std::error::Error>> {
//! use fake_peer::check::{Catalogue, Checker, Conclusion, Selection, Strictness};
//! use fake_peer::target::Target;
//!
//! let catalogue = Catalogue::embedded()?;
//! let cases = Selection::of_ids(["ping"])?.of(&catalogue)?;
//! let checker = Checker::new(Target::Connect("127.0.0.1:18444".parse()?));
//! let run = checker.run(&cases).await;
//! let conclusion = Conclusion::of(&run.cases, Strictness::Usual);
//! assert_eq!(conclusion, Conclusion::Fine, "{run}");
//! # Ok(())
//! # }
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `worker` | playing one case after the other at a [`Target`] |
//! | `repeat` | repeating a failed case |
//! | `reproduce` | the command that repeats a case |
//! | `so_far` | the results of a run that is not finished |
//! | `held` | cases after which the target may still die |
//! | `judge`, `lines` | the result of an attempt |
//! | `network` | whether a case for one network can be played on another |
//! | `controls` | the same conversations without their faults |
//! | `detect` | which cases detect which flaw of the model peer |

mod controls;
mod detect;
mod held;
mod judge;
mod lines;
mod network;
mod repeat;
mod reproduce;
mod so_far;
mod worker;

use std::future::pending;
use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

pub use detect::Detector;
use fake_peer_core::Network;
use fake_peer_core::message::Services;
use so_far::Missing;
pub use so_far::SoFar;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use worker::{Job, Progress};

use super::facts::{Portrait, Survey, needs, survey};
use super::result::{CaseResult, Run, Seen, Strictness, Verdict};
use super::{Case, Profile};
use crate::drive::unix_time;
use crate::script::Script;
use crate::script::model::ChainRules;
use crate::script::network::NamedNetwork;
use crate::script::player::{PlayConfig, Unmet};
use crate::target::{Handle, Link, Settings, Target, TargetError};

/// Runs cases against a target.
#[derive(Debug, Clone)]
pub struct Checker {
    target: Target,
    options: Options,
}

/// The options of a run.
#[derive(Debug, Clone)]
struct Options {
    network: Option<NamedNetwork>,
    seed: u64,
    timeout: Duration,
    services: Services,
    start_timeout: Duration,
    jobs: Option<usize>,
    profile: Option<Profile>,
    max_failures: Option<(usize, Strictness)>,
    retries: Option<usize>,
    unix_time: u64,
    again: Option<Vec<String>>,
}

/// A target at which cases can be played.
#[derive(Debug)]
pub struct Ready {
    handle: Handle,
    seen: Option<Seen>,
}

/// An event of a run.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// The target was probed. It comes before the cases, unless none of them depends on it.
    Surveyed {
        /// The contents of its `version` message, if it sent one.
        seen: Option<&'a Seen>,
        /// What else the probes found out.
        portrait: &'a Portrait,
    },
    /// A case was started.
    Started(&'a str),
    /// A case was finished, and these are the results of the run so far.
    Finished(&'a CaseResult, &'a SoFar<'a>),
}

impl Checker {
    /// The default time limit for connecting, and for steps that do not set one.
    pub const TIMEOUT: Duration = Duration::from_secs(5);

    /// Creates a checker for a target on regtest, with seed 0, the current time, and no profile.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            options: Options {
                network: None,
                seed: 0,
                timeout: Self::TIMEOUT,
                services: PlayConfig::SERVICES,
                start_timeout: Settings::START,
                jobs: None,
                profile: None,
                max_failures: None,
                retries: None,
                unix_time: unix_time(),
                again: None,
            },
        }
    }

    /// Sets the network of the target. The default is regtest, or for the model peer, the network
    /// of each case.
    ///
    /// Cases for this network or for its base are played on it ([`Network::stands_in_for`]). Cases
    /// for other networks are skipped.
    #[must_use]
    pub fn network(mut self, network: impl Into<NamedNetwork>) -> Self {
        self.options.network = Some(network.into());
        self
    }

    /// Sets the seed of the random values; 0 by default. Each case derives a seed of its own from
    /// it and from the id of the case, so that the case behaves the same when it is run alone.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// Sets the time limit for connecting, and for steps that do not set one.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }

    /// Sets the services that we offer in a `version` that does not name them;
    /// [`PlayConfig::SERVICES`] by default.
    #[must_use]
    pub fn services(mut self, services: Services) -> Self {
        self.options.services = services;
        self
    }

    /// Sets the time limit for a node or a client that we start to become ready.
    #[must_use]
    pub fn start_timeout(mut self, limit: Duration) -> Self {
        self.options.start_timeout = limit;
        self
    }

    /// Sets the number of cases that run at the same time.
    ///
    /// The default is one for a node or a client that we do not start, twice the number of cores for
    /// one that we start, since half of the time is spent waiting, and the number of cores for the
    /// model peer in memory. It is higher for the model peer over TCP.
    #[must_use]
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.options.jobs = Some(jobs.max(1));
        self
    }

    /// Sets the profile of the target.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.options.profile = Some(profile);
        self
    }

    /// Sets the number of failures after which no further case is started; there is no limit by
    /// default. A case that could not be run counts too. Cases that other jobs are playing by then
    /// are finished, and the rest are skipped.
    #[must_use]
    pub fn max_failures(mut self, count: usize, strictness: Strictness) -> Self {
        self.options.max_failures = Some((count.max(1), strictness));
        self
    }

    /// Sets how often a case that fails unexpectedly is repeated, on a fresh target where we start
    /// it. If the verdict changes, the case is flaky: it still counts as failed, and the reports say
    /// so. The default is one, or none for the model peer, which always behaves the same.
    #[must_use]
    pub fn retries(mut self, retries: usize) -> Self {
        self.options.retries = Some(retries);
        self
    }

    /// Sets the time at which the cases are played, in seconds since 1970; the current time by
    /// default. A real target has its own clock, which should agree.
    #[must_use]
    pub fn unix_time(mut self, unix_time: u64) -> Self {
        self.options.unix_time = unix_time;
        self
    }

    /// Sets the arguments of `fake-peer check`, without the case, for the command that repeats a
    /// case. By default they are derived from the other settings.
    #[must_use]
    pub fn again(mut self, arguments: Vec<String>) -> Self {
        self.options.again = Some(arguments);
        self
    }

    /// Makes sure that cases can be played at the target: that it starts, connects or accepts
    /// connections, and is on the network. Calls `listening` with the address to which a client that
    /// we do not start has to connect, before it waits for the client.
    ///
    /// # Errors
    /// [`TargetError`]. Without this check, each case would end with this error, or fail.
    pub async fn ready(
        &self,
        listening: impl FnOnce(SocketAddr),
    ) -> Result<Ready, Arc<TargetError>> {
        let handle = self.target.open(0, self.settings()).await;
        let mut handle = handle.map_err(Arc::new)?;
        if let Some(address) = handle.listens_at() {
            listening(address);
        }
        let seen = handle.check().await?;
        Ok(Ready { handle, seen })
    }

    /// Returns a run that was stopped before its first case.
    pub fn not_run(&self, cases: &[&Case]) -> Run {
        SoFar::new(self, cases).run_without(Missing::Stopped)
    }

    /// Runs the cases. The result of a case that could not be run gives the reason.
    pub async fn run(&self, cases: &[&Case]) -> Run {
        self.watch(cases, pending(), |_| ()).await
    }

    /// Runs one case.
    pub async fn case(&self, case: &Case) -> CaseResult {
        let mut run = self.run(&[case]).await;
        let none = || CaseResult::skipped(case.script(), "it was not run");
        run.cases.pop().unwrap_or_else(none)
    }

    /// Probes the target, and returns the contents of its `version` message and what else the probes
    /// found out.
    ///
    /// # Errors
    /// [`TargetError`] if the target cannot be used.
    pub async fn portrait(&self) -> Result<(Option<Seen>, Portrait), Arc<TargetError>> {
        let handle = self.target.open(0, self.settings()).await;
        let mut handle = handle.map_err(Arc::new)?;
        let found = survey(&mut handle, &self.survey_settings()).await;
        handle.close().await;
        found
    }

    /// Runs the cases, and calls `notify` when a case is started or finished. When `stop`
    /// completes, the cases that are not finished are skipped.
    pub async fn watch(
        &self,
        cases: &[&Case],
        stop: impl Future<Output = ()>,
        notify: impl FnMut(Event<'_>),
    ) -> Run {
        self.watch_at(None, cases, stop, notify).await
    }

    /// As [`Checker::watch`], at a target that is ready if there is one.
    pub async fn watch_at(
        &self,
        ready: Option<Ready>,
        cases: &[&Case],
        stop: impl Future<Output = ()>,
        mut notify: impl FnMut(Event<'_>),
    ) -> Run {
        let mut so_far = SoFar::new(self, cases);
        let mut handle = None;
        if let Some(ready) = ready {
            handle = Some(ready.handle);
            so_far.saw(ready.seen);
        }
        let (stopping, stopped) = watch::channel(false);
        let (sender, mut progress) = mpsc::unbounded_channel();
        let job = Arc::new(Job::new(self, cases));
        let mut workers = JoinSet::new();
        for number in 0..self.workers(cases.len()) {
            workers.spawn(worker::work(
                Arc::clone(&job),
                number,
                handle.take(),
                sender.clone(),
                stopped.clone(),
            ));
        }
        drop(sender);
        let mut stop = std::pin::pin!(stop);
        let mut is_stopped = false;
        loop {
            let next = tokio::select! {
                next = progress.recv() => next,
                () = &mut stop, if !is_stopped => {
                    is_stopped = true;
                    // Nobody receives this if all workers have finished.
                    let _ = stopping.send(true);
                    continue;
                }
            };
            match next {
                None => break,
                Some(Progress::Surveyed) => {
                    if let Some(surveyed) = job.surveyed() {
                        let (seen, portrait) = (surveyed.seen.as_ref(), &surveyed.portrait);
                        so_far.set_portrait(seen.cloned(), portrait.clone());
                        notify(Event::Surveyed { seen, portrait });
                    }
                }
                Some(Progress::Started(at)) => notify(Event::Started(cases[at].id())),
                Some(Progress::Finished(at, case, found)) => {
                    so_far.add(at, *case, found);
                    if let Some(case) = so_far.result(at) {
                        notify(Event::Finished(case, &so_far));
                    }
                }
            }
        }
        while workers.join_next().await.is_some() {}
        so_far.run_without(match job.limit_reached() {
            _ if is_stopped => Missing::Stopped,
            Some(failures) => Missing::Failures(failures),
            None => Missing::Panicked,
        })
    }

    fn max_retries(&self) -> usize {
        let usual = usize::from(!self.target.is_model());
        self.options.retries.unwrap_or(usual)
    }

    fn workers(&self, cases: usize) -> usize {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let usual = match &self.target {
            Target::Connect(_) | Target::Client { exec: None, .. } => 1,
            Target::Model(model) if model.link == Link::Tcp => 16 * cores,
            Target::Client { .. } | Target::Spawn(_) => 2 * cores,
            Target::Model(_) => cores,
        };
        self.options.jobs.unwrap_or(usual).min(cases)
    }

    /// Returns the network of the target, or `None` if it plays any network.
    fn target_network(&self) -> Option<Network> {
        match &self.options.network {
            Some(named) => Some(named.network),
            None if self.target.is_model() => None,
            None => Some(Network::REGTEST),
        }
    }

    /// Returns the network of the target, or regtest if it plays any network.
    fn default_network(&self) -> Network {
        self.target_network().unwrap_or(Network::REGTEST)
    }

    /// Returns the network that a case is played on.
    fn network_of(&self, case: &Case) -> Network {
        self.target_network().unwrap_or(*case.network())
    }

    /// Returns the verdict and the reason if a case is not played. That a target does not offer what
    /// a case needs may show only in the run.
    pub fn skips(&self, case: &Case) -> Option<(Verdict, String)> {
        self.skips_knowing(case, None)
    }

    /// Like [`Checker::skips`], for a target that was probed. The model peer plays every case for
    /// its role: a flaw must not make a case inapplicable that would detect it, and a test checks
    /// that the honest model peer has every required fact.
    fn skips_knowing(&self, case: &Case, portrait: Option<&Portrait>) -> Option<(Verdict, String)> {
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
        let needs = needs(script);
        if let Some(reason) = portrait.and_then(|portrait| portrait.unmet(&needs)) {
            return Some((Verdict::Unsupported, reason.to_string()));
        }
        let mut chains = script.chains.iter();
        let has_rules = chains.any(|chain| chain.rules != ChainRules::Network);
        let reason = "its chains keep to rules of header difficulty that no network has";
        has_rules.then(|| (Verdict::Unsupported, reason.to_owned()))
    }

    /// Returns how the target is probed before these cases, or `None` if none of them depends on it.
    /// A single case that requires no fact is played at once.
    fn survey(&self, cases: &[Case]) -> Option<Survey> {
        let depends = |case: &Case| needs(case.script()).depends_on_facts();
        let plays = cases
            .iter()
            .filter(|case| self.skips(case).is_none())
            .count();
        (plays > 1 || cases.iter().any(depends)).then(|| self.survey_settings())
    }

    /// Returns how a script is played at the target, with this seed.
    fn play_config(&self, seed: u64) -> PlayConfig {
        PlayConfig {
            seed,
            unix_time: self.options.unix_time,
            timeout: self.options.timeout,
            services: self.options.services,
            ..PlayConfig::new(self.target.role())
        }
    }

    fn survey_settings(&self) -> Survey {
        Survey {
            network: self.default_network(),
            config: self.play_config(self.options.seed),
            starts_anew: match &self.target {
                Target::Model(_) | Target::Spawn(_) | Target::Client { exec: Some(_), .. } => true,
                Target::Connect(_) | Target::Client { exec: None, .. } => false,
            },
        }
    }

    /// Returns how the target is started and probed. A node that we start is used for further cases
    /// as long as it has learned no chain.
    fn settings(&self) -> Settings {
        Settings {
            unix_time: self.options.unix_time,
            timeout: self.options.timeout,
            start: self.options.start_timeout,
            probes: true,
            measures: is_about_resources,
            ..Settings::new(self.default_network())
        }
    }
}

/// Returns whether a case limits what it costs the target.
fn is_about_resources(script: &Script) -> bool {
    script.name.starts_with("resources/")
}
