//! Replays the kept corpus of every fuzz target on a stable compiler.

use std::fs;
use std::path::Path;

use fake_peer_fuzz::{TARGETS, replay};

#[test]
fn every_kept_input_passes() {
    replay(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus")).unwrap();
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
