//! Selecting the cases to run.

mod empty;

use std::fmt;
use std::str::FromStr;

pub use empty::NothingLeft;
use glob::{MatchOptions, Pattern};

use super::catalogue::{Case, Catalogue};
use crate::script::model::Level;
use crate::script::text::nearest;

/// A selection of cases. The default selects all of them.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Selects the cases that match one of these patterns, or every case if there are none.
    pub only: Vec<IdPattern>,
    /// Leaves out the cases that match one of these patterns.
    pub skip: Vec<IdPattern>,
    /// Selects the cases of these levels, or of every level if there are none.
    pub levels: Vec<Level>,
    /// Selects a part of the remaining cases, to split a run between machines.
    pub partition: Option<Partition>,
}

/// A pattern for ids: `headers/limit/1`, `headers/*/1`, `**/pow/*`, or `headers` for everything
/// below it.
///
/// `*` and `?` do not match a slash, but `**` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdPattern(Pattern);

/// One of several parts of a selection, written `2/5`.
///
/// Each case is in exactly one part, and the sizes of the parts differ by at most one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// The number of the part, from 1.
    part: usize,
    /// The number of parts.
    of: usize,
}

/// The error for a pattern that is invalid or that no case matches, and for a selection of no cases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// The pattern is invalid.
    #[error("invalid pattern `{pattern}`: {reason}")]
    Pattern {
        /// The text of the pattern.
        pattern: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No case matches the pattern, so it is probably misspelt.
    #[error("no case matches `{pattern}`{}", did_you_mean(.nearest.as_deref()))]
    NoMatch {
        /// The pattern.
        pattern: IdPattern,
        /// The most similar id or folder, if one is similar enough.
        nearest: Option<String>,
    },
    /// The selection leaves no case. A run of it would find nothing, and look like a success.
    #[error("no case is selected: {0}")]
    Empty(NothingLeft),
}

/// The error for a text that is not a [`Partition`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected the number of a part and the number of parts, such as 2/5")]
pub struct PartitionError;

impl Selection {
    /// Selects the cases that match one of these patterns.
    ///
    /// # Errors
    /// [`SelectionError::Pattern`] for the first invalid pattern.
    pub fn of_ids<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, SelectionError> {
        let only = patterns.into_iter().map(str::parse);
        Ok(Self {
            only: only.collect::<Result<_, _>>()?,
            ..Self::default()
        })
    }

    /// Returns the selected cases, in the order of the catalogue.
    ///
    /// # Errors
    /// [`SelectionError::NoMatch`] for the first pattern that no case matches, and
    /// [`SelectionError::Empty`] if no case is left.
    pub fn of<'a>(&self, catalogue: &'a Catalogue) -> Result<Vec<&'a Case>, SelectionError> {
        let ids: Vec<&str> = catalogue.cases().iter().map(Case::id).collect();
        for pattern in self.only.iter().chain(&self.skip) {
            pattern.must_match(&ids)?;
        }
        let mut cases: Vec<_> = catalogue.cases().iter().collect();
        not_empty(&cases, || NothingLeft::Catalogue)?;
        let matches = |patterns: &[IdPattern], case: &Case| {
            patterns.iter().any(|pattern| pattern.matches(case.id()))
        };
        cases.retain(|case| self.only.is_empty() || matches(&self.only, case));
        let of = cases.len();
        cases.retain(|case| !matches(&self.skip, case));
        not_empty(&cases, || NothingLeft::Skipped { of })?;
        let of = cases.len();
        cases.retain(|case| self.has_level(case));
        not_empty(&cases, || NothingLeft::Levels {
            levels: self.levels.clone(),
            of,
        })?;
        if let Some(partition @ Partition { part, of }) = self.partition {
            let all = cases.len();
            cases = cases.into_iter().skip(part - 1).step_by(of).collect();
            not_empty(&cases, || NothingLeft::Partition { partition, of: all })?;
        }
        Ok(cases)
    }

    fn has_level(&self, case: &Case) -> bool {
        let level = |level: &Level| case.script().level == Some(*level);
        self.levels.is_empty() || self.levels.iter().any(level)
    }
}

fn not_empty(cases: &[&Case], reason: impl FnOnce() -> NothingLeft) -> Result<(), SelectionError> {
    if cases.is_empty() {
        return Err(SelectionError::Empty(reason()));
    }
    Ok(())
}

impl IdPattern {
    /// Returns whether an id, or a folder that contains it, matches.
    pub fn matches(&self, id: &str) -> bool {
        let options = MatchOptions {
            require_literal_separator: true,
            ..MatchOptions::new()
        };
        let ends = id.match_indices('/').map(|(end, _)| end);
        ends.chain([id.len()])
            .any(|end| self.0.matches_with(&id[..end], options))
    }

    /// Makes sure that one of these ids matches, since otherwise the pattern is probably misspelt.
    ///
    /// # Errors
    /// [`SelectionError::NoMatch`], with the most similar id or folder.
    pub fn must_match(&self, ids: &[&str]) -> Result<(), SelectionError> {
        if ids.iter().any(|id| self.matches(id)) {
            return Ok(());
        }
        let known: Vec<&str> = ids.iter().copied().flat_map(with_folders).collect();
        Err(SelectionError::NoMatch {
            pattern: self.clone(),
            nearest: nearest(self.0.as_str(), &known).map(ToOwned::to_owned),
        })
    }
}

