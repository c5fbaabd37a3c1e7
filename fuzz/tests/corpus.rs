//! Replays the kept corpus of every fuzz target on a stable compiler.

use std::fs;
use std::path::{Path, PathBuf};

use fake_peer_fuzz::TARGETS;

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fixtures/corpus")
        .join(target)
}

#[test]
fn every_kept_input_passes() {
    for (target, body) in TARGETS {
        let inputs = fs::read_dir(corpus(target)).unwrap_or_else(|error| {
            panic!("target {target} has no corpus: {error}");
        });
        let mut count = 0;
        for input in inputs {
            let path = input.unwrap().path();
            println!("{target}: {}", path.display());
            body(&fs::read(&path).unwrap());
            count += 1;
        }
        assert!(count > 0, "the corpus of target {target} is empty");
    }
}

#[test]
fn every_target_is_listed() {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets");
    let mut files: Vec<String> = fs::read_dir(targets)
        .unwrap()
        .map(|file| {
            file.unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    files.sort();
    let mut listed: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    listed.sort_unstable();
    assert_eq!(files, listed);
}
