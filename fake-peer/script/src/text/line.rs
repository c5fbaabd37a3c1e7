//! Where a step stands in the text.

use super::Parsed;
use crate::model::{Place, Step, StepPath};

/// The line of a step or an outcome, from 1 on, in the text that the script was read from.
pub fn line_of(parsed: &Parsed, text: &str, path: &StepPath) -> Option<usize> {
    let number = number_in(&parsed.script.steps, path.places())?;
    let start = parsed.spans.of(Place::Step(number), None).offset();
    Some(text.get(..start)?.lines().count().max(1))
}

/// How many steps and outcomes come before it, each behind the one that it is in.
fn number_in(steps: &[Step], places: &[u32]) -> Option<usize> {
    let (place, inner) = places.split_first()?;
    let at = usize::try_from(*place).ok()?.checked_sub(1)?;
    let step = steps.get(at)?;
    let before: usize = steps.iter().take(at).map(size).sum();
    if inner.is_empty() {
        return Some(before);
    }
    Some(before + 1 + number_inside(step, inner)?)
}

fn number_inside(step: &Step, places: &[u32]) -> Option<usize> {
    match step {
        Step::Connection { steps, .. } | Step::Repeat { steps, .. } => number_in(steps, places),
        Step::ExpectOneOf(set) => {
            let (place, inner) = places.split_first()?;
            let at = usize::try_from(*place).ok()?.checked_sub(1)?;
            let outcome = set.outcomes.get(at)?;
            let outcomes = set.outcomes.iter().take(at);
            let before: usize = outcomes.map(|outcome| 1 + sizes(&outcome.then)).sum();
            if inner.is_empty() {
                return Some(before);
            }
            Some(before + 1 + number_in(&outcome.then, inner)?)
        }
        _ => None,
    }
}

/// How many numbers a step takes, with all that is in it.
fn size(step: &Step) -> usize {
    1 + match step {
        Step::Connection { steps, .. } | Step::Repeat { steps, .. } => sizes(steps),
        Step::ExpectOneOf(set) => set
            .outcomes
            .iter()
            .map(|outcome| 1 + sizes(&outcome.then))
            .sum(),
        _ => 0,
    }
}

fn sizes(steps: &[Step]) -> usize {
    steps.iter().map(size).sum()
}
