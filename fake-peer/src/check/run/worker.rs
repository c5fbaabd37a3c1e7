//! A worker, which plays one case after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fake_peer_core::Network;
use fake_peer_core::hash::hash256;
use tokio::sync::{OnceCell, mpsc, watch};
use tokio::task::spawn_blocking;

use super::Checker;
use super::controls::{Controls, compare, is_shown_by_model};
use super::judge::judge;
use super::network::unfit;
use crate::check::Case;
use crate::check::facts::{Portrait, survey as survey_with};
use crate::check::result::{CaseResult, Seen, Verdict};
use crate::outcome::ControlOutcome;
use crate::script::control::Control;
use crate::script::model::Script;
use crate::script::player::{PlayConfig, PrepareError, Prepared};
use crate::target::{Handle, TargetError};

/// The cases of a run, which all workers share.
pub(super) struct Job {
    checker: Checker,
    cases: Vec<Case>,
    /// The index of the next case to play.
    next: AtomicUsize,
    controls: Controls,
    /// The number of failures so far, if it is limited.
    failures: AtomicUsize,
    /// What the probes found out, if the target was probed.
    surveyed: OnceCell<Option<Surveyed>>,
}

/// What the probes found out about a target.
#[derive(Debug)]
pub(super) struct Surveyed {
    pub(super) seen: Option<Seen>,
    pub(super) portrait: Portrait,
}

/// A message from a worker, with the index of the case.
pub(super) enum Progress {
    Surveyed,
    Started(usize),
    Finished(usize, Box<CaseResult>, Option<Seen>),
}

impl Job {
    pub(super) fn new(checker: &Checker, cases: &[&Case]) -> Self {
        Self {
            checker: checker.clone(),
            cases: cases.iter().copied().cloned().collect(),
            next: AtomicUsize::new(0),
            controls: Controls::default(),
            failures: AtomicUsize::new(0),
            surveyed: OnceCell::new(),
        }
    }

    /// Returns what the probes found out, if the target was probed.
    pub(super) fn surveyed(&self) -> Option<&Surveyed> {
        self.surveyed.get()?.as_ref()
    }

    /// Has the target probed by the first worker that comes here, for which the others wait.
    async fn survey(&self, worker: &mut Worker<'_>, progress: &mpsc::UnboundedSender<Progress>) {
        let mut is_first = false;
        let survey = async {
            is_first = true;
            worker.survey(&self.cases).await
        };
        self.surveyed.get_or_init(|| survey).await;
        if is_first {
            // The receiver is kept until all workers have finished.
            let _ = progress.send(Progress::Surveyed);
        }
    }

