//! The controls of the cases, each of which is played once in a run.
//!
//! The honest model peer decides which controls are used: if it does not do without the fault what
//! the case forbids, then the fault is not what the case depends on, and its absence shows nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::check::result::CaseResult;
use crate::outcome::{ControlOutcome, Verdict};
use crate::script::Script;
use crate::script::player::{PlayConfig, Prepared};
use crate::script::text::print;
use crate::target::in_memory;

/// The controls that have been played, or are being played, by the text of the script.
#[derive(Debug, Default)]
pub(super) struct Controls(Mutex<HashMap<String, Arc<OnceCell<Option<ControlOutcome>>>>>);

impl Controls {
    /// Returns the place for the outcome of a control. Cases with the same control share it,
    /// whichever worker plays them.
    pub(super) fn place(&self, twin: &Script) -> Arc<OnceCell<Option<ControlOutcome>>> {
        // Nothing panics while the lock is held, and a map is valid at any time.
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(places.entry(print(twin)).or_default())
    }
}

/// Returns whether the honest model peer shows a control.
pub(super) fn is_shown_by_model(twin: Arc<Prepared>, config: PlayConfig) -> bool {
    let attempt = in_memory(&[], twin, config);
    match ControlOutcome::new(&attempt) {
        ControlOutcome::Shown { .. } => true,
        ControlOutcome::NotShown { .. } => false,
    }
}

/// Judges a case again in the light of its control.
pub(super) fn compare(result: &mut CaseResult, control: ControlOutcome) {
    let is_well = matches!(result.verdict, Verdict::Pass | Verdict::Weaker);
    if is_well && control.refutes(result.ending) {
        result.verdict = Verdict::Inconclusive;
        result.note = Some(control.to_string());
    }
    result.control = Some(control);
}
