//! `expect-one-of`: one of several outcomes.

use kdl::KdlNode;

use super::{read_all, read_observation, write_all, write_observation};
use crate::model::{Class, Expectation, Outcome, OutcomeSet, Step};
use crate::text::node::{Built, Reader};
use crate::text::phrases;
use crate::text::scope::Where;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "expect-one-of",
    about: "one of several outcomes",
    read: |r| Some(Step::Expect(Expectation::OneOf(read(r)))),
};

fn read(r: &mut Reader<'_>) -> OutcomeSet {
    let within = r.prop("within");
    r.no_children_but(Where::Outcome, &["pass", "weaker", "fail"]);
    let context = r.context();
    let outcomes = r.children().iter().filter_map(|node| {
        let class = class(node.name().value())?;
        read_outcome(class, Reader::new(node, context))
    });
    let outcomes = outcomes.collect();
    OutcomeSet { within, outcomes }
}

/// The class of an outcome that begins with this word.
pub(super) fn class(word: &str) -> Option<Class> {
    match word {
        "pass" => Some(Class::Pass),
        "weaker" => Some(Class::Weaker),
        "fail" => Some(Class::Fail),
        _ => None,
    }
}

pub(super) fn read_outcome(class: Class, r: Reader<'_>) -> Option<Outcome> {
    let context = r.context();
    context.step(r.span(), || read_what_follows(class, r))
}

fn read_what_follows(class: Class, mut r: Reader<'_>) -> Option<Outcome> {
    let note = match r.args_left() {
        0 => None,
        _ => r.arg("a note"),
    };
    let context = r.context();
    let Some((first, rest)) = r.children().split_first() else {
        return r.missing("what is observed, in braces");
    };
    let observation = read_observation(first, context);
    let then = read_all(rest, context);
    r.finish();
    Some(Outcome {
        class,
        note,
        observation: observation?,
        then,
    })
}

pub(super) fn write(set: &OutcomeSet) -> KdlNode {
    let outcome = |outcome: &Outcome| {
        Built::new(word(outcome.class))
            .args(outcome.note.clone())
            .children([write_observation(&outcome.observation)])
            .children(write_all(&outcome.then))
            .done()
    };
    Built::new(ROW.name)
        .opt("within", set.within)
        .block(set.outcomes.iter().map(outcome))
        .done()
}

fn word(class: Class) -> &'static str {
    match class {
        Class::Pass => "pass",
        Class::Weaker => "weaker",
        Class::Fail => "fail",
    }
}

pub(super) fn explain(set: &OutcomeSet) -> String {
    format!("One of these happens{}:", phrases::within(set.within))
}

/// The class of an outcome, then the sentence that says what the target does, then the note.
pub(super) fn explain_outcome(outcome: &Outcome, observed: &str) -> String {
    let note = outcome.note.iter().map(|note| format!(" ({note})"));
    format!(
        "{}: {observed}{}",
        word(outcome.class),
        note.collect::<String>()
    )
}
