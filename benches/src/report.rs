//! Criterion's own files, read and printed as tables.
//!
//! Criterion leaves `benchmark.json` and `sample.json` in the folder `new` of each bench. A sample
//! is a number of runs and the nanoseconds that they took together. The least quotient is the time
//! that other work on the machine disturbed least, and the median shows how much it did.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;

/// The bench that the ratios of a group refer to; in other groups it is `crate bitcoin`.
const REFERENCES: [(&str, &str); 2] = [
    ("hash256", "crate sha2"),
    ("validation", "crate bitcoin, one by one"),
];

/// A bench: its name, and nanoseconds for each element (or for each run, if it has no elements).
#[derive(Debug, Clone, PartialEq)]
pub struct Bench {
    group: String,
    name: String,
    per_element: bool,
    least: f64,
    median: f64,
    bytes_per_element: Option<f64>,
}

/// Why a report cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file or folder cannot be read.
    #[error("{}: {error}", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// A file is not in criterion's format.
    #[error("{}: {error}", path.display())]
    Json {
        /// The path.
        path: PathBuf,
        /// The error of the JSON reader.
        error: serde_json::Error,
    },
    /// Nothing has been measured yet.
    #[error("{}: no benches found; run `just bench` first", .0.display())]
    Empty(PathBuf),
}

#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
    throughput: Option<Throughput>,
}

#[derive(Clone, Copy, Deserialize)]
enum Throughput {
    Bytes(f64),
    Elements(f64),
    ElementsAndBytes { elements: f64, bytes: f64 },
}

#[derive(Deserialize)]
struct Sample {
    iters: Vec<f64>,
    times: Vec<f64>,
}

/// Reads every bench under `folder`, criterion's output folder.
///
/// # Errors
///
/// Something cannot be read, or there is nothing to be read.
pub fn read(folder: &Path) -> Result<Vec<Bench>, ReportError> {
    let mut benches = Vec::new();
    for group in folders(folder)? {
        for bench in folders(&group)? {
            let new = bench.join("new");
            if new.join("sample.json").exists() {
                let benchmark = json(&new.join("benchmark.json"))?;
                benches.extend(Bench::new(benchmark, &json(&new.join("sample.json"))?));
            }
        }
    }
    if benches.is_empty() {
        return Err(ReportError::Empty(folder.to_owned()));
    }
    Ok(benches)
}

/// A Markdown table for each group, fastest first.
pub fn tables(benches: &[Bench]) -> String {
    let mut groups: BTreeMap<&str, Vec<&Bench>> = BTreeMap::new();
    for bench in benches {
        groups.entry(&bench.group).or_default().push(bench);
    }
    let mut text = String::new();
    for (group, benches) in &mut groups {
        benches.sort_by(|a, b| a.least.partial_cmp(&b.least).unwrap_or(Ordering::Equal));
        table(&mut text, group, benches);
    }
    text
}

fn table(text: &mut String, group: &str, benches: &[&Bench]) {
    let reference = REFERENCES
        .iter()
        .find(|(of, _)| *of == group)
        .map_or("crate bitcoin", |(_, name)| name);
    let base = benches.iter().find(|bench| bench.name == reference);
    let unit = if benches.iter().all(|bench| bench.per_element) {
        "ns/header"
    } else {
        "ns"
    };
    let mut line = |row: String| {
        let _ = writeln!(text, "{row}"); // a string takes whatever comes
    };
    line(format!(
        "| {group} | least {unit} | median {unit} | MB/s | × {reference} |"
    ));
    line("|---|--:|--:|--:|--:|".to_owned());
    for bench in benches {
        let speed = bench
            .bytes_per_element
            .map(|bytes| format!("{:.0}", bytes / bench.least * 1e3));
        let ratio = base.map(|base| format!("{:.2}", base.least / bench.least));
        line(format!(
            "| {} | {:.1} | {:.1} | {} | {} |",
            bench.name,
            bench.least,
            bench.median,
            speed.unwrap_or_default(),
            ratio.unwrap_or_default(),
        ));
    }
    line(String::new());
}

impl Bench {
    fn new(benchmark: Benchmark, sample: &Sample) -> Option<Self> {
        let (elements, bytes) = match benchmark.throughput {
            None => (None, None),
            Some(Throughput::Bytes(bytes)) => (None, Some(bytes)),
            Some(Throughput::Elements(elements)) => (Some(elements), None),
            Some(Throughput::ElementsAndBytes { elements, bytes }) => (Some(elements), Some(bytes)),
        };
        let count = elements.unwrap_or(1.0);
        let mut times: Vec<f64> = sample
            .times
            .iter()
            .zip(&sample.iters)
            .map(|(time, iterations)| time / iterations / count)
            .collect();
        times.sort_by(f64::total_cmp);
        Some(Self {
            group: benchmark.group_id,
            name: benchmark.function_id.unwrap_or_default(),
            per_element: elements.is_some(),
            least: *times.first()?,
            median: *times.get(times.len() / 2)?,
            bytes_per_element: bytes.map(|bytes| bytes / count),
        })
    }
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let fail = |error| ReportError::Io {
        path: folder.to_owned(),
        error,
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_dir() {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, ReportError> {
    let text = fs::read_to_string(path).map_err(|error| ReportError::Io {
        path: path.to_owned(),
        error,
    })?;
    serde_json::from_str(&text).map_err(|error| ReportError::Json {
        path: path.to_owned(),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bench(benchmark: &str, sample: &str) -> Bench {
        let benchmark = serde_json::from_str(benchmark).unwrap();
        Bench::new(benchmark, &serde_json::from_str(sample).unwrap()).unwrap()
    }

    /// Files in the form of criterion 0.8, shortened.
    #[test]
    fn the_fastest_comes_first_with_its_ratio() {
        let slow = bench(
            r#"{"group_id":"validation","function_id":"crate bitcoin, one by one","value_str":null,
                "throughput":{"ElementsAndBytes":{"elements":10,"bytes":800}}}"#,
            r#"{"sampling_mode":"Flat","iters":[2.0,2.0,2.0],"times":[10000.0,9000.0,8000.0]}"#,
        );
        let fast = bench(
            r#"{"group_id":"validation","function_id":"records","value_str":null,
                "throughput":{"ElementsAndBytes":{"elements":10,"bytes":800}}}"#,
            r#"{"sampling_mode":"Linear","iters":[1.0,2.0,3.0],"times":[1100.0,1600.0,3000.0]}"#,
        );
        insta::assert_snapshot!(tables(&[slow, fast]).trim_end(), @"
        | validation | least ns/header | median ns/header | MB/s | × crate bitcoin, one by one |
        |---|--:|--:|--:|--:|
        | records | 80.0 | 100.0 | 1000 | 5.00 |
        | crate bitcoin, one by one | 400.0 | 450.0 | 200 | 1.00 |
        ");
    }

    #[test]
    fn a_group_without_its_reference_has_no_ratio() {
        let alone = bench(
            r#"{"group_id":"decode block","function_id":"ours","throughput":{"Bytes":80}}"#,
            r#"{"iters":[1.0],"times":[1000.0]}"#,
        );
        insta::assert_snapshot!(tables(&[alone]).trim_end(), @"
        | decode block | least ns | median ns | MB/s | × crate bitcoin |
        |---|--:|--:|--:|--:|
        | ours | 1000.0 | 1000.0 | 80 |  |
        ");
    }
}
