//! Checks whether a script is valid.
//!
//! A [`Script`] can hold any value; [`check`] finds what no run could do: a field that a message
//! does not have, a chain that cannot be built, a step that comes too late.

mod bounds;
mod fields;
mod finding;
mod order;
pub(super) mod sample;

use fake_peer_core::Network;
use fake_peer_fixtures::synthetic::BuildError;
pub use finding::{Finding, FindingKind};

use self::fields::Fields;
use self::order::Connections;
use self::sample::Sample;
use super::chains::{ChainError, Files};
use super::model::{Base, Branch, Branches, Element, Place, Script, Step};
use super::network::resolve;

/// The time at which headers are checked before a run, in seconds since 1970: late in 2026.
pub(super) const SAMPLE_NOW: u32 = 1_795_000_000;

/// Returns everything in a script that is invalid, without reading files. If the network is in a
/// file, the chains are not checked.
pub fn check(script: &Script) -> Vec<Finding> {
    check_on(script, network_of(script), Vec::new())
}

/// Like [`check`], with the files in the folder of the script. The network file must be valid.
pub(crate) fn check_beside(script: &Script, files: Files<'_>) -> Vec<Finding> {
    match resolve(&script.network, files) {
        Ok(network) => check_on(script, Some(network), Vec::new()),
        Err(error) => {
            let finding = Finding::at("network", FindingKind::Network(error));
            check_on(script, None, vec![finding])
        }
    }
}

/// The network of a script, if it needs no file.
fn network_of(script: &Script) -> Option<Network> {
    resolve(&script.network, &|_| None).ok()
}

fn check_on(script: &Script, network: Option<Network>, mut findings: Vec<Finding>) -> Vec<Finding> {
    let sample = check_chains(script, network, &mut findings);
    let mut walk = Walk {
        // What is sent has the same length on every network.
        fields: Fields::new(network.unwrap_or_default(), sample),
        connections: Connections::default(),
        number: 0,
        again: false,
        findings,
    };
    if script.steps.is_empty() {
        walk.findings
            .push(Finding::new(Place::Script, FindingKind::NoSteps));
    }
    walk.steps(&script.steps);
    walk.findings
}

/// Sample values in place of those that are only known during a run of the script.
pub(super) fn sample_of(script: &Script) -> Sample {
    check_chains(script, network_of(script), &mut Vec::new())
}

/// Builds the chains. A chain from a file, or on an unknown network, is only noted as unknown.
fn check_chains(script: &Script, network: Option<Network>, findings: &mut Vec<Finding>) -> Sample {
    let mut sample = Sample::default();
    for (at, chain) in script.chains.iter().enumerate() {
        let mut find = |kind| findings.push(Finding::new(Place::Chain(at), kind));
        if sample.has_chain(&chain.name) {
            find(FindingKind::SecondChain(chain.name.clone()));
            continue;
        }
        let on_unknown =
            matches!(&chain.base, Base::Fork { chain, .. } if sample.is_unknown(chain));
        let network = network.filter(|_| !on_unknown && !matches!(chain.base, Base::File(_)));
        let Some(network) = network else {
            sample.add_unknown(chain.name.clone());
            continue;
        };
        let built = sample.chains.add(chain, network, SAMPLE_NOW, &|_| None);
        if let Err(error) = built {
            let field = Some(field_of(&error).to_owned());
            let kind = FindingKind::Chain(error);
            findings.push(Finding {
                field,
                ..Finding::new(Place::Chain(at), kind)
            });
            sample.add_unknown(chain.name.clone());
        }
    }
    sample
}

/// The property of the chain that caused the error; empty if it is none in particular.
fn field_of(error: &ChainError) -> &'static str {
    match error {
        ChainError::FaultOutside { .. }
        | ChainError::FaultInBase { .. }
        | ChainError::Value(_)
        | ChainError::Build(BuildError::Impossible { .. }) => "fault",
        ChainError::UnknownBase(_) => "on",
        ChainError::BaseTooShort { .. } => "at",
        ChainError::OtherNetwork(_) => "recorded",
        ChainError::TooLong { .. } | ChainError::TooManyHeaders { .. } => "length",
        _ => "",
    }
}

/// Walks over the steps in order, and numbers them like [`Place::Step`].
struct Walk {
    fields: Fields,
    connections: Connections,
    number: usize,
    /// Whether the walk is in the second round of a `repeat`.
    again: bool,
    findings: Vec<Finding>,
}

impl Walk {
    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &Step) {
        let place = self.next_place();
        self.at(place, |walk, findings| {
            bounds::check_step(step, findings);
            walk.fields.step(step, findings);
            walk.connections.step(step, findings);
        });
        let (mut outer, mut times) = (None, 1);
        for element in step.elements() {
            match element {
                Element::Connection(name) => {
                    self.at(place, |walk, findings| {
                        outer = Some(walk.connections.enter(name.clone(), findings));
                    });
                }
                Element::Times(count) => times = *count,
                Element::Steps(steps) => self.repeat(times, steps),
                Element::Branches(branches) => self.branches(branches),
                Element::Observation(observation) => self.at(place, |walk, findings| {
                    walk.connections.observation(observation, findings);
                }),
                Element::Connections(_)
                | Element::Pause(_)
                | Element::Switch(_)
                | Element::Version(_)
                | Element::Offers(_)
                | Element::Commands(_)
                | Element::Send(_)
                | Element::Chain(_) => {}
            }
        }
        if let Some(outer) = outer {
            self.connections.leave(outer);
        }
    }

    /// Runs a check, and sets the place of its findings.
    fn at(&mut self, place: Place, find: impl FnOnce(&mut Self, &mut Vec<Finding>)) {
        let mut found = Vec::new();
        find(self, &mut found);
        let found = found.into_iter();
        self.findings
            .extend(found.map(|finding| Finding { place, ..finding }));
    }

    /// Checks two rounds of a `repeat`, since what can be done once may not be possible a second
    /// time. During a second round, an inner `repeat` is checked only once: otherwise each level of
    /// nesting would double the work.
    fn repeat(&mut self, count: u32, steps: &[Step]) {
        let (number, found) = (self.number, self.findings.len());
        self.steps(steps);
        if count > 1 && !self.again && self.findings.len() == found {
            self.number = number;
            self.again = true;
            self.steps(steps);
            self.again = false;
        }
    }

    /// Checks each branch from the same state. Afterwards, a connection counts as open if it is
    /// open after one of them.
    fn branches(&mut self, branches: Branches<'_>) {
        let before = self.connections.clone();
        let mut after: Option<Connections> = None;
        for Branch {
            observation, then, ..
        } in branches.iter()
        {
            let place = self.next_place();
            self.connections = before.clone();
            self.at(place, |walk, findings| {
                walk.fields.observation(observation, findings);
                walk.connections.observation(observation, findings);
            });
            self.steps(then);
            after = Some(match after {
                Some(after) => after.or(&self.connections),
                None => self.connections.clone(),
            });
        }
        self.connections = after.unwrap_or(before);
    }

    fn next_place(&mut self) -> Place {
        self.number += 1;
        Place::Step(self.number - 1)
    }
}
