//! The search for a smaller script.

use std::collections::HashSet;
use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hasher};
use std::ops::ControlFlow;

use super::knob::Knob;
use super::list::{make_alike, splice, tidy, ways_to_splice};
use super::walk::{Level, walk};
use super::{DoesNotHold, Oracle, steps};
use crate::Script;
use crate::check::check;

/// The progress of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How many scripts have been tried.
    pub tries: u64,
    /// The most scripts that may be tried.
    pub budget: u64,
    /// The number of steps of the smallest script so far.
    pub steps: usize,
}

/// The result of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shrunk {
    /// The smallest script that was found.
    pub script: Script,
    /// How many scripts were tried.
    pub tries: u64,
    /// How many steps the first script had.
    pub steps_before: usize,
    /// The number of steps of the smallest script.
    pub steps: usize,
    /// Whether nothing is left to try; otherwise the search ended early.
    pub is_smallest: bool,
}

pub(super) struct Search<'a> {
    best: Script,
    oracle: &'a mut dyn Oracle,
    progress: &'a mut dyn FnMut(&Progress) -> ControlFlow<()>,
    /// Fingerprints of what was tried.
    seen: HashSet<u64>,
    tries: u64,
    budget: u64,
    /// How many scripts were refused without a try: they cost time, too.
    refused: u64,
    stopped: bool,
}

/// How many scripts may be refused for each that may be tried.
const REFUSED_PER_TRY: u64 = 50;

impl<'a> Search<'a> {
    pub(super) fn new(
        script: &Script,
        oracle: &'a mut dyn Oracle,
        budget: u64,
        progress: &'a mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Self, DoesNotHold> {
        let mut search = Self {
            best: script.clone(),
            oracle,
            progress,
            seen: HashSet::from([fingerprint(script)]),
            tries: 0,
            budget: budget.max(1),
            refused: 0,
            stopped: false,
        };
        if search.ask(script) {
            Ok(search)
        } else {
            Err(DoesNotHold)
        }
    }

    pub(super) fn finish(self, steps_before: usize) -> Shrunk {
        Shrunk {
            is_smallest: !self.is_over(),
            steps: steps(&self.best),
            script: self.best,
            tries: self.tries,
            steps_before,
        }
    }

    /// Whether the search has to end, done or not.
    pub(super) fn is_over(&self) -> bool {
        let refused = self.budget.saturating_mul(REFUSED_PER_TRY);
        self.stopped || self.tries >= self.budget || self.refused >= refused
    }

    /// Turns every knob of a level. Returns whether the script got smaller.
    pub(super) fn level(&mut self, level: Level) -> bool {
        let before = fingerprint(&self.best);
        let mut at = 0;
        while !self.is_over()
            && let Some(kind) = self.kind_of(level, at)
        {
            let place = Place { level, at };
            match kind {
                Kind::Steps => {
                    self.leave_out(place);
                    self.splice(place);
                }
                Kind::Items => {
                    self.attempt(place, &mut |knob| {
                        if let Knob::Items(items) = knob {
                            make_alike(items);
                        }
                    });
                    self.leave_out(place);
                }
                Kind::List => self.leave_out(place),
                Kind::Count => self.count_down(place),
                Kind::Int => self.lower(place),
                Kind::Reset => {
                    self.attempt(place, &mut |knob| {
                        if let Knob::Reset(reset) = knob {
                            reset();
                        }
                    });
                }
            }
            at += 1;
        }
        fingerprint(&self.best) != before
    }

    /// Removes parts: all, then halves, quarters and so on down to single ones; the last first,
    /// since later parts may need earlier ones.
    fn leave_out(&mut self, place: Place) {
        let mut chunk = self.size_at(place);
        while chunk > 0 {
            let mut end = self.size_at(place);
            while end > 0 && !self.is_over() {
                let range = end.saturating_sub(chunk)..end;
                end = range.start;
                self.attempt(place, &mut |knob| remove(knob, range.clone()));
                end = end.min(self.size_at(place));
            }
            chunk = match chunk {
                1 => 0,
                _ => chunk.div_ceil(2).min(self.size_at(place)),
            };
        }
    }

    /// Replaces blocks with the steps inside them.
    fn splice(&mut self, place: Place) {
        let mut at = 0;
        while at < self.size_at(place) && !self.is_over() {
            for outcome in 0..self.ways_to_splice(place, at) {
                let spliced = self.attempt(place, &mut |knob| {
                    if let Knob::Steps(steps) = knob {
                        splice(steps, at, outcome);
                    }
                });
                if spliced {
                    break;
                }
            }
            at += 1;
        }
    }

