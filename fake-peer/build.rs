//! Lists the case files, so that they are compiled in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    // Cargo looks at all files in the folder, and at the folder for new ones.
    println!("cargo::rerun-if-changed=cases");
    let mut cases = Vec::new();
    let folder = PathBuf::from(env("CARGO_MANIFEST_DIR")?).join("cases");
    if folder.is_dir() {
        find(&folder, &mut cases)?;
    }
    cases.sort();
    let rows = cases.iter().map(|path| row(path, &folder));
    let table = format!("&[\n{}]\n", rows.collect::<String>());
    fs::write(Path::new(&env("OUT_DIR")?).join("cases.rs"), table)
}

fn find(folder: &Path, cases: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, cases)?;
        } else if path.extension().is_some_and(|kind| kind == "kdl") {
            cases.push(path);
        }
    }
    Ok(())
}

/// The path of a case below the folder, with slashes on any system, and its text.
fn row(path: &Path, folder: &Path) -> String {
    let below = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    let absolute = path.to_string_lossy();
    format!("({:?}, include_str!({absolute:?})),\n", parts.join("/"))
}

fn env(name: &str) -> io::Result<String> {
    std::env::var(name).map_err(io::Error::other)
}
