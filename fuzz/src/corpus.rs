//! Replays the corpus of each target.

use std::path::Path;
use std::{fs, io};

use crate::TARGETS;

/// Runs each target's body on each file of its corpus, `corpus/TARGET`.
///
/// # Errors
/// If a folder cannot be read.
///
/// # Panics
/// If an input breaks a law, or a target has no input.
pub fn replay(corpus: &Path) -> io::Result<()> {
    for (target, body) in TARGETS {
        let mut count = 0;
        for input in fs::read_dir(corpus.join(target))? {
            let path = input?.path();
            println!("{target}: {}", path.display());
            body(&fs::read(&path)?);
            count += 1;
        }
        assert!(count > 0, "the corpus of target {target} is empty");
    }
    Ok(())
}
