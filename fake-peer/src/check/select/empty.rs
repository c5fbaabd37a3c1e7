//! Why a selection leaves no case.

use super::Partition;
use crate::check::result::level_name;
use crate::script::model::Level;

/// Why a selection leaves no case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NothingLeft {
    /// There is nothing to select from.
    #[error("there are no cases to select from")]
    Catalogue,
    /// The patterns of [`Selection::skip`](super::Selection::skip) match every case.
    #[error("{} left out by the patterns to skip", all_of(*.of))]
    Skipped {
        /// The number of cases that they match.
        of: usize,
    },
    /// No case has one of the levels.
    #[error("{} of another level than {}", all_of(*.of), names(.levels))]
    Levels {
        /// The levels.
        levels: Vec<Level>,
        /// The number of cases, all of other levels.
        of: usize,
    },
    /// There are more parts than cases, so that some parts are empty.
    #[error("part {partition} is empty, since there {} to split", are(*.of))]
    Partition {
        /// The part.
        partition: Partition,
        /// The number of cases.
        of: usize,
    },
}

/// Formats a number of cases as the subject of a sentence.
fn all_of(cases: usize) -> String {
    match cases {
        1 => "the only case is".to_owned(),
        _ => format!("all {cases} cases are"),
    }
}

fn are(cases: usize) -> String {
    match cases {
        1 => "is 1 case".to_owned(),
        _ => format!("are {cases} cases"),
    }
}

fn names(levels: &[Level]) -> String {
    let names: Vec<_> = levels.iter().map(|level| level_name(*level)).collect();
    names.join(", ")
}
