//! The report files of `fake-peer check`.
//!
//! A report is written into a temporary file beside its own as the run goes on, and takes its name at
//! the end, at an interrupt, or if fake-peer panics. So a file under the name of a report is always
//! whole, and what was found is not lost. Pipes and other files that cannot be replaced are written
//! directly, at the end.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use fake_peer::check::report::{self, html};
use fake_peer::check::{Run, Strictness};

use super::draft::DraftFile;
use super::failure::Failure;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Reports")]
pub(crate) struct ReportArgs {
    /// Write the report as JUnit XML; - is stdout, here and below
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the report as TAP 14
    #[arg(long, value_name = "FILE")]
    tap: Option<PathBuf>,
    /// Write the report as JSON, for `fake-peer matrix`
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the report as a self-contained HTML page with all transcripts
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// A function that writes the report of a run.
type Form = fn(&Run, Strictness) -> io::Result<String>;

/// The reports of a run that goes on.
#[derive(Debug)]
pub(crate) struct Reports {
    all: Vec<Report>,
    strictness: Strictness,
    /// When the drafts are next brought up to date, at the earliest.
    next: Instant,
}

#[derive(Debug)]
struct Report {
    form: Form,
    path: PathBuf,
    place: Place,
}

/// Where a report is written.
#[derive(Debug)]
enum Place {
    Stdout,
    /// A file that can be replaced as a whole.
    Regular(DraftFile),
    /// A pipe, a device, or a file that is already open.
    Direct(File),
}

/// The drafts are written for one part in this many of the time, however long the run is.
const SHARE: u32 = 20;

impl ReportArgs {
    /// Makes sure that the reports can be written, before the run starts.
    pub(crate) fn create(&self, strictness: Strictness) -> Result<Reports, Failure> {
        let forms: [(&Option<PathBuf>, Form); 4] = [
            (&self.junit, |run, strictness| {
                report::junit(run, strictness).map_err(io::Error::other)
            }),
            (&self.tap, |run, strictness| {
                Ok(report::tap(run, strictness))
            }),
            (&self.json, |run, _| {
                report::json(run).map_err(io::Error::other)
            }),
            (&self.html, |run, _| {
                html::html(run).map_err(io::Error::other)
            }),
        ];
        let named = forms
            .into_iter()
            .filter_map(|(path, form)| Some((path.as_ref()?, form)));
        let create = |(path, form): (&PathBuf, Form)| {
            Ok(Report {
                form,
                path: path.clone(),
                place: Place::of(path)?,
            })
        };
        Ok(Reports {
            all: named.map(create).collect::<Result<_, Failure>>()?,
            strictness,
            next: Instant::now(),
        })
    }
}

impl Reports {
    /// Returns whether a report is written to stdout, which then holds nothing else.
    pub(crate) fn use_stdout(&self) -> bool {
        let mut places = self.all.iter().map(|report| &report.place);
        places.any(|place| matches!(place, Place::Stdout))
    }

    /// Brings the drafts up to date, unless that takes too large a part of the time. Errors show at
    /// the end, when the files are written again.
    pub(crate) fn update(&mut self, so_far: impl FnOnce() -> Run) {
        let started = Instant::now();
        if started < self.next || self.all.is_empty() {
            return;
        }
        let run = so_far();
        for report in &mut self.all {
            if let (Ok(text), Place::Regular(file)) =
                ((report.form)(&run, self.strictness), &mut report.place)
            {
                let _ = file.draft(text.as_bytes());
            }
        }
        self.next = Instant::now() + started.elapsed().saturating_mul(SHARE);
    }

