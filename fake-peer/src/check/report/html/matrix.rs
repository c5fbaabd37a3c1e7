//! The page for several runs.

use askama::Template;

use super::assets::Assets;
use super::summary::SummaryRow;
use crate::check::matrix::{Cell, Column, Matrix, Row};
use crate::check::report::words::count;
use crate::check::result::Verdict;
use crate::check::summary::Counts;

/// Writes several runs side by side as an HTML page.
///
/// # Errors
/// None: writing to a string does not fail.
pub fn matrix(matrix: &Matrix) -> askama::Result<String> {
    let cells = matrix
        .rows
        .iter()
        .flat_map(|row| row.cells.iter().flatten());
    let counts = Counts::of(cells.map(|cell| cell.verdict));
    let areas = matrix.rows.chunk_by(|one, next| one.area() == next.area());
    let row = |column| summary_row(column, &counts);
    let page = Page {
        assets: Assets::new(),
        heading: heading(matrix),
        columns: &matrix.columns,
        verdicts: counts.present().collect(),
        summary: matrix.columns.iter().map(row).collect(),
        disagreements: matrix.disagreements(),
        areas: areas.filter_map(Area::of).collect(),
        version: env!("CARGO_PKG_VERSION"),
    };
    page.render()
}

#[derive(Template)]
#[template(path = "matrix.html")]
struct Page<'a> {
    assets: Assets,
    heading: String,
    columns: &'a [Column],
    verdicts: Vec<(Verdict, usize)>,
    summary: Vec<SummaryRow<'a>>,
    disagreements: usize,
    areas: Vec<Area<'a>>,
    version: &'static str,
}

struct Area<'a> {
    name: &'a str,
    disagreements: usize,
    rows: &'a [Row],
}

impl<'a> Area<'a> {
    fn of(rows: &'a [Row]) -> Option<Self> {
        Some(Self {
            name: rows.first()?.area(),
            disagreements: rows.iter().filter(|row| row.disagree).count(),
            rows,
        })
    }
}

impl Cell {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let ending = self.ending.map(|ending| ending.name().to_owned());
        let facts = [
            ("note", self.note.clone()),
            ("expected", self.expected.clone()),
            ("found", self.found.clone()),
            ("ending", ending),
            ("again", Some(self.reproduce.clone())),
        ];
        let facts = facts.into_iter();
        facts
            .filter_map(|(name, fact)| Some((name, fact?)))
            .collect()
    }
}

fn summary_row<'a>(column: &'a Column, all: &Counts) -> SummaryRow<'a> {
    SummaryRow::of(
        &column.name,
        column.user_agent.as_deref(),
        &column.summary.all,
        all,
    )
}

fn heading(matrix: &Matrix) -> String {
    let targets = count(matrix.columns.len(), "target", "targets");
    let cases = count(matrix.rows.len(), "case", "cases");
    let disagreements = count(matrix.disagreements(), "disagreement", "disagreements");
    format!("{targets}, {cases}, {disagreements}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample;

    fn page(runs: [crate::check::Run; 2]) -> String {
        let [one, other] = runs;
        matrix(&Matrix::of(&[("a".into(), one), ("b".into(), other)])).unwrap()
    }

    #[test]
    fn a_disagreement_is_marked() {
        let page = page([sample::run(), sample::other_run()]);
        assert_eq!(page.matches("data-disagree=\"yes\"").count(), 2);
        assert!(page.contains("2 targets, 16 cases, 2 disagreements"));
        assert!(page.contains("This case is not in the run."));
    }

    #[test]
    fn no_text_breaks_out() {
        let page = page([sample::run(), sample::hostile()]);
        assert_eq!(page.matches("<script").count(), 1);
        assert!(!page.contains("<img"));
    }
}
