//! Prints the results of the last `cargo bench` as Markdown: a table of ratios for each group, and
//! the machine that they were measured on.

#![forbid(unsafe_code)]

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use fake_peer_benches::{hash_path, machine, report};

fn main() -> ExitCode {
    let folder = env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("target/criterion"), PathBuf::from);
    let tables = report::read(&folder).map(|benches| report::tables(&benches));
    match (tables, hash_path()) {
        (Ok(tables), Ok(path)) => {
            println!("{}\n{tables}", machine::description(path));
            ExitCode::SUCCESS
        }
        (Err(error), _) => failure(&error),
        (_, Err(error)) => failure(&error),
    }
}

fn failure(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(2)
}
