//! The cases of the suite, each of which is a script in a file of its own.

use std::cmp::Ordering;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fake_peer_core::Network;

use include_dir::{Dir, include_dir};

use crate::script::network::{NetworkError, resolve};
use crate::script::text::parse;
use crate::script::{Diagnostics, Files, Script, load_beside};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/cases");

/// A set of cases, sorted by their ids.
#[derive(Debug, Clone)]
pub struct Catalogue {
    cases: Vec<Case>,
}

/// A case: a script with a requirement, its level, and its sources.
#[derive(Debug, Clone)]
pub struct Case {
    path: String,
    text: Arc<str>,
    script: Arc<Script>,
    network: Network,
}

/// The error for files that are not a catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file or folder cannot be read.
    #[error("{}: {error}", .path.display())]
    Read {
        /// The path of the file or folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        error: io::Error,
    },
    /// A script is invalid.
    #[error("{0}")]
    Script(Diagnostics),
    /// The name of a script does not match its path.
    #[error("{path}: the script is called `{found}`, expected `{expected}`")]
    Id {
        /// The path of the file.
        path: String,
        /// The name of the script.
        found: String,
        /// The name that the path implies.
        expected: String,
    },
    /// A script lacks something that a case needs.
    #[error("{path}: the script has no `{missing}`")]
    Missing {
        /// The path of the file.
        path: String,
        /// The name of the missing node.
        missing: &'static str,
    },
    /// The network of the script is unknown, or its definition is invalid.
    #[error("{path}: {error}")]
    Network {
        /// The path of the file.
        path: String,
        /// The error of resolving the network.
        error: NetworkError,
    },
    /// Two files have the same id.
    #[error("{} and {} are both `{id}`", .paths[0], .paths[1])]
    Twice {
        /// The id that is used twice.
        id: String,
        /// The paths of the files.
        paths: [String; 2],
    },
}

impl Catalogue {
    /// Returns the catalogue that is built into fake-peer.
    ///
    /// # Errors
    /// None in a release, since a test checks every file.
    pub fn embedded() -> Result<Self, CatalogueError> {
        // A test checks the scripts. Checking them here would take longer than parsing them.
        let read = |(path, text): (String, &str)| {
            let parsed = parse(text).map_err(|problems| Diagnostics::new(&path, text, problems));
            let script = parsed.map_err(CatalogueError::Script)?.script;
            Case::of(script, &path, text, &|_| None)
        };
        let cases = embedded_files(&EMBEDDED).map(read);
        Self::new(cases.collect::<Result<_, _>>()?)
    }

    /// Returns the ids of the cases that are built into fake-peer, without reading the scripts.
    pub fn embedded_ids() -> impl Iterator<Item = String> {
        embedded_files(&EMBEDDED).map(|(path, _)| id_of(&path))
    }

    /// Reads the scripts in a folder and in the folders below it.
    ///
    /// # Errors
    /// [`CatalogueError`] for the first file that cannot be read or is not a case, and for an id that
    /// is used twice.
    pub fn from_dir(folder: &Path) -> Result<Self, CatalogueError> {
        let mut cases = Vec::new();
        read_folder(folder, "", &mut cases)?;
        Self::new(cases)
    }

    pub(super) fn new(mut cases: Vec<Case>) -> Result<Self, CatalogueError> {
        cases.sort_by(|one, other| compare(one.id(), other.id()));
        for pair in cases.windows(2) {
            if pair[0].id() == pair[1].id() {
                return Err(CatalogueError::Twice {
                    id: pair[0].id().to_owned(),
                    paths: [pair[0].path.clone(), pair[1].path.clone()],
                });
            }
        }
        Ok(Self { cases })
    }

    /// Returns the cases, sorted by their ids.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }
}

impl Case {
    /// Reads a case. `path` is its path in the catalogue, with slashes.
    ///
    /// # Errors
    /// [`CatalogueError`] if the script is invalid, or lacks something that a case needs.
    pub fn new(path: &str, text: &str) -> Result<Self, CatalogueError> {
        Self::beside(path, text, &|_| None)
    }

    /// As [`Case::new`], for a case whose network may be defined in one of the `files` of its
    /// folder.
    ///
    /// # Errors
    /// As [`Case::new`].
    pub fn beside(path: &str, text: &str, files: Files<'_>) -> Result<Self, CatalogueError> {
        let script = load_beside(path, text, files).map_err(CatalogueError::Script)?;
        Self::of(script, path, text, files)
    }

    fn of(
        script: Script,
        path: &str,
        text: &str,
        files: Files<'_>,
    ) -> Result<Self, CatalogueError> {
        let missing = |missing| CatalogueError::Missing {
            path: path.to_owned(),
            missing,
        };
        let expected = id_of(path);
        if script.name != expected {
            return Err(CatalogueError::Id {
                path: path.to_owned(),
                found: script.name,
                expected,
            });
        }
        script.about.as_ref().ok_or(missing("about"))?;
        script.level.ok_or(missing("level"))?;
        script.sources.first().ok_or(missing("source"))?;
        let network = resolve(&script.network, files).map_err(|error| CatalogueError::Network {
            path: path.to_owned(),
            error,
        })?;
        Ok(Self {
            path: path.to_owned(),
            text: text.into(),
            script: Arc::new(script),
            network,
        })
    }

    /// Returns the id, such as `headers/limit/1`. The id of a case never changes.
    pub fn id(&self) -> &str {
        &self.script.name
    }

