//! Determines the verdict from what was observed.

use fake_peer_core::message::{Services, Version};

use super::verdict::{PlayError, Unmet, Verdict};
use crate::model::{Class, Outcome, Requires, Role};

/// What is known of the verdict so far.
#[derive(Debug)]
pub(super) struct Judge {
    requires: Requires,
    class: Class,
    note: Option<String>,
    verdict: Option<Verdict>,
}

impl Judge {
    /// A target that is the wrong end of the connection is unsupported, which is known before the
    /// play.
    pub(super) fn new(requires: Requires, target: Role) -> Self {
        let other = requires.role.filter(|wanted| *wanted != target);
        let unmet = other.map(|wanted| Unmet::Role { wanted });
        Self {
            requires,
            class: Class::Pass,
            note: None,
            verdict: unmet.map(Verdict::Unsupported),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.verdict.is_some()
    }

    /// Ends the play with this verdict, unless it has ended before.
    pub(super) fn close(&mut self, verdict: Verdict) {
        self.verdict.get_or_insert(verdict);
    }

    /// Ends the play after its last step.
    pub(super) fn pass(&mut self) {
        let note = self.note.take();
        self.close(match self.class {
            Class::Pass => Verdict::Pass { note },
            Class::Weaker | Class::Fail => Verdict::Weaker { note },
        });
    }

    /// What a target with this `version` lacks, if anything.
    pub(super) fn unmet(&self, version: &Version) -> Option<Unmet> {
        let Requires {
            services, protocol, ..
        } = self.requires;
        let missing = services.difference(version.services);
        let found = version.version;
        if missing != Services::empty() {
            return Some(Unmet::Services { missing });
        }
        let wanted = protocol.filter(|wanted| found < *wanted)?;
        Some(Unmet::Protocol { wanted, found })
    }

    /// Notes an outcome that is allowed. The worst outcome counts; if all of them pass, the last.
    pub(super) fn observe(&mut self, outcome: &Outcome) {
        if outcome.class > self.class || (outcome.class, self.class) == (Class::Pass, Class::Pass) {
            self.class = outcome.class;
            self.note.clone_from(&outcome.note);
        }
    }

    pub(super) fn into_verdict(self) -> Verdict {
        self.verdict.unwrap_or(Verdict::Error(PlayError::Stopped))
    }
}
