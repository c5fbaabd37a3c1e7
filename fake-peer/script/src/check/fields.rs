//! Checks whether what is sent can be encoded, and whether what is expected can be received.

use std::collections::HashSet;

use fake_peer_core::message::{Payload as _, Version};
use fake_peer_core::wire::Command;
use fake_peer_core::{Message, Network};

use super::bounds;
use super::finding::{Finding, FindingKind};
use super::sample::{Sample, find, seen};
use crate::model::{
    At, Branches, ChainPoint, ChainRange, Class, Content, Element, Expect, Field, Item, Lie, Name,
    Observation, Op, Path, Pieces, Send, Step, Value, Variable,
};
use crate::player::Limits;
use crate::wire::{self, Resolve, Resolved, WireError};

/// Checks each message with sample values.
#[derive(Debug)]
pub(super) struct Fields {
    network: Network,
    sample: Sample,
    chains: Vec<Name>,
}

impl Fields {
    pub(super) fn new(network: Network, sample: Sample) -> Self {
        Self {
            network,
            chains: sample.chain_names(),
            sample,
        }
    }

    /// Checks a step itself, without the parts inside it.
    pub(super) fn step(&mut self, step: &Step, findings: &mut Vec<Finding>) {
        for element in step.elements() {
            match element {
                Element::Times(count) | Element::Connections(count) => {
                    if *count == 0 {
                        findings.push(Finding::here(FindingKind::Never(step.verb())));
                    }
                }
                Element::Version(fields) => self.version(fields, findings),
                Element::Offers(offers) => self.offers(offers, findings),
                Element::Send(send) => self.send(send, findings),
                Element::Chain(chain) => self.chain(chain, findings),
                Element::Observation(observation) => self.observation(observation, findings),
                Element::Branches(branches) => check_branches(step, branches, findings),
                Element::Connection(_)
                | Element::Pause(_)
                | Element::Switch(_)
                | Element::Commands(_)
                | Element::Steps(_) => {}
            }
        }
    }

    pub(super) fn observation(&mut self, observation: &Observation, findings: &mut Vec<Finding>) {
        match observation {
            Observation::Message(expect) => self.expect(expect, findings),
            Observation::Disconnect { .. }
            | Observation::Silence { .. }
            | Observation::Barrier { .. } => {}
        }
    }

    fn chain(&self, name: &Name, findings: &mut Vec<Finding>) {
        if !self.sample.has_chain(name) {
            let (found, known) = (name.clone(), self.chains.clone());
            findings.push(Finding::at("chain", FindingKind::NoChain { found, known }));
        }
    }

    fn version(&mut self, fields: &[Field], findings: &mut Vec<Finding>) {
        self.message(Version::COMMAND, fields, findings);
    }

    fn offers(&mut self, offers: &[Command], findings: &mut Vec<Finding>) {
        for offer in offers {
            self.message(*offer, &[], findings);
        }
    }

    fn send(&mut self, send: &Send, findings: &mut Vec<Finding>) {
        let here = |kind| Finding::here(kind);
        if send.delivery.copies == 0 {
            findings.push(here(FindingKind::Never("copies")));
        }
        if !can_be_cut(&send.delivery.pieces) {
            findings.push(here(FindingKind::Pieces));
        }
        let first_about_envelope = send.lies.iter().position(Lie::is_about_envelope);
        let last_about_payload = send.lies.iter().rposition(|lie| !lie.is_about_envelope());
        if first_about_envelope.is_some() && first_about_envelope < last_about_payload {
            findings.push(here(FindingKind::LieOrder));
        }
        match &send.content {
            Content::Raw(_) if !send.lies.is_empty() => {
                findings.push(here(FindingKind::LieAboutRaw));
            }
            Content::Raw(_) => self.encode("raw", send, findings),
            Content::Headers(range) => {
                if self.range(range, Self::no_header, findings) {
                    self.encode("headers", send, findings);
                }
            }
            Content::Blocks(range) => {
                if range.count == 0 {
                    findings.push(here(FindingKind::Never("send block")));
                }
                if self.range(range, Self::no_block, findings) {
                    self.encode("block", send, findings);
                }
            }
            Content::Message { command, fields } => {
                if self.message(*command, fields, findings) {
                    self.encode(command.as_str(), send, findings);
                }
            }
        }
    }

