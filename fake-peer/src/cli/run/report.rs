//! The output of a play.

use std::fmt::{self, Write};
use std::time::Duration;

use fake_peer::decode::text::Colour;
use fake_peer::outcome::{Outcome, Verdict};
use fake_peer::script::Script;
use fake_peer::script::model::Role;
use fake_peer::script::words::Time;
use fake_peer::target::Attempt;
use fake_peer::transcript::{Style, text};

use super::file::ScriptFile;
use crate::cli::failure::Failure;

/// A play and its result.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) file: ScriptFile,
    /// Whether the target listened or dialled.
    pub(super) role: Role,
    /// The time at which it began, since 1970.
    pub(super) start: Duration,
    pub(super) attempt: Attempt,
    pub(super) outcome: Outcome,
}

/// How much is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    /// Whether only failures are shown.
    quiet: bool,
    /// Whether the transcript of every play is shown.
    transcript: bool,
    /// Whether the bytes of transcripts are shown.
    bytes: bool,
}

/// How many lines of a client's output are shown.
const OUTPUT_LINES: usize = 20;

/// How many lines at each end of a long transcript are shown by default.
const END_LINES: usize = 100;

impl Shown {
    pub(super) fn new(quiet: bool, verbose: u8) -> Self {
        Self {
            quiet,
            transcript: verbose > 0,
            bytes: verbose > 1,
        }
    }
}

impl Report {
    pub(super) fn new(file: ScriptFile, role: Role, start: Duration, attempt: Attempt) -> Self {
        Self {
            file,
            role,
            start,
            outcome: Outcome::new(&attempt),
            attempt,
        }
    }

    pub(super) fn script(&self) -> &Script {
        self.file.prepared.script()
    }

    /// Returns the lines of a play, without a line end. `given` are the options that play it again.
    pub(super) fn text(&self, shown: Shown, given: &[String]) -> String {
        let verdict = self.outcome.verdict;
        let is_bad = matches!(verdict, Verdict::Fail | Verdict::Error);
        if shown.quiet && !is_bad {
            return String::new();
        }
        let name = &self.script().name;
        let time = Time(self.attempt.played.elapsed);
        let mut lines = format!("{} {name} ({time})", painted(verdict));
        if let Some(note) = &self.outcome.note {
            let _ = write!(lines, ": {note}");
        }
        if is_bad {
            self.details(&mut lines, given);
        }
        let has_lines = !self.attempt.played.transcript.entries.is_empty();
        if shown.transcript || (is_bad && has_lines) {
            self.transcript(&mut lines, shown);
        }
        lines
    }

    fn details(&self, lines: &mut String, given: &[String]) {
        let mut row = |name: &str, value: &str| {
            let _ = write!(lines, "\n  {name:<12} {value}");
        };
        let outcome = &self.outcome;
        if let Some(about) = &self.script().about {
            row("requirement:", about);
        }
        for source in &self.script().sources {
            row("source:", source);
        }
        if let Some(step) = &outcome.step {
            let place = self.file.place(&step.path);
            row("step:", &format!("{} ({place})", step.path));
        }
        if let Some(expected) = &outcome.expected {
            row("expected:", expected);
        }
        if let Some(found) = &outcome.found {
            row("found:", found);
        }
        if let Some(ending) = outcome.ending {
            row("ending:", ending.name());
        }
        if let Some(process) = &self.attempt.process {
            row("target:", &process.to_string());
            let output: Vec<&str> = process.output.lines().collect();
            let first = output.len().saturating_sub(OUTPUT_LINES);
            for line in output.get(first..).unwrap_or_default() {
                row("output:", line);
            }
        }
        let mut words = vec!["fake-peer", "run", &self.file.argument];
        words.extend(given.iter().map(String::as_str));
        // Only a NUL cannot be quoted, and it cannot occur on a command line.
        if let Ok(command) = shlex::try_join(words) {
            row("again:", &command);
        }
    }

    fn transcript(&self, lines: &mut String, shown: Shown) {
        let style = Style {
            colour: Colour::Ansi,
            bytes: shown.bytes,
        };
        let transcript = text(&self.attempt.played.transcript, &self.file.prepared, style);
        let all: Vec<&str> = transcript.lines().collect();
        // A target that floods us must not flood the user.
        let left_out = match all.len().saturating_sub(2 * END_LINES) {
            count if count > 1 && !shown.transcript => END_LINES..END_LINES + count,
            _ => 0..0,
        };
        for (number, line) in all.iter().enumerate() {
            if !left_out.contains(&number) {
                let _ = write!(lines, "\n  {line}");
            } else if number == left_out.start {
                let count = left_out.len();
                let _ = write!(lines, "\n  … {count} lines are left out; -v shows them");
            }
        }
    }
}

fn painted(verdict: Verdict) -> String {
    let (style, name) = match verdict {
        Verdict::Pass => ("32", "pass"),
        Verdict::Weaker => ("33", "weaker"),
        Verdict::Fail => ("1;31", "FAIL"),
        Verdict::Error => ("1;35", "error"),
        Verdict::Varies | Verdict::Inconclusive | Verdict::Unsupported | Verdict::Skipped => {
            ("2", verdict.name())
        }
    };
    format!(
        "\x1b[{style}m{name}\x1b[0m{:1$}",
        "",
        11 - name.len().min(11)
    )
}

/// The verdicts of the plays so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally(Vec<Verdict>);

impl Tally {
    pub(super) fn count(&mut self, verdict: Verdict) {
        self.0.push(verdict);
    }

    fn of(&self, verdict: Verdict) -> usize {
        self.0.iter().filter(|it| **it == verdict).count()
    }

    /// Returns the failure of the command, if there is one. Errors of the harness take precedence,
    /// because a script that was not played might have failed.
    pub(super) fn outcome(&self) -> Result<(), Failure> {
        let nothing = [
            Verdict::Skipped,
            Verdict::Unsupported,
            Verdict::Inconclusive,
        ];
        match (self.of(Verdict::Error), self.of(Verdict::Fail)) {
            (0, 0) if self.0.iter().all(|verdict| nothing.contains(verdict)) => {
                let text = "no script came to a verdict".to_owned();
                Err(Failure::NothingShown(text))
            }
            (0, 0) => Ok(()),
            (0, count) => Err(Failure::Protocol(format!("{} failed", scripts(count)))),
            (count, _) => Err(Failure::Harness(format!(
                "{} could not be played",
                scripts(count)
            ))),
        }
    }
}

fn scripts(count: usize) -> String {
    match count {
        1 => "1 script".to_owned(),
        _ => format!("{count} scripts"),
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&scripts(self.0.len()))?;
        for verdict in Verdict::ALL {
            let name = match verdict {
                Verdict::Pass => "passed",
                Verdict::Fail => "failed",
                Verdict::Error => "not played",
                Verdict::Weaker
                | Verdict::Varies
                | Verdict::Inconclusive
                | Verdict::Unsupported
                | Verdict::Skipped => verdict.name(),
            };
            match self.of(verdict) {
                0 => {}
                count => write!(f, ", {count} {name}")?,
            }
        }
        Ok(())
    }
}
