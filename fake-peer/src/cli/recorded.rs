//! Options for writing a recording as scripts.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use fake_peer::record::{Recorded, Side, Writing};
use fake_peer::script::text;

use super::failure::Failure;
use super::network::NetworkArgs;
use super::number;
use super::output::{self, grouped};
use super::save::SaveFile;
use super::time_limit;

#[derive(Debug, clap::Args)]
pub(crate) struct Output {
    /// Script to write, which plays the node that dialled. The script that plays the node that
    /// listened gets the same name with .listener before the extension
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    path: PathBuf,
    /// Write only the script that plays this node
    #[arg(long = "as", value_name = "NODE")]
    plays: Option<Plays>,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
    /// Shortest pause of a node that its script repeats; 0s repeats every pause
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = time_limit::parse_or_none)]
    pauses: Duration,
    /// Stop recording, but not forwarding, after this many MiB
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = number::within(1..=4096_usize))]
    limit: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Plays {
    /// The node that opened the connection
    Dialler,
    /// The node that accepted it
    Listener,
}

impl From<Plays> for Side {
    fn from(plays: Plays) -> Self {
        match plays {
            Plays::Dialler => Self::Dialler,
            Plays::Listener => Self::Listener,
        }
    }
}

/// The files that a recording will fill.
pub(crate) struct Files {
    files: Vec<(Side, PathBuf, SaveFile)>,
}

impl Output {
    /// Returns the most bytes that are recorded.
    pub(crate) fn limit(&self) -> usize {
        self.limit << 20
    }

    /// Makes sure that the files can be written.
    pub(crate) fn create(&self) -> Result<Files, Failure> {
        let sides: Vec<(Side, PathBuf)> = match self.plays {
            Some(plays) => vec![(plays.into(), self.path.clone())],
            None => vec![
                (Side::Dialler, self.path.clone()),
                (Side::Listener, listener_path(&self.path)),
            ],
        };
        let open = |(side, path): (Side, PathBuf)| {
            let file = SaveFile::create(&path)?;
            Ok((side, path, file))
        };
        let files = sides
            .into_iter()
            .map(open)
            .collect::<Result<_, Failure>>()?;
        Ok(Files { files })
    }

    /// Writes the scripts, and reports on stderr what was written.
    pub(crate) fn write(
        &self,
        recorded: &Recorded,
        files: Files,
        about: &str,
        quiet: bool,
    ) -> Result<(), Failure> {
        let about = match recorded.stopped_at {
            Some(at) => format!("{about}, up to the limit of {} MiB at {at:.1?}", self.limit),
            None => about.to_owned(),
        };
        if recorded.stopped_at.is_some() {
            output::note(format_args!(
                "\x1b[1;33mwarning:\x1b[0m the limit of {} MiB was reached; later messages were not recorded",
                self.limit
            ));
        }
        let mut names = Vec::new();
        for (side, path, file) in files.files {
            let writing = Writing {
                name: name_of(&path),
                about: Some(about.clone()),
                network: self.network.beside(&path)?,
                pauses: self.pauses,
            };
            let script = recorded.script(side, &writing);
            file.finish(text::print(&script).as_bytes())?;
            names.push(path.display().to_string());
        }
        if !quiet {
            let count = grouped(recorded.messages().count() as u64);
            output::note(format_args!(
                "{count} messages written to {}",
                names.join(" and ")
            ));
        }
        Ok(())
    }
}

/// Returns the path of the listener's script: `talk.kdl` becomes `talk.listener.kdl`.
fn listener_path(path: &Path) -> PathBuf {
    let mut name = path.file_stem().map(OsString::from).unwrap_or_default();
    name.push(".listener");
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_script_is_beside_the_first() {
        for (path, other) in [
            ("talk.kdl", "talk.listener.kdl"),
            ("a.b/talk", "a.b/talk.listener"),
            ("a/b.c.kdl", "a/b.c.listener.kdl"),
        ] {
            assert_eq!(listener_path(Path::new(path)), Path::new(other));
        }
    }
}
