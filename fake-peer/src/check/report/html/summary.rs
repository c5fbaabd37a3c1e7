//! The table at the head of a page.

use crate::check::summary::Counts;

/// How many cases there are of each kind, at a level or of a target.
pub(super) struct SummaryRow<'a> {
    pub(super) name: &'a str,
    /// What stands behind the name.
    pub(super) more: Option<&'a str>,
    pub(super) counts: &'a Counts,
    /// Whether it is the sum of the others.
    pub(super) is_total: bool,
    /// Those of the verdicts that the table has a column for.
    pub(super) numbers: Vec<usize>,
}

impl<'a> SummaryRow<'a> {
    /// A row of a table with a column for each verdict that there is in `all`.
    pub(super) fn of(
        name: &'a str,
        more: Option<&'a str>,
        counts: &'a Counts,
        all: &Counts,
    ) -> Self {
        let numbers = all.present().map(|(verdict, _)| counts.get(verdict));
        Self {
            name,
            more,
            counts,
            is_total: false,
            numbers: numbers.collect(),
        }
    }
}
