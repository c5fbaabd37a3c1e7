//! The table of verbs.

use super::scope::Where;
use super::verb::Row;
use super::verbs::{OBSERVATIONS, STEPS};
use super::{chain, head, lie};

/// Every verb: where it may be used, its name, and a short description.
pub fn verbs() -> Vec<(Where, &'static str, &'static str)> {
    let mut verbs = Vec::new();
    verbs.extend(rows(Where::Head, head::ROWS));
    verbs.extend(rows(Where::Step, STEPS));
    verbs.extend(rows(Where::Observation, OBSERVATIONS));
    verbs.extend(rows(Where::Lie, lie::ROWS));
    verbs.extend(rows(Where::Fault, chain::FAULTS));
    verbs.extend(OTHERS.iter().copied());
    verbs
}

/// The words that are in no other table.
const OTHERS: &[(Where, &str, &str)] = &[
    (Where::File, "script", "one conversation"),
    (Where::Outcome, "pass", "an outcome with correct behaviour"),
    (
        Where::Outcome,
        "weaker",
        "an outcome that is allowed, but not the best",
    ),
    (Where::Outcome, "fail", "an outcome that is not allowed"),
    (Where::Expect, "capture", "keeps the value of a field"),
    (
        Where::Expect,
        "field",
        "tests a field whose name is a word of `expect`",
    ),
    (
        Where::Handshake,
        "offer",
        "messages between version and verack",
    ),
    (Where::Send, "lie", "makes a part of the message false"),
    (Where::Send, "split", "cuts the bytes into pieces"),
    (Where::Send, "truncate", "sends the first bytes only"),
    (Where::Send, "copies", "sends the same bytes several times"),
    (Where::Chain, "fault", "makes one header wrong"),
    (Where::List, "-", "an item"),
    (Where::List, "times", "an item several times"),
];

fn rows<R>(
    place: Where,
    rows: &[Row<R>],
) -> impl Iterator<Item = (Where, &'static str, &'static str)> {
    rows.iter().map(move |row| (place, row.name, row.about))
}

/// The words that are valid at a place.
pub(super) fn names(place: Where) -> Vec<&'static str> {
    let fits = |found: Where| match place {
        Where::Head => matches!(found, Where::Head | Where::Step | Where::Observation),
        Where::Step => matches!(found, Where::Step | Where::Observation),
        _ => found == place,
    };
    let verbs = verbs().into_iter().filter(|(found, ..)| fits(*found));
    verbs.map(|(_, name, _)| name).collect()
}
