//! Several runs side by side: where two implementations disagree is a result to look at.

use std::collections::BTreeMap;

use serde::Serialize;

use super::catalogue::compare;
use super::result::{CaseResult, Ending, Run, Verdict, area, level_name};
use super::summary::Summary;
use crate::script::model::Level;

/// The number of the format as JSON.
pub const FORMAT: u32 = 1;

/// Several runs side by side: implementations × cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// [`FORMAT`].
    pub format: u32,
    /// What was checked, one a column.
    pub columns: Vec<Column>,
    /// The cases, in the order of their ids.
    pub rows: Vec<Row>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// What the run is called; no two columns have the same name.
    pub name: String,
    /// Its user agent, if it said one.
    pub user_agent: Option<String>,
    /// How many cases it has of each kind.
    pub summary: Summary,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The id.
    pub id: String,
    /// The requirement.
    pub about: String,
    /// How binding it is.
    pub level: Level,
    /// Where it comes from.
    pub sources: Vec<String>,
    /// Whether two targets do not do the same.
    pub disagree: bool,
    /// What became of it in each run: nothing if the run does not have the case.
    pub cells: Vec<Option<Cell>>,
}

/// What became of a case in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// How it went.
    pub verdict: Verdict,
    /// How the connection stood at the end.
    pub ending: Option<Ending>,
    /// What there is to say about it.
    pub note: Option<String>,
    /// What was expected.
    pub expected: Option<String>,
    /// What came instead.
    pub found: Option<String>,
    /// The command that repeats it.
    pub reproduce: String,
}

impl Matrix {
    /// Puts runs side by side. Each has a short name, such as that of its file, which who ran it
    /// has chosen; that of the target may be a long command.
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

    /// How many rows there are in which two targets do not do the same.
    pub fn disagreements(&self) -> usize {
        self.rows.iter().filter(|row| row.disagree).count()
    }

    /// The matrix as text: a row a case, a column a run.
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

    /// The part of the protocol that it is about.
    pub fn area(&self) -> &str {
        area(&self.id)
    }

    /// The level as it is written.
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

    /// What the target did, if it was asked: where implementations vary, the note is what it did.
    fn opinion(&self) -> Option<(Verdict, Option<&str>)> {
        match self.verdict {
            Verdict::Pass | Verdict::Weaker | Verdict::Fail => Some((self.verdict, None)),
            Verdict::Varies => Some((self.verdict, self.note.as_deref())),
            Verdict::Unsupported | Verdict::Error | Verdict::Skipped => None,
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
    fn a_row_a_case() {
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
        headers/pow/10       skipped      skipped
        inv/count/1          error        missing
        ping/pong/1          pass         pass
        ping/pong/2          varies       varies
        resources/slots/1    fail         fail
        ");
        assert_eq!(matrix().disagreements(), 2);
    }

    #[test]
    fn who_was_not_asked_does_not_disagree() {
        let mut other = sample::other_run();
        for case in &mut other.cases {
            case.verdict = Verdict::Unsupported;
        }
        let matrix = Matrix::of(&[("a".to_owned(), sample::run()), ("b".to_owned(), other)]);
        assert_eq!(matrix.disagreements(), 0);
    }

    #[test]
    fn runs_that_are_called_the_same_are_numbered() {
        let runs = ["old", "new", "old"].map(|file| (file.to_owned(), sample::run()));
        let names = Matrix::of(&runs)
            .columns
            .into_iter()
            .map(|column| column.name);
        assert_eq!(names.collect::<Vec<_>>(), ["old", "new", "old 2"]);
    }
}
