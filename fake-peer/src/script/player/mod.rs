//! The player of scripts.
//!
//! A [`Player`] is a [`Machine`] that plays a [`Prepared`] script at a target, over any driver.

mod config;
mod prepared;
mod transcript;
mod verdict;

use std::sync::Arc;
use std::time::Duration;

pub use config::{Limits, PlayConfig};
pub use prepared::{PrepareError, Prepared};
pub use transcript::{Entry, EntryKind, Label, Note, Recorded, Transcript};
pub use verdict::{
    ConnectionEnd, ConnectionReport, Failure, FailureKind, Instead, PlayError, Played, StepPath,
    StepRef, Unmet, Verdict,
};

use crate::machine::{Action, Input, Machine};

/// Plays a script at a target.
#[derive(Debug)]
pub struct Player {
    script: Arc<Prepared>,
    config: PlayConfig,
    now: Duration,
    verdict: Option<Verdict>,
}

impl Player {
    /// A play that starts now, at time zero.
    pub fn new(script: Arc<Prepared>, config: PlayConfig) -> Self {
        Self {
            script,
            config,
            now: Duration::ZERO,
            verdict: None,
        }
    }

    /// What came of it.
    pub fn finish(self) -> Played {
        let _ = self.script;
        Played {
            verdict: self.verdict.unwrap_or(Verdict::Error(PlayError::Stopped)),
            connections: Vec::new(),
            elapsed: self.now,
            seed: self.config.seed,
            transcript: Transcript::default(),
        }
    }
}

impl Machine for Player {
    fn handle(&mut self, _: Input<'_>, now: Duration) {
        self.now = now;
        self.verdict = Some(Verdict::Pass { note: None });
    }

    fn next_action(&mut self) -> Option<Action> {
        None
    }

    fn deadline(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    fn is_over(&self) -> bool {
        self.verdict.is_some()
    }
}
