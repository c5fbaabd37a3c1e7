//! Checks whether each step is possible at its place in the script.

use std::collections::BTreeMap;

use super::finding::{Finding, FindingKind};
use crate::model::{Effect, Name, Observation, Step};

/// The state of each connection, as far as it is known before a run.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    all: BTreeMap<Name, State>,
    current: Name,
    /// Whether the steps are in a `connection` block.
    in_block: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct State {
    stage: Stage,
    handshake_done: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Stage {
    #[default]
    Unopened,
    Open,
    /// We have closed our direction.
    HalfClosed,
    /// Neither side can send.
    Ended,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            all: BTreeMap::new(),
            current: Name::main(),
            in_block: false,
        }
    }
}

impl Connections {
    /// Enters a `connection` block, which must not be nested. Returns what [`Connections::leave`]
    /// needs.
    pub(super) fn enter(&mut self, name: Name, findings: &mut Vec<Finding>) -> (Name, bool) {
        if self.in_block {
            findings.push(Finding::here(FindingKind::NestedConnection));
        }
        let outer = std::mem::replace(&mut self.current, name);
        (outer, std::mem::replace(&mut self.in_block, true))
    }

    pub(super) fn leave(&mut self, (current, in_block): (Name, bool)) {
        (self.current, self.in_block) = (current, in_block);
    }

    /// Merges the states after two branches: a step is possible if it is possible after one of
    /// them.
    pub(super) fn or(mut self, other: &Self) -> Self {
        for (name, state) in &other.all {
            let mine = self.all.entry(name.clone()).or_insert(*state);
            mine.handshake_done &= state.handshake_done;
            mine.stage = mine.stage.min(state.stage);
        }
        self
    }

    /// Checks a step itself, without the steps inside it.
    pub(super) fn step(&mut self, step: &Step, findings: &mut Vec<Finding>) {
        let name = self.current.clone();
        let state = self.all.entry(name.clone()).or_default();
        let before = *state;
        let mut found = None;
        match step.effect() {
            Effect::None => return,
            Effect::Opens if matches!(before.stage, Stage::Open | Stage::HalfClosed) => {
                found = Some(FindingKind::OpenAlready(name));
            }
            Effect::Opens => *state = State::default(),
            Effect::Needs
            | Effect::Sends
            | Effect::Handshakes
            | Effect::Serves
            | Effect::HalfCloses
            | Effect::Ends
            | Effect::Observes
                if before.stage == Stage::Ended =>
            {
                found = Some(FindingKind::Ended(name));
            }
            Effect::Handshakes if before.handshake_done => {
                found = Some(FindingKind::SecondHandshake(name));
            }
            Effect::Handshakes | Effect::Sends | Effect::HalfCloses | Effect::Serves
                if before.stage == Stage::HalfClosed =>
            {
                found = Some(FindingKind::HalfClosed(name));
            }
            Effect::Handshakes | Effect::Serves => state.handshake_done = true,
            Effect::HalfCloses => state.stage = Stage::HalfClosed,
            Effect::Ends => state.stage = Stage::Ended,
            Effect::Needs | Effect::Sends | Effect::Observes => {}
        }
        state.stage = state.stage.max(Stage::Open);
        findings.extend(found.map(Finding::here));
    }

    /// Applies what a step observes, after the effect of the step itself.
    pub(super) fn observation(&mut self, observation: &Observation, findings: &mut Vec<Finding>) {
        let name = self.current.clone();
        let state = self.all.entry(name.clone()).or_default();
        state.stage = state.stage.max(Stage::Open);
        let found = match observation {
            Observation::Message(_)
            | Observation::Disconnect { .. }
            | Observation::Silence { .. }
            | Observation::Barrier { .. }
                if state.stage == Stage::Ended =>
            {
                None
            }
            Observation::Barrier { .. } if state.stage == Stage::HalfClosed => {
                Some(FindingKind::HalfClosed(name))
            }
            Observation::Disconnect { .. } => {
                state.stage = Stage::Ended;
                None
            }
            Observation::Message(_) | Observation::Silence { .. } | Observation::Barrier { .. } => {
                None
            }
        };
        findings.extend(found.map(Finding::here));
    }
}
