//! `fake-peer matrix`: several runs of the suite side by side.

use std::fs;
use std::path::{Path, PathBuf};

use fake_peer::check::report::{self, html};
use fake_peer::check::{Matrix, Run};

use super::failure::Failure;
use super::output::{line, print};

/// Compare several runs of the conformance suite
///
/// Reads the reports that `fake-peer check --json` wrote and prints them side by side. A row is
/// marked if two targets disagree: one of them is wrong, or the protocol allows both.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// JSON reports to compare
    #[arg(required = true, value_name = "FILE")]
    runs: Vec<PathBuf>,
    /// Write a self-contained HTML page (or JSON, with --json) to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, quiet: bool) -> Result<(), Failure> {
    let runs = args.runs.iter().map(|file| read(file));
    let matrix = Matrix::of(&runs.collect::<Result<Vec<_>, _>>()?);
    let text = match (&args.output, args.json) {
        (_, true) => serde_json::to_string_pretty(&matrix)
            .map_err(|error| Failure::Internal(error.into()))?,
        (Some(_), false) => html::matrix(&matrix)
            .map_err(|error| Failure::Internal(std::io::Error::other(error)))?,
        (None, false) => matrix.text(),
    };
    let Some(file) = &args.output else {
        return print(text.trim_end());
    };
    fs::write(file, text).map_err(|error| of_file(file, &error))?;
    if quiet {
        return Ok(());
    }
    line(format!(
        "{}: {} cases, {} disagreements",
        file.display(),
        matrix.rows.len(),
        matrix.disagreements()
    ))
}

/// Reads a run, and names it after its file without the extension.
fn read(file: &Path) -> Result<(String, Run), Failure> {
    let text = fs::read_to_string(file).map_err(|error| of_file(file, &error))?;
    let run = report::read(&text).map_err(|error| of_file(file, &error))?;
    let name = file.file_stem().unwrap_or(file.as_os_str());
    Ok((name.to_string_lossy().into_owned(), run))
}

fn of_file(file: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::Input(format!("{}: {error}", file.display()))
}
