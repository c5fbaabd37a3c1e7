//! Whether a script makes sense.
//!
//! A script can be any value; [`check`] finds what no run could do as it stands: a field that a
//! message does not have, a chain that cannot be built, a step that comes too late.

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

/// When a header is checked, as long as there is no run: late in the year 2026.
pub(super) const SAMPLE_NOW: u32 = 1_795_000_000;

/// Finds all in a script that makes no sense, without its files. Chains on a network that is in a
/// file are not known.
pub fn check(script: &Script) -> Vec<Finding> {
    check_on(script, network_of(script), Vec::new())
}

/// As [`check`], with the files beside the script. The network file must be valid.
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

/// What a run would know of a script, as far as it is known before.
pub(super) fn sample_of(script: &Script) -> Sample {
    check_chains(script, network_of(script), &mut Vec::new())
}

/// Builds the chains. One that stands on a file is not known here, nor is any on an unknown network.
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

/// What of a chain is to blame.
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

/// Goes through the steps in their order, and counts them as the text does.
struct Walk {
    fields: Fields,
    connections: Connections,
    number: usize,
    /// What a `repeat` does a second time is gone through.
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

    /// Gives what is found the place it is found at.
    fn at(&mut self, place: Place, find: impl FnOnce(&mut Self, &mut Vec<Finding>)) {
        let mut found = Vec::new();
        find(self, &mut found);
        let found = found.into_iter();
        self.findings
            .extend(found.map(|finding| Finding { place, ..finding }));
    }

    /// What can be done once may not be possible a second time. A second time inside of a second time
    /// is not tried: with each `repeat` in another it would be twice as much.
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

    /// Each branch is a way to go on. After them, a connection is open if it is after one.
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
