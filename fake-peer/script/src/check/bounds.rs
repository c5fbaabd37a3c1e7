//! Checks whether a play would exceed its limits, whatever the target does.

use super::finding::{Finding, FindingKind};
use crate::model::{Delivery, Element, Pieces, Step};
use crate::player::Limits;

/// Checks a step itself, without the parts inside it.
pub(super) fn check_step(step: &Step, findings: &mut Vec<Finding>) {
    let Limits {
        connections, steps, ..
    } = Limits::default();
    for element in step.elements() {
        match element {
            Element::Connections(count) if *count as usize > connections => {
                let limit = connections;
                findings.push(Finding::at(
                    "count",
                    FindingKind::TooManyConnections { limit },
                ));
            }
            // If a single round is too much already, the reason is a `repeat` inside this one.
            Element::Times(count) if least_steps(step, 1) <= steps => {
                if least_steps(step, (*count).into()) > steps {
                    findings.push(Finding::here(FindingKind::TooManySteps { limit: steps }));
                }
            }
            Element::Times(_)
            | Element::Connections(_)
            | Element::Connection(_)
            | Element::Pause(_)
            | Element::Switch(_)
            | Element::Version(_)
            | Element::Offers(_)
            | Element::Commands(_)
            | Element::Send(_)
            | Element::Chain(_)
            | Element::Observation(_)
            | Element::Branches(_)
            | Element::Steps(_) => {}
        }
    }
}

/// The number of bytes that these messages of a `send` count against [`Limits::sent`].
pub(super) fn sent(messages: &[Vec<u8>], delivery: &Delivery) -> u64 {
    let one = |message: &Vec<u8>| {
        let truncate = delivery.truncate.unwrap_or(u32::MAX) as usize;
        let length = message.len().min(truncate);
        let pieces = match &delivery.pieces {
            Pieces::Each(size) => length.div_ceil((*size).max(1) as usize).max(1),
            Pieces::At(offsets) => {
                1 + offsets.partition_point(|offset| (*offset as usize) < length)
            }
        };
        (length + pieces * Limits::PIECE) as u64
    };
    let all: u64 = messages.iter().map(one).sum();
    all.saturating_mul(delivery.copies.into())
}

/// The minimum number of steps that it takes to play a step, unless the play ends earlier. The
/// steps in its block are done `times` times.
fn least_steps(step: &Step, times: u64) -> u64 {
    let mut least = 1;
    for element in step.elements() {
        match element {
            Element::Steps(steps) => least = least_of_all(steps).saturating_mul(times),
            Element::Branches(branches) => {
                let ways = branches.iter().map(|branch| least_of_all(branch.then));
                least = ways.min().unwrap_or(0).saturating_add(1);
            }
            Element::Times(_)
            | Element::Connections(_)
            | Element::Connection(_)
            | Element::Pause(_)
            | Element::Switch(_)
            | Element::Version(_)
            | Element::Offers(_)
            | Element::Commands(_)
            | Element::Send(_)
            | Element::Chain(_)
            | Element::Observation(_) => {}
        }
    }
    least
}

fn least_of_all(steps: &[Step]) -> u64 {
    let least = steps.iter().map(|step| least_steps(step, times(step)));
    least.fold(0, u64::saturating_add)
}

fn times(step: &Step) -> u64 {
    let times = step.elements().find_map(|element| match element {
        Element::Times(count) => Some(u64::from(*count)),
        Element::Connections(_)
        | Element::Connection(_)
        | Element::Pause(_)
        | Element::Switch(_)
        | Element::Version(_)
        | Element::Offers(_)
        | Element::Commands(_)
        | Element::Send(_)
        | Element::Chain(_)
        | Element::Observation(_)
        | Element::Branches(_)
        | Element::Steps(_) => None,
    });
    times.unwrap_or(1)
}