    fn ways_to_splice(&mut self, place: Place, at: usize) -> usize {
        self.look(place, &mut |knob| match knob {
            Knob::Steps(steps) => match steps.get(at) {
                Some(step) => ways_to_splice(step),
                None => 0,
            },
            _ => 0,
        })
    }

    /// Finds the smallest count with which the script has the outcome. It is assumed that every
    /// larger count has it, too.
    fn count_down(&mut self, place: Place) {
        let bounds = |knob: Knob<'_>| match knob {
            Knob::Count(count, least) => (least, *count),
            _ => (0, 0),
        };
        let (mut low, mut high) = self.look(place, &mut |knob| bounds(knob));
        let mut count = low;
        while low < high && !self.is_over() {
            let holds = self.attempt(place, &mut |knob| {
                if let Knob::Count(found, _) = knob {
                    *found = count;
                }
            });
            if holds {
                high = count;
            } else {
                low = count + 1;
            }
            count = low.midpoint(high);
        }
    }

    /// Tries 0, then 1, then half of the number as long as the script has the outcome.
    fn lower(&mut self, place: Place) {
        let mut set = |number: i128| {
            self.attempt(place, &mut |knob| {
                if let Knob::Int(found) = knob {
                    *found = number;
                }
            })
        };
        if set(0) || set(1) {
            return;
        }
        loop {
            let number = self.look(place, &mut |knob| match knob {
                Knob::Int(number) => *number,
                _ => 0,
            });
            let half = |knob: Knob<'_>| {
                if let Knob::Int(found) = knob {
                    *found = number / 2;
                }
            };
            if number.abs() < 4 || !self.attempt(place, &mut |knob| half(knob)) {
                return;
            }
        }
    }

    /// Tries the best script with one knob turned. Returns whether the result is the new best
    /// script.
    fn attempt(&mut self, place: Place, turn: &mut dyn FnMut(Knob<'_>)) -> bool {
        if self.is_over() {
            return false;
        }
        let mut script = self.best.clone();
        at(&mut script, place, turn);
        tidy(&mut script.steps);
        if !self.seen.insert(fingerprint(&script)) {
            return false;
        }
        if !check(&script).is_empty() {
            self.refused += 1;
            return false;
        }
        let holds = self.ask(&script);
        if holds {
            self.best = script;
        }
        holds
    }

    fn ask(&mut self, script: &Script) -> bool {
        let progress = Progress {
            tries: self.tries,
            budget: self.budget,
            steps: steps(&self.best),
        };
        if (self.progress)(&progress).is_break() {
            self.stopped = true;
            return false;
        }
        self.tries += 1;
        self.oracle.holds(script)
    }

    fn size_at(&mut self, place: Place) -> usize {
        self.look(place, &mut |knob| match knob {
            Knob::Steps(steps) => steps.len(),
            Knob::Items(items) => items.len(),
            Knob::List(list) => list.size(),
            _ => 0,
        })
    }

    fn kind_of(&mut self, level: Level, at: usize) -> Option<Kind> {
        self.look(Place { level, at }, &mut |knob| {
            Some(match knob {
                Knob::Steps(_) => Kind::Steps,
                Knob::Items(_) => Kind::Items,
                Knob::List(_) => Kind::List,
                Knob::Count(..) => Kind::Count,
                Knob::Int(_) => Kind::Int,
                Knob::Reset(_) => Kind::Reset,
            })
        })
    }

    fn look<T: Default>(&mut self, place: Place, read: &mut dyn FnMut(Knob<'_>) -> T) -> T {
        let mut found = T::default();
        at(&mut self.best, place, &mut |knob| found = read(knob));
        found
    }
}

/// The place of a knob: its level, and its index among the knobs of that level.
#[derive(Clone, Copy)]
struct Place {
    level: Level,
    at: usize,
}

#[derive(Clone, Copy)]
enum Kind {
    Steps,
    Items,
    List,
    Count,
    Int,
    Reset,
}

fn at(script: &mut Script, place: Place, visit: &mut dyn FnMut(Knob<'_>)) {
    let mut number = 0;
    walk(script, place.level, &mut |knob| {
        if number == place.at {
            visit(knob);
        }
        number += 1;
    });
}

fn remove(knob: Knob<'_>, range: std::ops::Range<usize>) {
    match knob {
        Knob::Steps(steps) => drop(steps.drain(range)),
        Knob::Items(items) => drop(items.drain(range)),
        Knob::List(list) => list.remove(range),
        _ => {}
    }
}

/// A hash that identifies a script. A collision is very unlikely.
fn fingerprint(script: &Script) -> u64 {
    let mut hasher = HashWriter(DefaultHasher::new());
    // Writing into a hasher cannot fail.
    let _ = write!(hasher, "{script:?}");
    hasher.0.finish()
}

struct HashWriter(DefaultHasher);

impl fmt::Write for HashWriter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}
