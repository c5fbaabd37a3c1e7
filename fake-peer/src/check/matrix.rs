//! Several runs side by side, which shows where implementations disagree.

use std::collections::BTreeMap;

use serde::Serialize;

use super::catalogue::compare;
use super::result::{CaseResult, Ending, Run, Verdict, area, level_name};
use super::summary::Summary;
use crate::script::model::Level;

/// The version of the JSON format.
pub const FORMAT: u32 = 1;

/// Several runs side by side: a row per case and a column per run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// [`FORMAT`].
    pub format: u32,
    /// The runs.
    pub columns: Vec<Column>,
    /// The cases, sorted by their ids.
    pub rows: Vec<Row>,
}

/// A run in a matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// The name of the run, which differs from that of every other column.
    pub name: String,
    /// The user agent of the target, if it sent one.
    pub user_agent: Option<String>,
    /// The number of cases by verdict and level.
    pub summary: Summary,
}

/// A case in a matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The id of the case.
    pub id: String,
    /// The requirement that the case checks.
    pub about: String,
    /// The level of the requirement.
    pub level: Level,
    /// The sources of the requirement.
    pub sources: Vec<String>,
    /// Whether two targets behave differently.
    pub disagree: bool,
    /// The result in each run, or `None` if the run does not have the case.
    pub cells: Vec<Option<Cell>>,
}

/// The result of a case in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The verdict.
    pub verdict: Verdict,
    /// The state of the connection at the end.
    pub ending: Option<Ending>,
    /// A note on the verdict.
    pub note: Option<String>,
    /// What was expected, if the case failed.
    pub expected: Option<String>,
    /// What was observed instead.
    pub found: Option<String>,
    /// The command that repeats the case.
    pub reproduce: String,
}

impl Matrix {
    /// Puts runs side by side. Each comes with a short name, such as that of its file, since the name
    /// of its target may be a long command.
    pub fn of(runs: &[(String, Run)]) -> Self {
        let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
        for (column, (_, run)) in runs.iter().enumerate() {
            for case in &run.cases {
                let row = rows
                    .entry(&case.id)
                    .or_insert_with(|| Row::new(case, runs.len()));
                row.cells[column] = Some(Cell::of(case));
            }
        }
        let mut rows: Vec<_> = rows.into_values().collect();
        rows.sort_by(|one, other| compare(&one.id, &other.id));
        for row in &mut rows {
            row.disagree = row.is_disagreement();
        }
        Self {
            format: FORMAT,
            columns: columns(runs),
            rows,
        }
    }

    /// Returns the number of rows in which two targets disagree.
    pub fn disagreements(&self) -> usize {
        self.rows.iter().filter(|row| row.disagree).count()
    }

    /// Formats the matrix as text, with a row per case and a column per run.
    pub fn text(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| &*column.name).collect();
        let id = self.rows.iter().map(|row| row.id.len()).max().unwrap_or(0);
        let widths: Vec<_> = names
            .iter()
            .map(|name| name.chars().count().max(11))
            .collect();
        let line = |first: &str, cells: Vec<&str>, last: &str| {
            let cells = cells
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("  {cell:<width$}"));
            let line = format!("{first:<id$}{}{last}", cells.collect::<String>());
            format!("{}\n", line.trim_end())
        };
        let mut text = line("", names, "");
        for row in &self.rows {
            let cells = row
                .cells
                .iter()
                .map(|cell| cell.as_ref().map_or("missing", |cell| cell.verdict.name()));
            let last = if row.disagree { "  ≠" } else { "" };
            text.push_str(&line(&row.id, cells.collect(), last));
        }
        text
    }
}

impl Row {
    fn new(case: &CaseResult, columns: usize) -> Self {
        Self {
            id: case.id.clone(),
            about: case.about.clone(),
            level: case.level,
            sources: case.sources.clone(),
            disagree: false,
            cells: vec![None; columns],
        }
    }

    /// Returns the area of the protocol, which is the first part of the id.
    pub fn area(&self) -> &str {
        area(&self.id)
    }

    /// Returns the name of the level.
    pub fn level_name(&self) -> &'static str {
        level_name(self.level)
    }

    fn is_disagreement(&self) -> bool {
        let mut opinions = self.cells.iter().flatten().filter_map(Cell::opinion);
        let first = opinions.next();
        opinions.any(|opinion| Some(opinion) != first)
    }
}

impl Cell {
    fn of(case: &CaseResult) -> Self {
        Self {
            verdict: case.verdict,
            ending: case.ending,
            note: case.note.clone(),
            expected: case.expected.clone(),
            found: case.found.clone(),
            reproduce: case.reproduce.clone(),
        }
    }

    /// Returns what the target did, if the case was run. Where implementations vary, the note says
    /// what it did.
    fn opinion(&self) -> Option<(Verdict, Option<&str>)> {
        match self.verdict {
            Verdict::Pass | Verdict::Weaker | Verdict::Fail => Some((self.verdict, None)),
            Verdict::Varies => Some((self.verdict, self.note.as_deref())),
            Verdict::Inconclusive | Verdict::Unsupported | Verdict::Error | Verdict::Skipped => {
                None
            }
        }
    }
}

fn columns(runs: &[(String, Run)]) -> Vec<Column> {
    let columns = runs.iter().enumerate().map(|(at, (name, run))| Column {
        name: match runs[..at].iter().filter(|(other, _)| other == name).count() {
            0 => name.clone(),
            before => format!("{name} {}", before + 1),
        },
        user_agent: run.target.seen.as_ref().map(|seen| seen.user_agent.clone()),
        summary: run.summary,
    });
    columns.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample;

    fn matrix() -> Matrix {
        Matrix::of(&[
            ("a".to_owned(), sample::run()),
            ("b".to_owned(), sample::other_run()),
        ])
    }

    #[test]
    fn a_row_for_each_case() {
        insta::assert_snapshot!(matrix().text(), @"
                             a            b
        addr/count/1         pass         pass
        envelope/checksum/1  pass         pass
        envelope/length/1    fail         pass         ≠
        envelope/length/2    fail         fail
        filters/bloom/1      unsupported  unsupported
        handshake/nonce/1    weaker       weaker
        handshake/order/2    varies       varies       ≠
        headers/limit/1      pass         pass
        headers/limit/2      pass         pass
        headers/pow/1        fail         fail
        headers/pow/2        inconclusive  inconclusive
        headers/pow/10       skipped      skipped
        inv/count/1          error        missing
        ping/pong/1          pass         pass
        ping/pong/2          varies       varies
        resources/slots/1    fail         fail
        ");
        assert_eq!(matrix().disagreements(), 2);
    }

    #[test]
    fn a_case_that_was_not_run_is_no_disagreement() {
        let mut other = sample::other_run();
        for case in &mut other.cases {
            case.verdict = Verdict::Unsupported;
        }
        let matrix = Matrix::of(&[("a".to_owned(), sample::run()), ("b".to_owned(), other)]);
        assert_eq!(matrix.disagreements(), 0);
    }

    #[test]
    fn runs_with_the_same_name_are_numbered() {
        let runs = ["old", "new", "old"].map(|file| (file.to_owned(), sample::run()));
        let names = Matrix::of(&runs)
            .columns
            .into_iter()
            .map(|column| column.name);
        assert_eq!(names.collect::<Vec<_>>(), ["old", "new", "old 2"]);
    }
}
