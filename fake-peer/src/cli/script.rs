//! `fake-peer script`: checking, formatting and explaining scripts.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use fake_peer::script::text::format;
use fake_peer::script::{Diagnostics, Script, explain, load_beside};
use tempfile::NamedTempFile;

use super::failure::Failure;
use super::network::beside;
use super::output;

/// Check, format and explain scripts
///
/// The language is described in docs/script.md.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check that scripts are valid
    Check {
        /// Scripts to check; - is stdin
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Format scripts
    Fmt {
        /// Change nothing, and fail if a script is not formatted
        #[arg(long)]
        check: bool,
        /// Scripts to format in place; - formats stdin to stdout
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Explain what a script does, step by step
    Explain {
        /// Script to explain; - is stdin
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

pub(crate) fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Check { files } => for_each(&files, ["is invalid", "are invalid"], check),
        Command::Fmt { check: true, files } => for_each(
            &files,
            ["is not formatted", "are not formatted"],
            is_formatted,
        ),
        Command::Fmt {
            check: false,
            files,
        } => for_each(&files, ["is not valid KDL", "are not valid KDL"], rewrite),
        Command::Explain { file } => {
            let source = Source::read(&file)?;
            let Some(script) = source.script() else {
                return Err(Failure::Input(format!("{} is invalid", source.name)));
            };
            output::print(explain(&script).trim_end())
        }
    }
}

/// Applies `work` to every file, even if it fails for some.
fn for_each(
    files: &[PathBuf],
    [of_one, of_many]: [&str; 2],
    work: fn(&Source) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let mut bad = 0;
    for file in files {
        bad += u32::from(!work(&Source::read(file)?)?);
    }
    match bad {
        0 => Ok(()),
        1 => Err(Failure::Input(format!("1 script {of_one}"))),
        _ => Err(Failure::Input(format!("{bad} scripts {of_many}"))),
    }
}

fn check(source: &Source) -> Result<bool, Failure> {
    let is_right = source.script().is_some();
    if is_right {
        output::line(format!("{}: ok", source.name))?;
    }
    Ok(is_right)
}

fn is_formatted(source: &Source) -> Result<bool, Failure> {
    let is_formatted = source.formatted().is_some_and(|text| text == source.text);
    if !is_formatted {
        output::line(format!("{}: not formatted", source.name))?;
    }
    Ok(is_formatted)
}

fn rewrite(source: &Source) -> Result<bool, Failure> {
    let Some(text) = source.formatted() else {
        return Ok(false);
    };
    match &source.path {
        None => output::print(text.trim_end())?,
        Some(path) if text != source.text => replace(path, &text)
            .map_err(|error| Failure::Input(format!("{}: {error}", source.name)))?,
        Some(_) => {}
    }
    Ok(true)
}

/// The text of a script.
struct Source {
    /// None if it came from stdin.
    path: Option<PathBuf>,
    name: String,
    text: String,
}

impl Source {
    fn read(path: &Path) -> Result<Self, Failure> {
        let path = (path != Path::new("-")).then(|| path.to_owned());
        let name = path
            .as_ref()
            .map_or("stdin".to_owned(), |path| path.display().to_string());
        let mut text = String::new();
        let read = match &path {
            Some(path) => fs::read_to_string(path).map(|read| text = read),
            None => io::stdin().read_to_string(&mut text).map(drop),
        };
        read.map_err(|error| Failure::Input(format!("{name}: {error}")))?;
        Ok(Self { path, name, text })
    }

    /// Returns the script, or prints its problems on stderr.
    fn script(&self) -> Option<Script> {
        let path = self.path.as_deref().unwrap_or(Path::new("-"));
        load_beside(&self.name, &self.text, &beside(path))
            .map_err(|problems| complain(&problems))
            .ok()
    }

    /// Returns the formatted text, or prints its problems on stderr.
    fn formatted(&self) -> Option<String> {
        format(&self.name, &self.text)
            .map_err(|problems| complain(&problems))
            .ok()
    }
}

fn complain(problems: &Diagnostics) {
    output::note(problems);
}

/// Replaces a file as a whole, so that it is never left half written.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    // A link stays a link.
    let path = fs::canonicalize(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file()
        .set_permissions(fs::metadata(&path)?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}
