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
use crate::check::result::{CaseResult, Expectation, Seen, Verdict};
use crate::outcome::ControlOutcome;
use crate::script::control::Control;
use crate::script::model::Script;
use crate::script::player::{PlayConfig, PrepareError, Prepared};
use crate::target::{Handle, Pending, TargetError};

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

/// Plays cases until none are left, or until `stopped` is set. The first handle may have been used
/// before.
pub(super) async fn work(
    job: Arc<Job>,
    number: usize,
    handle: Option<Handle>,
    progress: mpsc::UnboundedSender<Progress>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut worker = Worker::new(&job, number, handle, progress.clone()).await;
    let playing = async {
        if number > 0 {
            worker.get_ready().await;
        }
        job.survey(&mut worker, &progress).await;
        loop {
            let at = job.next();
            let Some(case) = job.cases.get(at) else { break };
            worker.run(at, case).await;
        }
        worker.settle().await;
    };
    tokio::select! {
        biased;
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = playing => {}
    }
    worker.stop().await;
    if let Ok(handle) = worker.handle {
        handle.close().await;
    }
}

pub(super) struct Worker<'a> {
    job: &'a Job,
    pub(super) checker: &'a Checker,
    /// The target's handle, or why there is none.
    pub(super) handle: Result<Handle, Arc<TargetError>>,
    progress: mpsc::UnboundedSender<Progress>,
    /// The plays after which the target may still die.
    pub(super) held: Vec<Held<'a>>,
}

/// A case that was played, and whose result may still change.
pub(super) struct Held<'a> {
    at: usize,
    pub(super) case: &'a Case,
    prepared: Arc<Prepared>,
    control: Option<ControlOutcome>,
    seen: Option<Seen>,
    pub(super) pending: Pending,
}

impl<'a> Worker<'a> {
    async fn new(
        job: &'a Job,
        number: usize,
        handle: Option<Handle>,
        progress: mpsc::UnboundedSender<Progress>,
    ) -> Self {
        let checker = &job.checker;
        let handle = match handle {
            Some(handle) => Ok(handle),
            None => checker.target.open(number, checker.settings()).await,
        };
        Self {
            job,
            checker,
            handle: handle.map_err(Arc::new),
            progress,
            held: Vec::new(),
        }
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

    /// Plays a case, and reports it unless its result may still change.
    async fn run(&mut self, at: usize, case: &'a Case) {
        // The receiver is kept until all workers have finished.
        let _ = self.progress.send(Progress::Started(at));
        let (verdict, reason) = match self.skips(case) {
            Some(skipped) => skipped,
            None => match self.play(at, case).await {
                Ok(held) if held.pending.is_over() && !held.pending.attempt().has_died() => {
                    return self.judge(held).await;
                }
                Ok(held) => return self.held.push(held),
                Err(Unplayed::Unfit(reason)) => (Verdict::Unsupported, reason),
                Err(error) => (Verdict::Error, error.to_string()),
            },
        };
        let mut result = unplayed(case, verdict, reason);
        result.expectation = self.expectation(&result);
        self.finish(at, result, None);
    }

    /// Returns the verdict and the reason if a case is not played, as far as the facts say so.
    fn skips(&self, case: &Case) -> Option<(Verdict, String)> {
        let portrait = self.job.surveyed().map(|surveyed| &surveyed.portrait);
        self.checker.skips_knowing(case, portrait)
    }

    async fn play(&mut self, at: usize, case: &'a Case) -> Result<Held<'a>, Unplayed> {
        let asked = match self.handle() {
            Ok(handle) => handle.ready().await,
            Err(error) => Err(error),
        };
        // A target that has died since the last play died because of an earlier one.
        self.look().await;
        let asked = asked?;
        let network = self.checker.network_of(case);
        let prepared = match self.fit(case, network).await? {
            Ok(prepared) => prepared,
            Err(reason) => return Err(Unplayed::Unfit(reason)),
        };
        let control = self.control(case, network).await?;
        let pending = self.start_play(case, &prepared, control.as_ref()).await?;
        let transcript = &pending.attempt().played.transcript;
        Ok(Held {
            at,
            case,
            seen: asked.or_else(|| Seen::find(transcript)),
            prepared,
            control,
            pending,
        })
    }

    async fn start_play(
        &mut self,
        case: &Case,
        prepared: &Arc<Prepared>,
        control: Option<&ControlOutcome>,
    ) -> Result<Pending, Arc<TargetError>> {
        let mut config = self.config(case.id());
        if let Some(control) = control {
            config.settle = control.settle(config.timeout);
        }
        let prepared = Arc::clone(prepared);
        self.handle()?.start_play(prepared, config).await
    }

    /// Plays a held case again, at a target of its own, and waits until its result cannot change.
    pub(super) async fn play_again(&mut self, held: &Held<'_>) -> Option<Pending> {
        self.handle().ok()?.renew();
        let again = self.start_play(held.case, &held.prepared, held.control.as_ref());
        let mut again = again.await.ok()?;
        self.handle().ok()?.settle(&mut again).await;
        Some(again)
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
        let place = self.job.controls.place(&twin);
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
        let seed = seed_of(self.checker.options.seed, id);
        self.checker.play_config(seed)
    }

    /// Judges a case, repeats it if it failed, and reports the result.
    pub(super) async fn judge(&mut self, held: Held<'_>) {
        let mut result = held.result(&held.pending);
        result.expectation = self.expectation(&result);
        self.repeat(&held, &mut result).await;
        if result.is_flaky() {
            result.expectation = self.expectation(&result);
        }
        self.finish(held.at, result, held.seen);
    }

    /// Judges a case as [`Worker::judge`] does, without repeating it.
    pub(super) fn judge_now(&self, held: Held<'_>) {
        let mut result = held.result(&held.pending);
        result.expectation = self.expectation(&result);
        self.finish(held.at, result, held.seen);
    }

    /// Returns what the profile expects of a case, and whether it occurred.
    fn expectation(&self, result: &CaseResult) -> Option<Expectation> {
        let profile = self.checker.options.profile.as_ref();
        profile.and_then(|profile| profile.judge(result))
    }

    fn finish(&self, at: usize, mut result: CaseResult, seen: Option<Seen>) {
        result.reproduce = self.checker.reproduce(&result.id);
        self.job.count(&result);
        // The receiver is kept until all workers have finished.
        let finished = Progress::Finished(at, Box::new(result), seen);
        let _ = self.progress.send(finished);
    }
}

impl Held<'_> {
    /// Returns the result of a play of the case.
    pub(super) fn result(&self, pending: &Pending) -> CaseResult {
        let mut result = judge(self.case, &self.prepared, pending.attempt());
        if let Some(control) = self.control.clone() {
            compare(&mut result, control);
        }
        result
    }
}

/// The error for a case that cannot be played.
#[derive(Debug, thiserror::Error)]
enum Unplayed {
    /// The target is not available.
    #[error(transparent)]
    Target(#[from] Arc<TargetError>),
    /// The chains of the script cannot be built.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The case means something else on the network of the target.
    #[error("{0}")]
    Unfit(String),
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
