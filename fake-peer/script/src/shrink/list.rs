//! What parts can be taken out of.

use std::ops::Range;

use fake_peer_core::wire::Bytes;

use crate::model::{Item, Step};

/// Something of which parts can be left out.
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

/// Text is bytes in hexadecimal, as far as can be told, or else letters.
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

/// Puts the first item in place of each other one.
pub(super) fn make_alike(items: &mut Vec<Item>) {
    let times = items
        .iter()
        .fold(0_u32, |sum, item| sum.saturating_add(item.times));
    items.truncate(1);
    if let Some(first) = items.first_mut() {
        first.times = times;
    }
}

/// Puts what stands in a block in place of the block: of several outcomes, one.
pub(super) fn splice(steps: &mut Vec<Step>, at: usize, outcome: usize) {
    let inside = match steps.get(at) {
        Some(Step::Connection { steps, .. } | Step::Repeat { steps, .. }) if outcome == 0 => {
            steps.clone()
        }
        Some(Step::ExpectOneOf(set)) => {
            let Some(outcome) = set.outcomes.get(outcome) else {
                return;
            };
            let first = Step::Expect(outcome.observation.clone());
            [&[first], outcome.then.as_slice()].concat()
        }
        _ => return,
    };
    steps.splice(at..=at, inside);
}

/// Joins blocks of the same connection that meet, and leaves out empty ones.
pub(super) fn tidy(steps: &mut Vec<Step>) {
    let mut tidied: Vec<Step> = Vec::with_capacity(steps.len());
    for mut step in steps.drain(..) {
        match &mut step {
            Step::Connection { steps, .. } | Step::Repeat { steps, .. } => {
                tidy(steps);
                if steps.is_empty() {
                    continue;
                }
            }
            Step::ExpectOneOf(set) => {
                for outcome in &mut set.outcomes {
                    tidy(&mut outcome.then);
                }
            }
            _ => {}
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