impl FromStr for IdPattern {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, SelectionError> {
        let error = |error: glob::PatternError| SelectionError::Pattern {
            pattern: text.to_owned(),
            reason: error.msg,
        };
        Pattern::new(text.trim_end_matches('/'))
            .map(Self)
            .map_err(error)
    }
}

impl fmt::Display for IdPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.as_str())
    }
}

impl FromStr for Partition {
    type Err = PartitionError;

    fn from_str(text: &str) -> Result<Self, PartitionError> {
        let (part, of) = text.split_once('/').ok_or(PartitionError)?;
        let number = |text: &str| text.parse().map_err(|_| PartitionError);
        let (part, of) = (number(part)?, number(of)?);
        if part == 0 || part > of {
            return Err(PartitionError);
        }
        Ok(Self { part, of })
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

fn with_folders(id: &str) -> impl Iterator<Item = &str> {
    let folders = id.match_indices('/').map(|(end, _)| &id[..end]);
    folders.chain([id])
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        let ids = [
            "headers/limit/1",
            "headers/limit/2",
            "headers/pow/1",
            "ping/pong/1",
            "ping/pong/2",
        ];
        let cases = ids.map(|id| {
            let level = if id.ends_with('2') { "must" } else { "reference" };
            let text = format!(
                "script \"{id}\" network=regtest {{\nabout \"x\"\nsource \"x\"\nlevel {level}\nhandshake\n}}"
            );
            Case::new(&format!("{id}-slug.kdl"), &text).unwrap()
        });
        Catalogue::new(cases.into()).unwrap()
    }

    fn patterns(patterns: &[&str]) -> Vec<IdPattern> {
        patterns
            .iter()
            .map(|pattern| pattern.parse().unwrap())
            .collect()
    }

    fn ids(selection: &Selection) -> Vec<String> {
        let catalogue = catalogue();
        let cases = selection.of(&catalogue).unwrap();
        cases.iter().map(|case| case.id().to_owned()).collect()
    }

    fn only(only: &[&str]) -> Vec<String> {
        ids(&Selection {
            only: patterns(only),
            ..Selection::default()
        })
    }

    #[test]
    fn a_pattern_selects_what_it_matches_and_everything_below() {
        assert_eq!(only(&[]).len(), 5);
        assert_eq!(only(&["ping"]), ["ping/pong/1", "ping/pong/2"]);
        assert_eq!(only(&["ping/"]), ["ping/pong/1", "ping/pong/2"]);
        assert_eq!(only(&["*/*/1", "headers/limit/2"]).len(), 4);
        assert_eq!(only(&["**/pow/*"]), ["headers/pow/1"]);
        assert_eq!(
            only(&["headers/l*"]),
            ["headers/limit/1", "headers/limit/2"]
        );
    }

    #[test]
    fn skipped_cases_and_cases_of_other_levels_are_left_out() {
        let selection = Selection {
            only: patterns(&["headers"]),
            skip: patterns(&["headers/pow"]),
            levels: vec![Level::Must],
            partition: None,
        };
        assert_eq!(ids(&selection), ["headers/limit/2"]);
    }

    #[test]
    fn each_case_is_in_one_part_and_the_parts_have_the_same_size() {
        let part = |partition: &str| {
            ids(&Selection {
                partition: Some(partition.parse().unwrap()),
                ..Selection::default()
            })
        };
        let parts = [part("1/2"), part("2/2")];
        assert_eq!(parts.each_ref().map(Vec::len), [3, 2]);
        let mut all = parts.concat();
        all.sort();
        assert_eq!(all, ids(&Selection::default()));
        for text in ["", "1", "0/2", "3/2", "-1/2", "1/0", "a/b"] {
            assert!(text.parse::<Partition>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_pattern_without_a_match_is_an_error() {
        let of = |pattern: &str| {
            let selection = Selection {
                skip: patterns(&[pattern]),
                ..Selection::default()
            };
            selection.of(&catalogue()).unwrap_err().to_string()
        };
        assert_eq!(
            of("header/limit"),
            "no case matches `header/limit`; did you mean `headers/limit`?"
        );
        assert_eq!(of("envelope"), "no case matches `envelope`");
    }

    #[test]
    fn a_selection_without_a_case_is_an_error_with_the_reason() {
        let error = |selection: Selection| selection.of(&catalogue()).unwrap_err().to_string();
        let ping = || Selection {
            only: patterns(&["ping"]),
            ..Selection::default()
        };
        assert_eq!(
            error(Selection {
                skip: patterns(&["**/pong"]),
                ..ping()
            }),
            "no case is selected: all 2 cases are left out by the patterns to skip"
        );
        assert_eq!(
            error(Selection {
                skip: patterns(&["ping/pong/2"]),
                levels: vec![Level::Must, Level::Varies],
                ..ping()
            }),
            "no case is selected: the only case is of another level than must, varies"
        );
        assert_eq!(
            error(Selection {
                partition: Some("3/3".parse().unwrap()),
                ..ping()
            }),
            "no case is selected: part 3/3 is empty, since there are 2 cases to split"
        );
        let nothing = Catalogue::new(Vec::new()).unwrap();
        let error = Selection::default().of(&nothing).unwrap_err();
        let expected = "no case is selected: there are no cases to select from";
        assert_eq!(error.to_string(), expected);
    }
}
