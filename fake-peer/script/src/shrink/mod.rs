//! Makes a script smaller without a change of its outcome.
//!
//! [`shrink`] is delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating
//! Failure-Inducing Input", 2002) over the elements of a script: whole steps, then the items of
//! lists, then fields, then the delivery of bytes, then bytes, then numbers, then chains; and from
//! the start again until nothing can be removed. A script that [`check`](super::check) refuses is
//! never tried, nor is the same script tried twice. The search is deterministic: the same answers
//! give the same script.

mod knob;
mod list;
mod search;
#[cfg(test)]
mod tests;
mod walk;

use std::ops::ControlFlow;

pub use search::{Progress, Shrunk};

use self::search::Search;
use self::walk::Level;
use super::Script;
use super::model::{Element, Part, Step};

/// Decides whether a smaller script still has the outcome of the original one.
pub trait Oracle {
    /// Whether the script still has the outcome.
    fn holds(&mut self, script: &Script) -> bool;
}

impl<F: FnMut(&Script) -> bool> Oracle for F {
    fn holds(&mut self, script: &Script) -> bool {
        self(script)
    }
}

/// The original script does not have the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the original script does not lead to the outcome")]
pub struct DoesNotHold;

/// Returns the smallest script that can be found in `budget` tries, the first of which is the
/// script itself. `progress` is called before each try and can end the search; then the result is
/// the smallest script that was found so far.
///
/// # Errors
/// Returns [`DoesNotHold`] if the script itself does not have the outcome.
pub fn shrink(
    script: &Script,
    oracle: &mut dyn Oracle,
    budget: u64,
    progress: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Shrunk, DoesNotHold> {
    let mut search = Search::new(script, oracle, budget, progress)?;
    loop {
        let mut is_smaller = false;
        for level in Level::ALL {
            is_smaller |= search.level(level);
        }
        if !is_smaller || search.is_over() {
            return Ok(search.finish(steps(script)));
        }
    }
}

/// The number of steps: those in blocks count, but the blocks themselves do not.
pub fn steps(script: &Script) -> usize {
    script.steps.iter().map(Part::Step).map(count).sum()
}

fn count(part: Part<'_>) -> usize {
    let itself = match part {
        Part::Step(step) => usize::from(!is_block(step)),
        Part::Branch(_) => 0,
    };
    itself + part.parts().map(count).sum::<usize>()
}

/// Whether the step is a block of other steps.
fn is_block(step: &Step) -> bool {
    let mut elements = step.elements();
    elements.any(|element| matches!(element, Element::Steps(_)))
}
