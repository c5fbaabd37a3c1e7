//! Reading the scripts to play.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fake_peer::Network;
use fake_peer::script::player::{Prepared, StepPath};
use fake_peer::script::{load_beside, text};

use crate::cli::failure::Failure;
use crate::cli::network::beside;
use crate::cli::output;

/// A script that can be played, and its text.
#[derive(Debug, Clone)]
pub(super) struct ScriptFile {
    pub(super) name: String,
    /// Its path on the command line.
    pub(super) argument: String,
    pub(super) prepared: Arc<Prepared>,
    text: Arc<str>,
}

impl ScriptFile {
    /// Returns the place of a step, as the file and the line.
    pub(super) fn place(&self, path: &StepPath) -> String {
        let parsed = text::parse(&self.text).ok();
        match parsed.and_then(|parsed| text::line_of(&parsed, &self.text, path)) {
            Some(line) => format!("{}:{line}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Reads scripts and the scripts in folders, sorted by name. Prints the problems of every invalid
/// script on stderr.
pub(super) fn load_all(
    paths: &[PathBuf],
    network: Option<Network>,
    now: u64,
) -> Result<Vec<ScriptFile>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            find(path, &mut files).map_err(|error| unreadable(path, &error))?;
            if files.len() == before {
                let text = format!("{}: there are no .kdl files", path.display());
                return Err(Failure::Input(text));
            }
        } else {
            files.push(path.clone());
        }
    }
    let mut scripts = Vec::new();
    let mut bad = 0;
    for path in &files {
        match read(path, network, now)? {
            Some(script) => scripts.push(script),
            None => bad += 1,
        }
    }
    match bad {
        0 => Ok(scripts),
        1 => Err(Failure::Input("1 script is invalid".to_owned())),
        _ => Err(Failure::Input(format!("{bad} scripts are invalid"))),
    }
}

/// Finds the scripts in a folder. Symbolic links to folders are not followed, since they may form a
/// loop.
fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries: io::Result<Vec<_>> = fs::read_dir(folder)?.collect();
    let mut paths: Vec<_> = entries?.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            if !path.is_symlink() {
                find(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "kdl") {
            files.push(path);
        }
    }
    Ok(())
}

/// Reads a script, or prints its problems on stderr if it is invalid.
fn read(path: &Path, network: Option<Network>, now: u64) -> Result<Option<ScriptFile>, Failure> {
    let is_stdin = path == Path::new("-");
    let name = if is_stdin {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    };
    let mut text = String::new();
    let read = if is_stdin {
        io::stdin().read_to_string(&mut text).map(drop)
    } else {
        fs::read_to_string(path).map(|read| text = read)
    };
    read.map_err(|error| unreadable(path, &error))?;
    let files = beside(path);
    let script = match load_beside(&name, &text, &files) {
        Ok(script) => script,
        Err(problems) => {
            output::note(problems);
            return Ok(None);
        }
    };
    let prepared = match network {
        Some(network) => Prepared::on(network, script, now, &files),
        None => Prepared::new(script, now, &files),
    };
    let prepared = prepared.map_err(|error| Failure::Input(format!("{name}: {error}")))?;
    Ok(Some(ScriptFile {
        name,
        argument: path.display().to_string(),
        prepared: Arc::new(prepared),
        text: text.into(),
    }))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::Input(format!("{}: {error}", path.display()))
}
