//! One walk over the parts of a script.
//!
//! The checks, the player, the shrinker, `explain` and the fuzzer go through a script by its parts
//! and elements. So the elements of a new verb are listed once, in [`Step`], and all of these
//! handle it.

use std::time::Duration;

use fake_peer_core::wire::Command;

use super::{
    Branch, Branches, BranchesMut, Field, Name, Observation, Place, Script, Send, Step, StepPath,
};

macro_rules! element {
    ($(#[$meta:meta])* $Element:ident, $Branches:ident $(, $mutable:tt)?) => {
        $(#[$meta])*
        pub enum $Element<'a> {
            /// The connection that the steps inside use.
            Connection(&'a $($mutable)? Name),
            /// How many times the steps inside are done.
            Times(&'a $($mutable)? u32),
            /// How many connections are opened.
            Connections(&'a $($mutable)? u32),
            /// How long to wait.
            Pause(&'a $($mutable)? Duration),
            /// Whether something is switched on from here on.
            Switch(&'a $($mutable)? bool),
            /// The fields of our `version`.
            Version(&'a $($mutable)? Vec<Field>),
            /// What we send between `version` and `verack`, with default fields.
            Offers(&'a $($mutable)? Vec<Command>),
            /// Messages that are named, not sent.
            Commands(&'a $($mutable)? Vec<Command>),
            /// Something that is sent.
            Send(&'a $($mutable)? Send),
            /// A chain that is served.
            Chain(&'a $($mutable)? Name),
            /// The one thing that is expected.
            Observation(&'a $($mutable)? Observation),
            /// Several things that are expected.
            Branches($Branches<'a>),
            /// The steps inside, which are done one after the other.
            Steps(&'a $($mutable)? Vec<Step>),
        }
    };
}

element! {
    /// One of the elements of a step. Elements that affect the steps inside come before these
    /// steps.
    #[derive(Debug, Clone, Copy)]
    Element, Branches
}

element! {
    /// A [`Element`] that can be changed.
    #[derive(Debug)]
    ElementMut, BranchesMut, mut
}

/// The elements of a step.
pub type Elements<P> = std::iter::Flatten<std::array::IntoIter<Option<P>, 2>>;

pub(super) fn elements<P>(first: Option<P>, second: Option<P>) -> Elements<P> {
    [first, second].into_iter().flatten()
}

/// A part of a script that has a number and a [`StepPath`].
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// A step.
    Step(&'a Step),
    /// A branch of a step.
    Branch(Branch<'a>),
}

impl<'a> Part<'a> {
    /// The parts inside, in the order of the text.
    pub fn parts(self) -> impl Iterator<Item = Part<'a>> + Clone {
        let (branches, steps) = self.inside();
        let branches = branches.into_iter().flat_map(Branches::iter);
        branches.map(Part::Branch).chain(parts(steps))
    }

    /// The part inside with this index, found without a walk over those before it.
    fn get(self, index: usize) -> Option<Part<'a>> {
        let (branches, steps) = self.inside();
        let count = branches.map_or(0, Branches::len);
        match index.checked_sub(count) {
            Some(index) => steps.get(index).map(Part::Step),
            None => branches?.get(index).map(Part::Branch),
        }
    }

    fn inside(self) -> (Option<Branches<'a>>, &'a [Step]) {
        let (mut branches, mut steps) = (None, [].as_slice());
        match self {
            Self::Branch(branch) => steps = branch.then,
            Self::Step(step) => {
                for element in step.elements() {
                    match element {
                        Element::Branches(found) => branches = Some(found),
                        Element::Steps(found) => steps = found,
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
                        | Element::Observation(_) => {}
                    }
                }
            }
        }
        (branches, steps)
    }

    /// How many numbers the part takes, with everything inside of it.
    fn size(self) -> usize {
        1 + self.parts().map(Part::size).sum::<usize>()
    }
}

fn parts(steps: &[Step]) -> impl Iterator<Item = Part<'_>> + Clone {
    steps.iter().map(Part::Step)
}

impl Script {
    /// The part at a path.
    pub fn part(&self, path: &StepPath) -> Option<Part<'_>> {
        let (first, inner) = path.places().split_first()?;
        let mut part = Part::Step(self.steps.get(index(*first)?)?);
        for place in inner {
            part = part.get(index(*place)?)?;
        }
        Some(part)
    }

    /// The place of the part at a path, as a [`Place::Step`].
    pub fn place(&self, path: &StepPath) -> Option<Place> {
        let (first, inner) = path.places().split_first()?;
        let first = index(*first)?;
        let mut part = Part::Step(self.steps.get(first)?);
        let mut number: usize = parts(&self.steps).take(first).map(Part::size).sum();
        for place in inner {
            let place = index(*place)?;
            let before = part.parts().take(place).map(Part::size).sum::<usize>();
            number += 1 + before;
            part = part.get(place)?;
        }
        Some(Place::Step(number))
    }

    /// Removes the steps and branches for whose numbers `keep` returns `false`, with everything
    /// inside them. The numbers are those of [`Place::Step`].
    pub fn retain_parts(&mut self, mut keep: impl FnMut(usize) -> bool) {
        let mut number = 0;
        retain(&mut self.steps, &mut || {
            number += 1;
            keep(number - 1)
        });
    }
}

/// Calls `visit` for each element of these steps, in the order of the text. The steps inside a block
/// or a branch are entered, and the block itself is not visited.
pub fn for_each_element(steps: &mut [Step], visit: &mut dyn FnMut(ElementMut<'_>)) {
    for element in steps.iter_mut().flat_map(Step::elements_mut) {
        match element {
            ElementMut::Steps(steps) => for_each_element(steps, visit),
            ElementMut::Branches(mut branches) => branches.for_each(&mut |branch| {
                if let Some(then) = branch.then {
                    for_each_element(then, visit);
                }
            }),
            element @ (ElementMut::Connection(_)
            | ElementMut::Times(_)
            | ElementMut::Connections(_)
            | ElementMut::Pause(_)
            | ElementMut::Switch(_)
            | ElementMut::Version(_)
            | ElementMut::Offers(_)
            | ElementMut::Commands(_)
            | ElementMut::Send(_)
            | ElementMut::Chain(_)
            | ElementMut::Observation(_)) => visit(element),
        }
    }
}

fn index(place: u32) -> Option<usize> {
    usize::try_from(place).ok()?.checked_sub(1)
}

fn retain(steps: &mut Vec<Step>, keep: &mut dyn FnMut() -> bool) {
    steps.retain_mut(|step| {
        let is_kept = keep();
        for element in step.elements_mut() {
            match element {
                ElementMut::Steps(steps) => retain(steps, keep),
                ElementMut::Branches(mut branches) => branches.retain(&mut |branch| {
                    let is_kept = keep();
                    if let Some(then) = branch.then {
                        retain(then, keep);
                    }
                    is_kept
                }),
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
        is_kept
    });
}
