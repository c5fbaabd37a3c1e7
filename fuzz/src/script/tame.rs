//! From any script to one that can be played in a moment: its numbers are made small, and what
//! makes no sense is left out.

use std::collections::BTreeSet;

use fake_peer::script::check::check;
use fake_peer::script::model::{
    Base, Content, Field, Handshake, Item, Lie, Place, RawPart, Script, Send, Step, Value, Variable,
};

const CHAINS: usize = 4;
const HEADERS: u32 = 50;
const REPEATS: u32 = 10;
const CONNECTIONS: u32 = 4;
const COPIES: u32 = 4;
const BYTES: u32 = 512;
/// How often a value may stand in a list, those in the lists around it counted.
const TIMES: u32 = 64;
/// How often a script is looked at again: a step may make no sense without another that is gone.
const PASSES: usize = 8;

/// The script made small, if anything of it makes sense.
pub(super) fn tamed(mut script: Script) -> Option<Script> {
    script.chains.truncate(CHAINS);
    for chain in &mut script.chains {
        chain.length = chain.length.min(HEADERS);
        if let Base::Recorded(height) = &mut chain.base {
            *height = (*height).min(HEADERS);
        }
    }
    shrink_steps(&mut script.steps);
    (0..PASSES).find_map(|_| leave_out_nonsense(&mut script))?;
    Some(script)
}

/// Tells once nothing had to be left out.
fn leave_out_nonsense(script: &mut Script) -> Option<()> {
    let places: Vec<Place> = check(script).iter().map(|it| it.place).collect();
    let chains: BTreeSet<usize> = places.iter().filter_map(chain).collect();
    let steps: BTreeSet<usize> = places.iter().filter_map(step).collect();
    let mut number = 0..;
    script
        .chains
        .retain(|_| number.next().is_some_and(|at| !chains.contains(&at)));
    keep(&mut script.steps, &steps, &mut 0);
    places.is_empty().then_some(())
}

fn chain(place: &Place) -> Option<usize> {
    match place {
        Place::Chain(at) => Some(*at),
        _ => None,
    }
}

fn step(place: &Place) -> Option<usize> {
    match place {
        Place::Step(number) => Some(*number),
        _ => None,
    }
}

/// Leaves out the steps and outcomes with these numbers, counted as [`Place::Step`] counts them.
fn keep(steps: &mut Vec<Step>, without: &BTreeSet<usize>, number: &mut usize) {
    let next = |number: &mut usize| {
        *number += 1;
        !without.contains(&(*number - 1))
    };
    steps.retain_mut(|step| {
        let is_kept = next(number);
        match step {
            Step::Connection { steps, .. } | Step::Repeat { steps, .. } => {
                keep(steps, without, number);
            }
            Step::ExpectOneOf(set) => set.outcomes.retain_mut(|outcome| {
                let is_kept = next(number);
                keep(&mut outcome.then, without, number);
                is_kept
            }),
            _ => {}
        }
        is_kept
    });
}

fn shrink_steps(steps: &mut [Step]) {
    for step in steps {
        match step {
            Step::Connection { steps, .. } => shrink_steps(steps),
            Step::Repeat { count, steps } => {
                *count = (*count).min(REPEATS);
                shrink_steps(steps);
            }
            Step::Connect { count } => *count = (*count).min(CONNECTIONS),
            Step::Handshake(Handshake { version, .. }) => shrink_fields(version, TIMES),
            Step::Send(send) => shrink_send(send),
            Step::ExpectOneOf(set) => {
                for outcome in &mut set.outcomes {
                    shrink_steps(&mut outcome.then);
                }
            }
            _ => {}
        }
    }
}

fn shrink_send(send: &mut Send) {
    match &mut send.content {
        Content::Message { fields, .. } => shrink_fields(fields, TIMES),
        Content::Headers(range) | Content::Blocks(range) => range.count = range.count.min(HEADERS),
        Content::Raw(parts) => shrink_parts(parts),
    }
    for lie in &mut send.lies {
        if let Lie::Append(parts) = lie {
            shrink_parts(parts);
        }
    }
    send.delivery.copies = send.delivery.copies.min(COPIES);
}

fn shrink_parts(parts: &mut [RawPart]) {
    for part in parts {
        if let RawPart::Random(count) | RawPart::Zeros(count) = part {
            *count = (*count).min(BYTES);
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
        _ => {}
    }
}
