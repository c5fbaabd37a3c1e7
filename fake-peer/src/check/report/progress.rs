//! A run in progress: the areas of the tree that are complete, and a progress bar below them if
//! stderr is a terminal.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::console::Console;
use crate::check::result::{CaseResult, Run, Verdict, area};
use crate::check::summary::Counts;

/// Shows a run in progress. Cases may finish in any order; an area is shown when it is complete.
#[derive(Debug)]
pub struct Progress<W> {
    out: W,
    console: Console,
    bar: ProgressBar,
    /// The areas by name.
    areas: BTreeMap<String, Area>,
    running: Vec<String>,
    counts: Counts,
}

/// The ids of an area in their order, and the results so far.
#[derive(Debug, Default)]
struct Area {
    ids: Vec<String>,
    done: Vec<CaseResult>,
}

impl<W: Write> Progress<W> {
    /// Shows a run of these cases on `out`, and a progress bar on stderr.
    pub fn new<'a>(ids: impl IntoIterator<Item = &'a str>, console: Console, out: W) -> Self {
        let mut areas: BTreeMap<String, Area> = BTreeMap::new();
        for id in ids {
            let area = areas.entry(area(id).to_owned()).or_default();
            area.ids.push(id.to_owned());
        }
        let cases: usize = areas.values().map(|area| area.ids.len()).sum();
        // Indicatif draws nothing if stderr is not a terminal.
        let bar = ProgressBar::new(u64::try_from(cases).unwrap_or(u64::MAX));
        bar.set_style(style());
        if cases > 0 {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self {
            out,
            console,
            bar,
            areas,
            running: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// Shows that a case has started.
    pub fn started(&mut self, id: &str) {
        self.running.push(id.to_owned());
        self.draw();
    }

    /// Shows that a case has finished.
    ///
    /// # Errors
    /// The error of the output, such as a closed pipe.
    pub fn finished(&mut self, case: &CaseResult) -> io::Result<()> {
        self.running.retain(|id| *id != case.id);
        self.counts.add(case.verdict);
        self.bar.inc(1);
        self.draw();
        let name = case.area();
        let Some(area) = self.areas.get_mut(name) else {
            return Ok(());
        };
        area.done.push(case.clone());
        if area.done.len() < area.ids.len() {
            return Ok(());
        }
        let text = self.console.area(name, &area.in_order());
        self.print(&text)
    }

    /// Prints a text above the progress bar.
    ///
    /// # Errors
    /// The error of the output, such as a closed pipe.
    pub fn print(&mut self, text: &str) -> io::Result<()> {
        let out = &mut self.out;
        self.bar
            .suspend(|| out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// Shows the end of the run: the failures in full and the summary.
    ///
    /// # Errors
    /// The error of the output, such as a closed pipe.
    pub fn end(mut self, run: &Run) -> io::Result<()> {
        self.bar.finish_and_clear();
        writeln!(self.out, "{}", self.console.end(run).trim_end())?;
        self.out.flush()
    }

    fn draw(&self) {
        let failed = self.counts.get(Verdict::Fail) + self.counts.get(Verdict::Error);
        let failed = match failed {
            0 => String::new(),
            _ => format!("{failed} failed  "),
        };
        let running = self.running.first().map_or("", String::as_str);
        self.bar.set_message(format!("{failed}{running}"));
    }
}

impl Area {
    fn in_order(&self) -> Vec<&CaseResult> {
        let find = |id: &String| self.done.iter().find(|case| case.id == *id);
        self.ids.iter().filter_map(find).collect()
    }
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template(
        "{spinner} {bar:24.green/dim} {pos}/{len}  {elapsed}  {wide_msg}",
    );
    style
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━━─")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Strictness;
    use crate::check::sample;

    #[test]
    fn an_area_is_shown_when_it_is_complete_whatever_the_order() {
        let console = Console {
            width: 80,
            strictness: Strictness::Usual,
        };
        let run = sample::run();
        let ids: Vec<_> = run.cases.iter().map(|case| &*case.id).collect();
        let mut out = Vec::new();
        let mut progress = Progress::new(ids, console, &mut out);
        for case in run.cases.iter().rev() {
            progress.started(&case.id);
            progress.finished(case).unwrap();
        }
        progress.end(&run).unwrap();
        let shown = String::from_utf8(out).unwrap();
        let whole = console.run(&run);
        let lines = |text: &str| {
            let mut lines: Vec<_> = text.lines().map(ToOwned::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(lines(&shown), lines(&whole));
        // The last area is shown first.
        assert!(shown.find("resources") < shown.find("envelope"));
        assert!(shown.ends_with(&console.end(&run)));
    }
}