    /// Returns the index of the next case to play, unless there were too many failures.
    fn next(&self) -> usize {
        match self.limit_reached() {
            Some(_) => self.cases.len(),
            None => self.next.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Returns the limit of failures if it is reached.
    pub(super) fn limit_reached(&self) -> Option<usize> {
        let (limit, _) = self.checker.options.max_failures?;
        (self.failures.load(Ordering::Relaxed) >= limit).then_some(limit)
    }

    /// Counts a failure.
    fn count(&self, result: &CaseResult) {
        if let Some((_, strictness)) = self.checker.options.max_failures
            && (result.is_failure(strictness) || result.verdict == Verdict::Error)
        {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Plays cases until none are left, or until `stopped` is set.
pub(super) async fn work(
    job: Arc<Job>,
    number: usize,
    progress: mpsc::UnboundedSender<Progress>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut worker = Worker::new(&job, number).await;
    let surveying = async {
        if number > 0 {
            worker.get_ready().await;
        }
        job.survey(&mut worker, &progress).await;
    };
    tokio::select! {
        biased;
        _ = stopped.wait_for(|stopped| *stopped) => (),
        () = surveying => (),
    }
    loop {
        let at = job.next();
        let Some(case) = job.cases.get(at) else { break };
        // The receiver is kept until all workers have finished.
        let _ = progress.send(Progress::Started(at));
        let (result, seen) = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => break,
            done = worker.run(case, job.surveyed()) => done,
        };
        job.count(&result);
        let _ = progress.send(Progress::Finished(at, Box::new(result), seen));
    }
    if let Ok(handle) = worker.handle {
        handle.close().await;
    }
}

pub(super) struct Worker<'a> {
    pub(super) checker: &'a Checker,
    controls: &'a Controls,
    number: usize,
    /// The target's handle, or why there is none.
    pub(super) handle: Result<Handle, Arc<TargetError>>,
}

impl<'a> Worker<'a> {
    async fn new(job: &'a Job, number: usize) -> Self {
        let Job {
            checker, controls, ..
        } = job;
        let handle = open(checker, number).await;
        Self {
            checker,
            controls,
            number,
            handle: handle.map_err(Arc::new),
        }
    }

    /// Creates another handle of the target.
    pub(super) async fn open(&self) -> Result<Handle, TargetError> {
        open(self.checker, self.number).await
    }

    /// Starts the target, so that it is ready when the probes are done.
    async fn get_ready(&mut self) {
        if let Ok(handle) = &mut self.handle {
            // The first case reports the error.
            let _ = handle.ready().await;
        }
    }

    /// Probes the target, unless no case depends on it. A target that cannot be used is reported by
    /// the first case.
    async fn survey(&mut self, cases: &[Case]) -> Option<Surveyed> {
        let survey = self.checker.survey(cases)?;
        let handle = self.handle.as_mut().ok()?;
        // Boxed because the future is large.
        let (seen, portrait) = Box::pin(survey_with(handle, &survey)).await.ok()?;
        Some(Surveyed { seen, portrait })
    }

    async fn run(
        &mut self,
        case: &Case,
        surveyed: Option<&Surveyed>,
    ) -> (CaseResult, Option<Seen>) {
        let portrait = surveyed.map(|surveyed| &surveyed.portrait);
        let (mut result, seen) = match self.checker.skips_knowing(case, portrait) {
            Some((verdict, reason)) => (unplayed(case, verdict, reason), None),
            None => match self.play(case).await {
                Ok(done) => done,
                Err(error) => (unplayed(case, Verdict::Error, error.to_string()), None),
            },
        };
        let profile = self.checker.options.profile.as_ref();
        let judge = |result: &CaseResult| profile.and_then(|profile| profile.judge(result));
        result.expectation = judge(&result);
        self.repeat(case, &mut result).await;
        if result.is_flaky() {
            result.expectation = judge(&result);
        }
        result.reproduce = self.checker.reproduce(case.id());
        (result, seen)
    }

    pub(super) async fn play(
        &mut self,
        case: &Case,
    ) -> Result<(CaseResult, Option<Seen>), Unplayed> {
        let asked = self.handle()?.ready().await?;
        let network = self.checker.network_of(case);
        let prepared = match self.fit(case, network).await? {
            Ok(prepared) => prepared,
            Err(reason) => return Ok((unplayed(case, Verdict::Unsupported, reason), None)),
        };
        let control = self.control(case, network).await?;
        let mut config = self.config(case.id());
        if let Some(control) = &control {
            config.settle = control.settle(config.timeout);
        }
        let attempt = self.handle()?.play(Arc::clone(&prepared), config).await?;
        let seen = asked.or_else(|| Seen::find(&attempt.played.transcript));
        let mut result = judge(case, &prepared, &attempt);
        if let Some(control) = control {
            compare(&mut result, control);
        }
        Ok((result, seen))
    }

    /// Prepares a case for a network; an error if it means something else there.
    async fn fit(
        &self,
        case: &Case,
        network: Network,
    ) -> Result<Result<Arc<Prepared>, String>, Unplayed> {
        let script = Script::clone(case.script());
        let prepared = prepare(script, network, self.checker.options.unix_time).await;
        if network == *case.network() {
            return Ok(Ok(prepared?));
        }
        let prepared = match prepared {
            Err(Unplayed::Prepare(error @ PrepareError::Chain { .. })) => {
                return Ok(Err(format!("not on {network}: {error}")));
            }
            prepared => prepared?,
        };
        let (same, config) = (Arc::clone(&prepared), self.config(case.id()));
        let unfit = spawn_blocking(move || unfit(same, config)).await?;
        Ok(match unfit {
            Some(reason) => Err(format!("not on {network}: {reason}")),
            None => Ok(prepared),
        })
    }

    /// Returns the outcome of the control of a case, if it has one that the honest model peer
    /// shows. The first case that needs a control plays it.
    async fn control(
        &mut self,
        case: &Case,
        network: Network,
    ) -> Result<Option<ControlOutcome>, Unplayed> {
        let Some(Control { twin, .. }) = Control::of(case.script()) else {
            return Ok(None);
        };
        let place = self.controls.place(&twin);
        let play = || self.play_control(twin, network);
        Ok(place.get_or_try_init(play).await?.clone())
    }

    async fn play_control(
        &mut self,
        twin: Script,
        network: Network,
    ) -> Result<Option<ControlOutcome>, Unplayed> {
        let prepared = prepare(twin, network, self.checker.options.unix_time).await?;
        let config = self.config("control");
        let (script, model) = (Arc::clone(&prepared), config.clone());
        if !spawn_blocking(move || is_shown_by_model(script, model)).await? {
            return Ok(None);
        }
        let attempt = self.handle()?.play(prepared, config).await?;
        Ok(Some(ControlOutcome::new(&attempt)))
    }

    fn handle(&mut self) -> Result<&mut Handle, Arc<TargetError>> {
        self.handle.as_mut().map_err(|error| Arc::clone(error))
    }

    fn config(&self, id: &str) -> PlayConfig {
        let Checker { target, options } = self.checker;
        PlayConfig {
            seed: seed_of(options.seed, id),
            unix_time: options.unix_time,
            timeout: options.timeout,
            services: options.services,
            ..PlayConfig::new(target.role())
        }
    }
}

async fn open(checker: &Checker, number: usize) -> Result<Handle, TargetError> {
    checker.target.open(number, checker.settings()).await
}

/// The error for a case that cannot be played.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unplayed {
    /// The target is not available.
    #[error(transparent)]
    Target(#[from] Arc<TargetError>),
    /// The chains of the script cannot be built.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// Building the chains panicked.
    #[error("internal error, please report it: {0}")]
    Internal(#[from] tokio::task::JoinError),
}

fn unplayed(case: &Case, verdict: Verdict, reason: String) -> CaseResult {
    CaseResult {
        verdict,
        ..CaseResult::skipped(case.script(), reason)
    }
}

/// Builds the chains, which takes long if they need real proof of work.
async fn prepare(
    script: Script,
    network: Network,
    unix_time: u64,
) -> Result<Arc<Prepared>, Unplayed> {
    let prepare = move || Prepared::on(network, script, unix_time, &|_| None);
    Ok(Arc::new(spawn_blocking(prepare).await??))
}

/// Returns a seed that differs between cases.
fn seed_of(run: u64, id: &str) -> u64 {
    let hash = hash256(&[&run.to_le_bytes(), id.as_bytes()].concat());
    hash.0.first_chunk().copied().map_or(0, u64::from_le_bytes)
}
