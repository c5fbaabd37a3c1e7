//! The walk over everything in a script that can be made smaller.

use std::time::Duration;

use super::knob::Knob;
use crate::model::{
    Base, BranchesMut, Chain, Content, Delivery, ElementMut, Field, Item, Lie, Observation, Pieces,
    RawPart, Script, Send, Step, Value,
};

/// What is made smaller in one pass. The levels that usually remove the most come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Steps, and blocks of steps.
    Steps,
    /// Outcomes, and items of lists.
    Items,
    /// Fields, tests, captures and lies.
    Fields,
    /// How bytes are delivered.
    Delivery,
    /// Bytes and text.
    Bytes,
    /// Counts and numbers.
    Numbers,
    /// Chains, and what is in them.
    Chains,
}

impl Level {
    pub(super) const ALL: [Self; 7] = [
        Self::Steps,
        Self::Items,
        Self::Fields,
        Self::Delivery,
        Self::Bytes,
        Self::Numbers,
        Self::Chains,
    ];
}

type Visit<'v> = &'v mut dyn FnMut(Knob<'_>);

/// Visits the knobs of a level, always in the same order: outer ones before inner ones.
pub(super) fn walk(script: &mut Script, level: Level, visit: Visit<'_>) {
    if level == Level::Chains {
        visit(Knob::List(&mut script.chains));
        for one in &mut script.chains {
            chain(one, visit);
        }
    } else {
        steps(&mut script.steps, level, visit);
    }
}

fn steps(steps: &mut Vec<Step>, level: Level, visit: Visit<'_>) {
    if level == Level::Steps {
        visit(Knob::Steps(steps));
    }
    for one in steps {
        step(one, level, visit);
    }
}

fn step(step: &mut Step, level: Level, visit: Visit<'_>) {
    for element in step.elements_mut() {
        match element {
            ElementMut::Steps(inner) => steps(inner, level, visit),
            ElementMut::Times(count) | ElementMut::Connections(count) => {
                if level == Level::Numbers {
                    visit(Knob::Count(count, 1));
                }
            }
            ElementMut::Pause(time) => {
                if level == Level::Numbers {
                    millis(time, visit);
                }
            }
            ElementMut::Offers(commands) | ElementMut::Commands(commands) => {
                if level == Level::Items {
                    visit(Knob::List(commands));
                }
            }
            ElementMut::Version(version) => fields(version, level, visit),
            ElementMut::Send(one) => send(one, level, visit),
            ElementMut::Observation(one) => observation(one, level, visit),
            ElementMut::Branches(several) => branches(several, level, visit),
            ElementMut::Connection(_) | ElementMut::Switch(_) | ElementMut::Chain(_) => {}
        }
    }
}

fn branches(mut branches: BranchesMut<'_>, level: Level, visit: Visit<'_>) {
    if level == Level::Items {
        visit(Knob::List(&mut branches));
    }
    branches.for_each(&mut |branch| {
        observation(branch.observation, level, visit);
        if let Some(then) = branch.then {
            steps(then, level, visit);
        }
    });
}

/// A time as a count of milliseconds.
fn millis(time: &mut Duration, visit: Visit<'_>) {
    let mut count = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    let before = count;
    visit(Knob::Count(&mut count, 1));
    if count != before {
        *time = Duration::from_millis(count.into());
    }
}

fn observation(observation: &mut Observation, level: Level, visit: Visit<'_>) {
    match observation {
        Observation::Message(expect) if level == Level::Fields => {
            visit(Knob::List(&mut expect.tests));
            visit(Knob::List(&mut expect.captures));
        }
        Observation::Message(_)
        | Observation::Disconnect { .. }
        | Observation::Silence { .. }
        | Observation::Barrier { .. } => {}
    }
}

fn send(send: &mut Send, level: Level, visit: Visit<'_>) {
    match &mut send.content {
        Content::Message { fields: all, .. } => fields(all, level, visit),
        Content::Headers(range) | Content::Blocks(range) if level == Level::Numbers => {
            visit(Knob::Count(&mut range.count, 1));
            visit(Knob::Count(&mut range.from, 0));
        }
        Content::Headers(_) | Content::Blocks(_) => {}
        Content::Raw(parts) => raw(parts, level, visit),
    }
    if level == Level::Fields {
        visit(Knob::List(&mut send.lies));
    }
    for one in &mut send.lies {
        lie(one, level, visit);
    }
    delivery(&mut send.delivery, level, visit);
}

fn lie(lie: &mut Lie, level: Level, visit: Visit<'_>) {
    match lie {
        Lie::Append(parts) => raw(parts, level, visit),
        Lie::Overwrite { bytes, .. } if level == Level::Bytes => visit(Knob::List(bytes)),
        Lie::CompactSize { width, value, .. } if level == Level::Fields => {
            visit(Knob::Reset(&mut || *width = None));
            visit(Knob::Reset(&mut || *value = None));
        }
        Lie::Overwrite { .. }
        | Lie::CompactSize { .. }
        | Lie::Magic(_)
        | Lie::Command(_)
        | Lie::Length(_)
        | Lie::Checksum(_)
        | Lie::Cut(_) => {}
    }
}

fn delivery(delivery: &mut Delivery, level: Level, visit: Visit<'_>) {
    match level {
        Level::Delivery => {
            visit(Knob::Reset(&mut || *delivery = Delivery::default()));
            visit(Knob::Reset(&mut || {
                delivery.pieces = Delivery::default().pieces;
            }));
            visit(Knob::Reset(&mut || delivery.truncate = None));
            visit(Knob::Reset(&mut || delivery.pause = Duration::ZERO));
            visit(Knob::Reset(&mut || delivery.copies = 1));
            if let Pieces::At(offsets) = &mut delivery.pieces {
                visit(Knob::List(offsets));
            }
        }
        Level::Numbers => visit(Knob::Count(&mut delivery.copies, 1)),
        Level::Steps | Level::Items | Level::Fields | Level::Bytes | Level::Chains => {}
    }
}

fn raw(parts: &mut Vec<RawPart>, level: Level, visit: Visit<'_>) {
    if level == Level::Items {
        visit(Knob::List(parts));
    }
    for part in parts {
        if level == Level::Bytes {
            visit(Knob::Reset(&mut || zero(part)));
        }
        match part {
            RawPart::Hex(bytes) if level == Level::Bytes => visit(Knob::List(bytes)),
            RawPart::Random(count) | RawPart::Zeros(count) if level == Level::Numbers => {
                visit(Knob::Count(count, 0));
            }
            RawPart::Hex(_)
            | RawPart::Random(_)
            | RawPart::Zeros(_)
            | RawPart::Magic
            | RawPart::File(_) => {}
        }
    }
}

/// Replaces bytes with zeros, which show the reader that only their number matters.
fn zero(part: &mut RawPart) {
    if let RawPart::Hex(bytes) = part
        && let Ok(count) = u32::try_from(bytes.len())
    {
        *part = RawPart::Zeros(count);
    }
}

fn fields(fields: &mut Vec<Field>, level: Level, visit: Visit<'_>) {
    if level == Level::Fields {
        visit(Knob::List(fields));
    }
    for field in fields {
        value(&mut field.value, level, visit);
    }
}

fn value(value: &mut Value, level: Level, visit: Visit<'_>) {
    match value {
        Value::List(items) => {
            if level == Level::Items {
                visit(Knob::Items(items));
            }
            for one in items {
                item(one, level, visit);
            }
        }
        Value::Record(all) => fields(all, level, visit),
        Value::Text(text) if level == Level::Bytes => visit(Knob::List(text)),
        Value::Int(number) if level == Level::Numbers => visit(Knob::Int(number)),
        Value::Text(_) | Value::Int(_) | Value::Null | Value::Bool(_) | Value::Variable(_) => {}
    }
}

fn item(item: &mut Item, level: Level, visit: Visit<'_>) {
    if level == Level::Numbers {
        visit(Knob::Count(&mut item.times, 1));
    }
    value(&mut item.value, level, visit);
}

fn chain(chain: &mut Chain, visit: Visit<'_>) {
    visit(Knob::Reset(&mut || chain.fault = None));
    visit(Knob::Reset(&mut || chain.seed = 0));
    visit(Knob::Reset(&mut || chain.spacing = Chain::SPACING));
    visit(Knob::Reset(&mut || chain.version = Chain::VERSION));
    visit(Knob::Count(&mut chain.length, 0));
    if let Base::Recorded(height) = &mut chain.base {
        visit(Knob::Count(height, 0));
    }
}
