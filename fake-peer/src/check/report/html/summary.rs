//! The table at the top of a page.

use crate::check::summary::Counts;

/// The number of cases by verdict, for a level or for a target.
pub(super) struct SummaryRow<'a> {
    pub(super) name: &'a str,
    /// A text after the name.
    pub(super) more: Option<&'a str>,
    pub(super) counts: &'a Counts,
    /// Whether this row is the sum of the others.
    pub(super) is_total: bool,
    /// The counts of the verdicts that have a column in the table.
    pub(super) numbers: Vec<usize>,
}

impl<'a> SummaryRow<'a> {
    /// Creates a row of a table with a column for each verdict that occurs in `all`.
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