    /// Writes all reports, and gives each its name. The error is that of the first report that cannot
    /// be written; the others are written nevertheless.
    pub(crate) fn finish(self, run: &Run) -> Result<(), Failure> {
        let strictness = self.strictness;
        let finish = |report: Report| report.finish(run, strictness);
        let results: Vec<_> = self.all.into_iter().map(finish).collect();
        results.into_iter().collect()
    }
}

impl Report {
    fn finish(self, run: &Run, strictness: Strictness) -> Result<(), Failure> {
        let text = (self.form)(run, strictness).map_err(Failure::Internal)?;
        let written = match self.place {
            Place::Stdout => {
                let mut stdout = io::stdout().lock();
                let written = stdout.write_all(text.as_bytes());
                return written
                    .and_then(|()| stdout.flush())
                    .map_err(Failure::Stdout);
            }
            Place::Direct(mut file) => file.write_all(text.as_bytes()),
            Place::Regular(file) => file.finish(text.as_bytes()),
        };
        written.map_err(|error| {
            let text = format!("cannot write {}: {error}", self.path.display());
            Failure::Internal(io::Error::other(text))
        })
    }
}

impl Place {
    fn of(path: &Path) -> Result<Self, Failure> {
        if is_one_of(path, &["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]) {
            return Ok(Self::Stdout);
        }
        // A descriptor of ours may be a regular file, but one that its owner expects to be the same.
        let is_open = path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd");
        let is_open = is_open || is_one_of(path, &["/dev/stderr"]);
        let found = path.metadata();
        let is_special = found.is_ok_and(|found| !found.is_file() && !found.is_dir());
        if !is_open && !is_special {
            return DraftFile::create(path).map(Self::Regular);
        }
        let opened = File::options().write(true).open(path);
        opened
            .map(Self::Direct)
            .map_err(|error| Failure::Input(format!("cannot write {}: {error}", path.display())))
    }
}

fn is_one_of(path: &Path, names: &[&str]) -> bool {
    names.iter().any(|name| path == Path::new(name))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use fake_peer::check::{Catalogue, Checker, Event, Selection, Verdict};
    use fake_peer::target::{Model, Target};

    use super::*;

    /// Returns the draft in a folder with nothing else.
    fn draft(folder: &Path) -> Run {
        let mut files = fs::read_dir(folder).unwrap();
        let path = files.next().unwrap().unwrap().path();
        assert_eq!(files.count(), 0);
        report::read(&fs::read_to_string(path).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_draft_holds_what_was_found_so_far() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        let args = ReportArgs {
            junit: None,
            tap: None,
            json: Some(path.clone()),
            html: None,
        };
        let mut reports = args.create(Strictness::Usual).unwrap();
        let catalogue = Catalogue::embedded().unwrap();
        let cases = Selection::of_ids(["ping/pong"]).unwrap();
        let cases = cases.of(&catalogue).unwrap();
        let checker = Checker::new(Target::Model(Model::default())).jobs(1);
        let mut finished = 0;
        let run = checker.watch(&cases, std::future::pending(), |event| {
            let Event::Finished(_, so_far) = event else {
                return;
            };
            finished += 1;
            // As if enough time had passed.
            reports.next = Instant::now();
            reports.update(|| so_far.run());
            let found = draft(folder.path());
            assert_eq!(found.cases.len(), cases.len());
            let (done, rest) = found.cases.split_at(finished);
            assert!(done.iter().all(|case| case.verdict != Verdict::Skipped));
            let note = Some("the run is not finished");
            assert!(rest.iter().all(|case| case.note.as_deref() == note));
        });
        let run = run.await;
        assert_eq!(finished, cases.len());
        reports.finish(&run).unwrap();
        assert!(path.is_file());
        assert_eq!(draft(folder.path()).summary, run.summary);
    }

    #[test]
    fn drafts_take_a_bounded_part_of_the_time() {
        let folder = tempfile::tempdir().unwrap();
        let args = ReportArgs {
            junit: None,
            tap: Some(folder.path().join("run.tap")),
            json: None,
            html: None,
        };
        let mut reports = args.create(Strictness::Usual).unwrap();
        reports.next = Instant::now() + Duration::from_hours(1);
        reports.update(|| panic!("it is too early"));
    }
}
