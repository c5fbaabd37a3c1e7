//! The table of verbs.

use std::fmt;

use super::node::Reader;
use super::{chain, expect, head, send, step};
use crate::model::{FaultKind, Lie, Observation, Script, Step};

/// A row of a table: a word, and how what follows it is read.
pub(super) struct Row<R> {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) read: R,
}

/// Reads what a verb in the head of a script says into the script.
pub(super) type ReadHead = fn(&mut Reader<'_>, &mut Script);

/// Reads what follows a word.
pub(super) type Read<T> = fn(&mut Reader<'_>) -> Option<T>;

pub(super) const HEADS: &[Row<ReadHead>] = head::ROWS;
pub(super) const STEPS: &[Row<Read<Step>>] = step::ROWS;
pub(super) const OBSERVATIONS: &[Row<Read<Observation>>] = expect::ROWS;
pub(super) const LIES: &[Row<Read<Lie>>] = send::LIES;
pub(super) const FAULTS: &[Row<Read<FaultKind>>] = chain::FAULTS;

/// Where a verb may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Where {
    /// At the top of a file.
    File,
    /// In a script, before its steps.
    Head,
    /// In a script, or in a block of steps.
    Step,
    /// Where something is observed: as a step, or as an outcome.
    Observation,
    /// In the block of `expect-one-of`.
    Outcome,
    /// In the block of `expect`.
    Expect,
    /// In the block of `handshake`.
    Handshake,
    /// In the block of `send`.
    Send,
    /// Behind `lie`.
    Lie,
    /// In the block of `chain`.
    Chain,
    /// Behind `fault`.
    Fault,
    /// In a list.
    List,
}

/// Every verb: where it stands, its name, and what it does in a few words.
pub fn verbs() -> Vec<(Where, &'static str, &'static str)> {
    let mut verbs = Vec::new();
    verbs.extend(rows(Where::Head, HEADS));
    verbs.extend(rows(Where::Step, STEPS));
    verbs.extend(rows(Where::Observation, OBSERVATIONS));
    verbs.extend(rows(Where::Lie, LIES));
    verbs.extend(rows(Where::Fault, FAULTS));
    verbs.extend(OTHERS.iter().copied());
    verbs
}

/// The words that no other table has.
const OTHERS: &[(Where, &str, &str)] = &[
    (Where::File, "script", "one conversation"),
    (Where::Outcome, "pass", "an outcome as it should be"),
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

/// The words that may stand somewhere.
pub(super) fn names(place: Where) -> Vec<&'static str> {
    let fits = |found: Where| match place {
        Where::Head => matches!(found, Where::Head | Where::Step | Where::Observation),
        Where::Step => matches!(found, Where::Step | Where::Observation),
        _ => found == place,
    };
    let verbs = verbs().into_iter().filter(|(found, ..)| fits(*found));
    verbs.map(|(_, name, _)| name).collect()
}

/// The row of a word.
pub(super) fn find<'a, R>(rows: &'a [Row<R>], name: &str) -> Option<&'a Row<R>> {
    rows.iter().find(|row| row.name == name)
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::File => "at the top of a file",
            Self::Head => "in a script",
            Self::Step => "among steps",
            Self::Observation => "as an outcome",
            Self::Outcome => "in `expect-one-of`",
            Self::Expect => "in `expect`",
            Self::Handshake => "in `handshake`",
            Self::Send => "in `send`",
            Self::Lie => "behind `lie`",
            Self::Chain => "in `chain`",
            Self::Fault => "behind `fault`",
            Self::List => "in a list",
        })
    }
}
