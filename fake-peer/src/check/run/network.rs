//! Whether a case means on another network what it means on its own.
//!
//! The cases for regtest are also played on networks that are based on it. Such a network has rules
//! of its own: there a header that a case takes for invalid may be valid, or a magic that it takes
//! for wrong may be right. The honest model peer keeps to the rules of any network, so a case that
//! it fails on a network says nothing about a target there.

use std::sync::Arc;

use crate::outcome::{Outcome, Verdict};
use crate::script::player::{PlayConfig, Prepared};
use crate::target::in_memory;

/// Returns why a case cannot be played on the network that it is prepared for, if it cannot.
pub(super) fn unfit(prepared: Arc<Prepared>, config: PlayConfig) -> Option<String> {
    let attempt = in_memory(&[], prepared, config);
    let outcome = Outcome::new(&attempt);
    (outcome.verdict == Verdict::Fail).then(|| {
        let found = outcome.found.unwrap_or_default();
        format!("the honest model peer fails it there: {found}")
    })
}