    /// Returns the path of the file in the catalogue, such as `headers/limit/1-one-too-many.kdl`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the text of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the network of the script.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Returns the script.
    pub fn script(&self) -> &Arc<Script> {
        &self.script
    }
}

/// Returns the id that a path implies: the path up to the number.
fn id_of(path: &str) -> String {
    let path = path.strip_suffix(".kdl").unwrap_or(path);
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let number = name.split_once('-').map_or(name, |(number, _)| number);
    format!("{folder}/{number}")
}

/// Compares ids part by part, and numbers by value, so that 2 precedes 10.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let key = |part: &str| part.parse::<u32>();
    let by_part = |(one, other): (&str, &str)| match (key(one), key(other)) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        _ => one.cmp(other),
    };
    let parts = one.split('/').zip(other.split('/'));
    let order = parts.map(by_part).find(|order| order.is_ne());
    order.unwrap_or_else(|| one.cmp(other))
}

/// Returns the path of each file in a compiled-in folder, with slashes, and the text of the file.
fn embedded_files<'d>(folder: &'d Dir<'d>) -> Box<dyn Iterator<Item = (String, &'d str)> + 'd> {
    let files = folder.files().map(|file| {
        let parts: Vec<_> = file.path().iter().map(|it| it.to_string_lossy()).collect();
        (parts.join("/"), file.contents_utf8().unwrap_or_default())
    });
    Box::new(files.chain(folder.dirs().flat_map(embedded_files)))
}

fn read_folder(folder: &Path, inside: &str, cases: &mut Vec<Case>) -> Result<(), CatalogueError> {
    let error = |path: &Path, error| CatalogueError::Read {
        path: path.to_owned(),
        error,
    };
    for entry in fs::read_dir(folder).map_err(|found| error(folder, found))? {
        let entry = entry.map_err(|found| error(folder, found))?;
        let path = entry.path();
        let name = format!("{inside}{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            read_folder(&path, &format!("{name}/"), cases)?;
        } else if path.extension().is_some_and(|kind| kind == "kdl") {
            let text = fs::read_to_string(&path).map_err(|found| error(&path, found))?;
            let beside = |file: &str| fs::read(folder.join(file)).ok();
            cases.push(Case::beside(&name, &text, &beside)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::text::format;

    const CASE: &str = r#"script "ping/pong/1" network=regtest {
    about "a ping is answered with its nonce"
    source "BIP31"
    level must
    handshake
    barrier
}
"#;

    #[test]
    fn the_built_in_cases_are_those_of_the_folder_and_are_valid() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
        assert!(embedded_files(&EMBEDDED).count() >= 250);
        let checked = match Catalogue::from_dir(&folder) {
            Ok(catalogue) => catalogue,
            Err(error) => panic!("{error:#}"),
        };
        let parsed = Catalogue::embedded().unwrap();
        let (mut built_in, mut there) = (parsed.cases.iter(), checked.cases.iter());
        loop {
            let (one, other) = (built_in.next(), there.next());
            let path = |case: Option<&Case>| case.map(|case| case.path.clone());
            assert_eq!(path(one), path(other));
            let (Some(one), Some(other)) = (one, other) else {
                break;
            };
            assert_eq!(one.text, other.text, "{}", one.path);
        }
        let mut ids: Vec<_> = Catalogue::embedded_ids().collect();
        ids.sort_by(|one, other| compare(one, other));
        let parsed: Vec<_> = parsed.cases.iter().map(Case::id).collect();
        assert_eq!(ids, parsed);
    }

    #[test]
    fn the_built_in_cases_are_formatted() {
        let is_other = |(path, text): &(String, &str)| format(path, text).unwrap() != *text;
        let others: Vec<_> = embedded_files(&EMBEDDED)
            .filter(is_other)
            .map(|(path, _)| path)
            .collect();
        assert!(
            others.is_empty(),
            "`fake-peer script fmt` changes {others:?}"
        );
    }

    #[test]
    fn the_id_is_the_path_without_the_slug() {
        let case = Case::new("ping/pong/1-nonce.kdl", CASE).unwrap();
        assert_eq!(case.id(), "ping/pong/1");
        let error = Case::new("ping/pong/2-nonce.kdl", CASE).unwrap_err();
        insta::assert_snapshot!(error, @"ping/pong/2-nonce.kdl: the script is called `ping/pong/1`, expected `ping/pong/2`");
    }

    #[test]
    fn a_case_needs_a_requirement_a_level_and_a_source() {
        for missing in ["about", "source", "level"] {
            let lines = CASE.lines().filter(|line| !line.contains(missing));
            let text: Vec<_> = lines.collect();
            let error = Case::new("ping/pong/1.kdl", &text.join("\n")).unwrap_err();
            let says = format!("ping/pong/1.kdl: the script has no `{missing}`");
            assert_eq!(error.to_string(), says);
        }
    }

    #[test]
    fn no_id_is_used_twice() {
        let cases = ["ping/pong/1-one.kdl", "ping/pong/1-other.kdl"];
        let cases = cases.map(|path| Case::new(path, CASE).unwrap());
        let error = Catalogue::new(cases.into()).unwrap_err();
        insta::assert_snapshot!(error, @"ping/pong/1-one.kdl and ping/pong/1-other.kdl are both `ping/pong/1`");
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        let mut ids = ["a/b/10", "a/b/2", "a/a/3", "a/b", "b/a/1"];
        ids.sort_by(|one, other| compare(one, other));
        assert_eq!(ids, ["a/a/3", "a/b", "a/b/2", "a/b/10", "b/a/1"]);
    }
}
