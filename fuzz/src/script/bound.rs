//! Turns any script into one that plays quickly: its numbers are limited, and invalid steps are
//! removed.

use std::collections::BTreeSet;

use fake_peer::script::check::check;
use fake_peer::script::model::{
    Base, Content, ElementMut, Field, Item, Lie, Place, RawPart, Script, Send, Value, Variable,
    for_each_element,
};

const CHAINS: usize = 4;
const HEADERS: u32 = 50;
const REPEATS: u32 = 10;
const CONNECTIONS: u32 = 4;
const COPIES: u32 = 4;
const BYTES: u32 = 512;
/// How often a value may be repeated in a list, multiplied with the lists around it.
const TIMES: u32 = 64;
/// How often a script is checked again: a step may be invalid without another that was removed.
const PASSES: usize = 8;

/// The script within bounds, or `None` if it is still invalid after [`PASSES`] passes.
pub(super) fn bounded(mut script: Script) -> Option<Script> {
    script.chains.truncate(CHAINS);
    for chain in &mut script.chains {
        chain.length = chain.length.min(HEADERS);
        if let Base::Recorded(height) = &mut chain.base {
            *height = (*height).min(HEADERS);
        }
    }
    for_each_element(&mut script.steps, &mut shrink_element);
    (0..PASSES).find_map(|_| remove_invalid(&mut script))?;
    Some(script)
}

/// Removes invalid chains and steps, and returns `Some` if there were none.
fn remove_invalid(script: &mut Script) -> Option<()> {
    let places: Vec<Place> = check(script).iter().map(|it| it.place).collect();
    let chains: BTreeSet<usize> = places.iter().filter_map(chain).collect();
    let steps: BTreeSet<usize> = places.iter().filter_map(step).collect();
    let mut number = 0..;
    script
        .chains
        .retain(|_| number.next().is_some_and(|at| !chains.contains(&at)));
    script.retain_parts(|number| !steps.contains(&number));
    places.is_empty().then_some(())
}

fn chain(place: &Place) -> Option<usize> {
    match place {
        Place::Chain(index) => Some(*index),
        Place::Script | Place::Step(_) => None,
    }
}

fn step(place: &Place) -> Option<usize> {
    match place {
        Place::Step(number) => Some(*number),
        Place::Script | Place::Chain(_) => None,
    }
}

fn shrink_element(element: ElementMut<'_>) {
    match element {
        ElementMut::Times(count) => *count = (*count).min(REPEATS),
        ElementMut::Connections(count) => *count = (*count).min(CONNECTIONS),
        ElementMut::Version(fields) => shrink_fields(fields, TIMES),
        ElementMut::Send(send) => shrink_send(send),
        ElementMut::Connection(_)
        | ElementMut::Pause(_)
        | ElementMut::Switch(_)
        | ElementMut::Offers(_)
        | ElementMut::Commands(_)
        | ElementMut::Chain(_)
        | ElementMut::Observation(_)
        // Their steps are visited.
        | ElementMut::Steps(_)
        | ElementMut::Branches(_) => {}
    }
}

fn shrink_send(send: &mut Send) {
    match &mut send.content {
        Content::Message { fields, .. } => shrink_fields(fields, TIMES),
        Content::Headers(range) | Content::Blocks(range) => range.count = range.count.min(HEADERS),
        Content::Raw(parts) => shrink_parts(parts),
    }
    for lie in &mut send.lies {
        match lie {
            Lie::Append(parts) => shrink_parts(parts),
            Lie::Magic(_)
            | Lie::Command(_)
            | Lie::Length(_)
            | Lie::Checksum(_)
            | Lie::CompactSize { .. }
            | Lie::Overwrite { .. }
            | Lie::Cut(_) => {}
        }
    }
    send.delivery.copies = send.delivery.copies.min(COPIES);
}

fn shrink_parts(parts: &mut [RawPart]) {
    for part in parts {
        match part {
            RawPart::Random(count) | RawPart::Zeros(count) => *count = (*count).min(BYTES),
            RawPart::Hex(_) | RawPart::Magic | RawPart::File(_) => {}
        }
    }
}

fn shrink_fields(fields: &mut [Field], times: u32) {
    for field in fields {
        shrink_value(&mut field.value, times);
    }
}

fn shrink_value(value: &mut Value, times: u32) {
    match value {
        Value::Variable(Variable::RandomBytes(count) | Variable::Zeros(count)) => {
            *count = (*count).min(BYTES);
        }
        Value::List(items) => {
            for Item { times: here, value } in items {
                *here = (*here).min(times);
                shrink_value(value, times / (*here).max(1));
            }
        }
        Value::Record(fields) => shrink_fields(fields, times),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Text(_) | Value::Variable(_) => {}
    }
}