    /// Checks whether a chain has a whole range; `lacks` returns what is missing at a height.
    /// Returns whether nothing was found.
    fn range(
        &mut self,
        range: &ChainRange,
        lacks: impl Fn(&mut Self, &ChainPoint) -> Option<FindingKind>,
        findings: &mut Vec<Finding>,
    ) -> bool {
        let before = findings.len();
        self.chain(&range.chain, findings);
        let known = before == findings.len();
        let last = range.from.saturating_add(range.count.saturating_sub(1));
        for (field, height) in [("from", range.from), ("count", last)] {
            let point = ChainPoint {
                chain: range.chain.clone(),
                at: At::Height(height),
            };
            if known && before == findings.len() && range.count > 0 {
                let lacking = lacks(self, &point);
                findings.extend(lacking.map(|kind| Finding::at(field, kind)));
            }
        }
        before == findings.len()
    }

    fn no_header(&mut self, point: &ChainPoint) -> Option<FindingKind> {
        if self.sample.header(point).is_some() {
            return None;
        }
        let headers = self.sample.chains.get(&point.chain)?;
        Some(FindingKind::NoHeader {
            found: point.clone(),
            tip: headers.len().saturating_sub(1),
        })
    }

    fn no_block(&mut self, point: &ChainPoint) -> Option<FindingKind> {
        let no_header = self.no_header(point);
        no_header.or_else(|| match self.sample.block(point) {
            Some(_) => None,
            None => Some(FindingKind::NoBlock(point.clone())),
        })
    }

    /// Checks whether the fields fit the message, and returns the result.
    fn message(&mut self, command: Command, fields: &[Field], findings: &mut Vec<Finding>) -> bool {
        let before = findings.len();
        find_twice(fields, findings);
        for field in fields {
            self.variables(&field.value, field.name.as_str(), findings);
        }
        if before == findings.len()
            && let Err(error) = wire::message(command, fields, &mut self.sample)
        {
            findings.push(wire_finding(command.as_str(), error));
        }
        before == findings.len()
    }

    fn encode(&mut self, command: &str, send: &Send, findings: &mut Vec<Finding>) {
        let limit = Limits::default().sent;
        match wire::encode(send, self.network, &mut self.sample) {
            Ok(messages) if bounds::sent(&messages, &send.delivery) > limit => {
                let command = command.to_owned();
                findings.push(Finding::here(FindingKind::TooMuchSent { command, limit }));
            }
            Ok(_) | Err(WireError::NoFile(_)) => {}
            Err(error) => findings.push(wire_finding(command, error)),
        }
    }

    fn expect(&mut self, expect: &Expect, findings: &mut Vec<Finding>) {
        let seen = seen(expect.command);
        for test in &expect.tests {
            self.variables(&test.value, test.path.as_str(), findings);
            match look_up(expect.command, &seen, &test.path) {
                Ok(found) => {
                    let path = test.path.as_str();
                    let other = mismatch(test.op, &found, &test.value);
                    let kind = other.map(|expected| FindingKind::OtherKind { expected });
                    findings.extend(kind.map(|kind| Finding::at(path, kind)));
                }
                Err(kind) => findings.push(Finding::at(test.path.as_str(), kind)),
            }
        }
        for capture in &expect.captures {
            match look_up(expect.command, &seen, &capture.path) {
                Ok(value) => self.sample.capture(capture.name.clone(), value),
                Err(kind) => {
                    self.sample.capture(capture.name.clone(), Resolved::Null);
                    findings.push(Finding::at(format!("capture {}", capture.path), kind));
                }
            }
        }
    }

    /// Checks whether a point of a chain exists; `lacks` returns what is missing there.
    fn point(
        &mut self,
        point: &ChainPoint,
        path: &str,
        lacks: impl Fn(&mut Self, &ChainPoint) -> Option<FindingKind>,
        findings: &mut Vec<Finding>,
    ) {
        let before = findings.len();
        self.chain(&point.chain, findings);
        if before == findings.len() {
            findings.extend(lacks(self, point).map(Finding::here));
        }
        for finding in &mut findings[before..] {
            finding.field = Some(path.to_owned());
        }
    }

