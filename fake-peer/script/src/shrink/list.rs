//! Lists from which parts can be removed.

use std::ops::Range;

use fake_peer_core::wire::Bytes;

use crate::model::{BranchesMut, Element, ElementMut, Item, Step};

/// A list from which parts can be removed.
pub(super) trait List {
    fn size(&self) -> usize;
    fn remove(&mut self, range: Range<usize>);
}

impl<T> List for Vec<T> {
    fn size(&self) -> usize {
        self.len()
    }

    fn remove(&mut self, range: Range<usize>) {
        self.drain(range);
    }
}

impl List for BranchesMut<'_> {
    fn size(&self) -> usize {
        self.len()
    }

    fn remove(&mut self, range: Range<usize>) {
        let mut index = 0..;
        self.retain(&mut |_| index.next().is_some_and(|index| !range.contains(&index)));
    }
}

impl List for Bytes {
    fn size(&self) -> usize {
        self.len()
    }

    fn remove(&mut self, range: Range<usize>) {
        let mut bytes = self.to_vec();
        bytes.drain(range);
        *self = bytes.into();
    }
}

/// Text is a list of bytes if it looks like hexadecimal, and otherwise a list of characters.
impl List for String {
    fn size(&self) -> usize {
        if is_hex(self) {
            self.len() / 2
        } else {
            self.chars().count()
        }
    }

    fn remove(&mut self, range: Range<usize>) {
        let width = if is_hex(self) { 2 } else { 1 };
        let range = range.start * width..range.end * width;
        let letters = self.chars().enumerate();
        *self = letters
            .filter(|(at, _)| !range.contains(at))
            .map(|(_, letter)| letter)
            .collect();
    }
}

fn is_hex(text: &str) -> bool {
    text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Replaces every item with the first one.
pub(super) fn make_alike(items: &mut Vec<Item>) {
    let times = items
        .iter()
        .fold(0_u32, |sum, item| sum.saturating_add(item.times));
    items.truncate(1);
    if let Some(first) = items.first_mut() {
        first.times = times;
    }
}

/// The number of ways to replace a step with what is inside it: one for a block, and one for each
/// branch.
pub(super) fn ways_to_splice(step: &Step) -> usize {
    let ways = |element| match element {
        Element::Steps(_) => 1,
        Element::Branches(branches) => branches.len(),
        Element::Connection(_)
        | Element::Times(_)
        | Element::Connections(_)
        | Element::Pause(_)
        | Element::Switch(_)
        | Element::Version(_)
        | Element::Offers(_)
        | Element::Commands(_)
        | Element::Send(_)
        | Element::Chain(_)
        | Element::Observation(_) => 0,
    };
    step.elements().map(ways).sum()
}

/// Replaces a step with what is inside it: the steps of a block, or one of several branches.
pub(super) fn splice(steps: &mut Vec<Step>, at: usize, way: usize) {
    let inside = steps.get(at).and_then(|step| inside(step, way));
    if let Some(inside) = inside {
        steps.splice(at..=at, inside);
    }
}

fn inside(step: &Step, way: usize) -> Option<Vec<Step>> {
    step.elements().find_map(|element| match element {
        Element::Steps(steps) => (way == 0).then(|| steps.clone()),
        Element::Branches(branches) => {
            let branch = branches.get(way)?;
            let first = Step::from(branch.observation.clone());
            Some([&[first], branch.then].concat())
        }
        Element::Connection(_)
        | Element::Times(_)
        | Element::Connections(_)
        | Element::Pause(_)
        | Element::Switch(_)
        | Element::Version(_)
        | Element::Offers(_)
        | Element::Commands(_)
        | Element::Send(_)
        | Element::Chain(_)
        | Element::Observation(_) => None,
    })
}

/// Joins adjacent blocks of the same connection, and removes empty ones.
pub(super) fn tidy(steps: &mut Vec<Step>) {
    let mut tidied: Vec<Step> = Vec::with_capacity(steps.len());
    for mut step in steps.drain(..) {
        if !tidy_inside(&mut step) {
            continue;
        }
        if let (
            Some(Step::Connection {
                name: last,
                steps: before,
            }),
            Step::Connection { name, steps },
        ) = (tidied.last_mut(), &mut step)
            && last == name
        {
            before.append(steps);
        } else {
            tidied.push(step);
        }
    }
    *steps = tidied;
}

/// Tidies what is inside a step. Returns whether the step is kept, which an empty block is not.
fn tidy_inside(step: &mut Step) -> bool {
    let mut is_left = true;
    for element in step.elements_mut() {
        match element {
            ElementMut::Steps(steps) => {
                tidy(steps);
                is_left = !steps.is_empty();
            }
            ElementMut::Branches(mut branches) => {
                branches.for_each(&mut |branch| branch.then.into_iter().for_each(tidy));
            }
            ElementMut::Connection(_)
            | ElementMut::Times(_)
            | ElementMut::Connections(_)
            | ElementMut::Pause(_)
            | ElementMut::Switch(_)
            | ElementMut::Version(_)
            | ElementMut::Offers(_)
            | ElementMut::Commands(_)
            | ElementMut::Send(_)
            | ElementMut::Chain(_)
            | ElementMut::Observation(_) => {}
        }
    }
    is_left
}
