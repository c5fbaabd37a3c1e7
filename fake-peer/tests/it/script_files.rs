//! The cases of the catalogue are valid and formatted.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use fake_peer::script::text::{format, parse, print};
use fake_peer::script::{Script, load};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() >= 250);
    files
}

/// Every case: its file, what it says, and its text. They are read once for all tests.
static CASES: LazyLock<Vec<(PathBuf, Script, String)>> = LazyLock::new(|| {
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        match load(&path.display().to_string(), &text) {
            Ok(script) => (path, script, text),
            Err(problems) => panic!("{problems:#}"),
        }
    };
    files().into_iter().map(read).collect()
});

/// `headers/limit/1` of `headers/limit/1-two-thousand-and-one.kdl`.
fn id(path: &Path) -> String {
    let path = path.strip_prefix(folder()).unwrap();
    let (topic, file) = (path.parent().unwrap(), path.file_stem().unwrap());
    let (number, slug) = file.to_str().unwrap().split_once('-').unwrap();
    assert!(!slug.is_empty());
    format!("{}/{number}", topic.to_str().unwrap())
}

#[test]
fn every_script_is_valid_and_says_why_it_is_there() {
    for (path, script, _) in &*CASES {
        let name = path.display();
        assert!(script.about.is_some(), "{name} has no about");
        assert!(!script.sources.is_empty(), "{name} has no source");
        assert!(script.level.is_some(), "{name} has no level");
        assert_eq!(script.name, id(path), "{name}");
    }
}

#[test]
fn every_script_has_its_own_id() {
    let mut ids: Vec<_> = CASES.iter().map(|(_, script, _)| &script.name).collect();
    ids.sort();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn every_script_is_in_the_usual_form() {
    for (path, script, text) in &*CASES {
        assert_eq!(format("", text).unwrap(), *text, "{}", path.display());
        assert_eq!(parse(&print(script)).unwrap().script, *script);
    }
}