    /// Checks whether every chain and captured value that a value names exists.
    fn variables(&mut self, value: &Value, path: &str, findings: &mut Vec<Finding>) {
        let inner = |step: String| format!("{path}.{step}");
        match value {
            Value::Variable(Variable::Captured(name)) if !self.sample.is_captured(name) => {
                findings.push(Finding::at(path, FindingKind::NotCaptured(name.clone())));
            }
            Value::Variable(Variable::Hash(point) | Variable::Header(point)) => {
                self.point(point, path, Self::no_header, findings);
            }
            Value::Variable(Variable::Coinbase(point)) => {
                self.point(point, path, Self::no_block, findings);
            }
            Value::List(items) => {
                for (at, Item { value, .. }) in items.iter().enumerate() {
                    self.variables(value, &inner(at.to_string()), findings);
                }
            }
            Value::Record(fields) => {
                find_twice(fields, findings);
                for field in fields {
                    self.variables(&field.value, &inner(field.name.to_string()), findings);
                }
            }
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Text(_)
            | Value::Variable(
                Variable::Captured(_)
                | Variable::Now(_)
                | Variable::Random
                | Variable::RandomBytes(_)
                | Variable::Zeros(_),
            ) => {}
        }
    }
}

fn check_branches(step: &Step, branches: Branches<'_>, findings: &mut Vec<Finding>) {
    if branches.is_empty() {
        let verb = step.verb();
        findings.push(Finding::here(FindingKind::NoBranches { verb }));
    }
    let outcomes = branches.iter().filter_map(|branch| branch.outcome);
    let classes: Vec<Class> = outcomes.map(|outcome| outcome.class).collect();
    if !classes.is_sorted() {
        findings.push(Finding::here(FindingKind::OutcomeOrder));
    }
}

fn can_be_cut(pieces: &Pieces) -> bool {
    match pieces {
        Pieces::Each(size) => *size > 0,
        Pieces::At(offsets) => {
            offsets.iter().is_sorted_by(|a, b| a < b) && offsets.first() != Some(&0)
        }
    }
}

fn find_twice(fields: &[Field], findings: &mut Vec<Finding>) {
    let mut names = HashSet::new();
    for field in fields {
        if !names.insert(&field.name) {
            let name = field.name.clone();
            findings.push(Finding::at(
                name.as_str(),
                FindingKind::FieldTwice(name.clone()),
            ));
        }
    }
}

fn wire_finding(command: &str, error: WireError) -> Finding {
    let field = match &error {
        WireError::Field { path, .. } => Some(path.clone()),
        WireError::NoCompactSize { path, .. } => Some(format!("lie {path}")),
        _ => None,
    };
    let command = command.to_owned();
    Finding {
        field,
        ..Finding::here(FindingKind::Send { command, error })
    }
}

/// The value at a path of the known messages with this command. For a command that is not in the
/// table, it is an empty text.
fn look_up(command: Command, seen: &[Resolved], path: &Path) -> Result<Resolved, FindingKind> {
    if !Message::COMMANDS.contains(&command) {
        return Ok(Resolved::Text(String::new()));
    }
    let mut known = Vec::new();
    for message in seen {
        match find(message, path) {
            Ok(value) => return Ok(value.clone()),
            Err(names) => known = names,
        }
    }
    Err(FindingKind::NoField {
        command,
        path: path.clone(),
        known,
    })
}

/// If a field like `seen` cannot be compared with this value: what it can be compared with.
fn mismatch(op: Op, seen: &Resolved, value: &Value) -> Option<&'static str> {
    let number = matches!(value, Value::Int(_) | Value::Variable(_));
    let fits = match (op, seen, value) {
        (_, Resolved::Null, _)
        | (Op::Has, Resolved::List(_) | Resolved::Text(_), _)
        | (Op::Is | Op::Not, Resolved::Text(_), Value::Text(_)) => true,
        (Op::Count, Resolved::List(_), _)
        | (Op::Count | Op::Is | Op::Not, Resolved::Text(_), _)
        | (Op::Is | Op::Not | Op::AtLeast | Op::AtMost, Resolved::Int(_), _) => number,
        (Op::Is | Op::Not, Resolved::Bool(_), value) => matches!(value, Value::Bool(_)),
        _ => false,
    };
    let expected = match seen {
        Resolved::Int(_) => "a number",
        Resolved::Bool(_) => "`#true` or `#false`",
        Resolved::Text(_) => "text, or `(count)` and a number",
        Resolved::List(_) => "`(count)` and a number, or `(has)` and an item",
        Resolved::Record(_) | Resolved::Null => "one of its own fields",
    };
    (!fits).then_some(expected)
}
