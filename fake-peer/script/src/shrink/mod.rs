//! Making a script smaller while what it shows stays.
//!
//! [`shrink`] is delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating
//! Failure-Inducing Input", 2002) over what a script is made of: whole steps, then the items of
//! lists, then fields, then how bytes go out, then bytes, then numbers, then chains; and from the
//! start again until nothing can be left out. What [`check`](super::check) would refuse is never
//! tried, nor the same script twice. Nothing is left to chance: the same answers give the same
//! script.

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

/// Who tells whether a script still shows what it is to show.
pub trait Oracle {
    /// Whether it does.
    fn holds(&mut self, script: &Script) -> bool;
}

impl<F: FnMut(&Script) -> bool> Oracle for F {
    fn holds(&mut self, script: &Script) -> bool {
        self(script)
    }
}

/// The script as it is does not show what it is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the script does not lead to the outcome as it is")]
pub struct DoesNotHold;

/// The smallest script that can be found in `budget` tries, the first of which is the script
/// itself. `progress` is told before each try, and can end the search; then what was found so far
/// is the result.
///
/// # Errors
/// [`DoesNotHold`].
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

/// How many steps there are, those in blocks included, and not the blocks.
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

/// Whether the step only says how the steps inside are done.
fn is_block(step: &Step) -> bool {
    let mut elements = step.elements();
    elements.any(|element| matches!(element, Element::Steps(_)))
}
