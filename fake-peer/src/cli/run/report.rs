//! What is printed of a play.

use std::fmt::{self, Write};
use std::time::Duration;

use fake_peer::decode::text::Colour;
use fake_peer::drive::process::ProcessEnd;
use fake_peer::script::Script;
use fake_peer::script::model::Role;
use fake_peer::script::player::{
    ConnectionEnd, Failure as PlayFailure, FailureKind, Instead, PlayError, Played, Unmet, Verdict,
};
use fake_peer::transcript::{Style, text};
use fake_peer_core::wire::Command;

use super::file::ScriptFile;
use crate::cli::failure::Failure;

/// A play, and what was around it.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) file: ScriptFile,
    pub(super) target: Role,
    /// When it began, since 1970.
    pub(super) start: Duration,
    pub(super) played: Played,
    /// The client, if we started it.
    pub(super) process: Option<ProcessEnd>,
}

/// What a play comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Pass,
    Weaker,
    Fail,
    Unsupported,
    Error,
}

/// How much is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    /// Of failures only.
    quiet: bool,
    /// The conversation of every play.
    transcript: bool,
    /// Its bytes.
    bytes: bool,
}

/// How many lines of a client's output are shown.
const OUTPUT_LINES: usize = 20;

/// How many lines at each end of a long conversation are shown unless all are asked for.
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
    pub(super) fn script(&self) -> &Script {
        self.file.prepared.script()
    }

    pub(super) fn mark(&self) -> Mark {
        match &self.played.verdict {
            _ if self.died() => Mark::Fail,
            Verdict::Pass { .. } => Mark::Pass,
            Verdict::Weaker { .. } => Mark::Weaker,
            // Nobody is there to be judged.
            Verdict::Fail(failure) if failure.kind == FailureKind::Refused => Mark::Error,
            Verdict::Fail(_) => Mark::Fail,
            Verdict::Unsupported(_) => Mark::Unsupported,
            Verdict::Error(_) => Mark::Error,
        }
    }

    /// Whether the client crashed, or ended before the play and not well.
    fn died(&self) -> bool {
        let stopped = self.played.verdict == Verdict::Error(PlayError::Stopped);
        let process = self.process.as_ref();
        process.is_some_and(|process| process.crashed() || (stopped && process.status.is_some()))
    }

    /// The lines of a play, without a line end. `repeat` is how it was played.
    pub(super) fn text(&self, shown: Shown, repeat: &[String]) -> String {
        let mark = self.mark();
        let is_bad = matches!(mark, Mark::Fail | Mark::Error);
        if shown.quiet && !is_bad {
            return String::new();
        }
        let name = &self.script().name;
        let time = seconds(self.played.elapsed);
        let mut lines = format!("{} {name} ({time})", mark.painted());
        if let Some(note) = self.note() {
            let _ = write!(lines, ": {note}");
        }
        if is_bad {
            self.details(&mut lines, repeat);
        }
        if shown.transcript || (is_bad && !self.played.transcript.entries.is_empty()) {
            self.transcript(&mut lines, shown);
        }
        lines
    }

    fn note(&self) -> Option<String> {
        match &self.played.verdict {
            _ if self.died() => Some("the target died".to_owned()),
            Verdict::Pass { note } | Verdict::Weaker { note } => note.clone(),
            Verdict::Fail(failure) if failure.kind == FailureKind::Refused => {
                Some("nobody listens there".to_owned())
            }
            Verdict::Fail(_) => None,
            Verdict::Unsupported(unmet) => Some(lacking(unmet)),
            Verdict::Error(error) => Some(error.to_string()),
        }
    }

    fn details(&self, lines: &mut String, repeat: &[String]) {
        let mut row = |name: &str, value: &str| {
            let _ = write!(lines, "\n  {name:<12} {value}");
        };
        if let Some(about) = &self.script().about {
            row("requirement:", about);
        }
        for source in &self.script().sources {
            row("source:", source);
        }
        if let Verdict::Fail(failure) = &self.played.verdict
            && failure.kind != FailureKind::Refused
        {
            let step = &failure.step;
            row(
                "step:",
                &format!("{} ({})", step.path, self.file.place(&step.path)),
            );
            row("expected:", &expected(failure));
            row("instead:", &instead(failure));
        }
        if let Some(process) = &self.process {
            if let Some(status) = process.status {
                row("target:", &status.to_string());
            }
            let output: Vec<&str> = process.output.lines().collect();
            let first = output.len().saturating_sub(OUTPUT_LINES);
            for line in output.get(first..).unwrap_or_default() {
                row("output:", line);
            }
        }
        let mut words = vec!["fake-peer", "run", &self.file.argument];
        words.extend(repeat.iter().map(String::as_str));
        // What cannot be quoted holds a NUL, and cannot have been on a command line.
        if let Ok(command) = shlex::try_join(words) {
            row("again:", &command);
        }
    }

    fn transcript(&self, lines: &mut String, shown: Shown) {
        let style = Style {
            colour: Colour::Ansi,
            bytes: shown.bytes,
        };
        let transcript = text(&self.played.transcript, &self.file.prepared, style);
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

fn expected(failure: &PlayFailure) -> String {
    match &failure.kind {
        FailureKind::NotAllowed { .. } => "another outcome".to_owned(),
        FailureKind::Forbidden { command } => format!("no {command}"),
        _ => failure.step.text.clone(),
    }
}

fn instead(failure: &PlayFailure) -> String {
    let came = came(&failure.instead);
    match &failure.kind {
        FailureKind::TimedOut => {
            let waited = seconds(failure.instead.waited);
            match came {
                None => format!("nothing in {waited}"),
                Some(came) => format!("{came}, and no more in {waited}"),
            }
        }
        FailureKind::Ended(end) | FailureKind::OtherEnd(end) => {
            let ended = format!("the target {}", ending(*end));
            came.map_or(ended.clone(), |came| format!("{came}, then {ended}"))
        }
        FailureKind::Spoke { command } => command.map_or_else(
            || "bytes that are no message".to_owned(),
            |command| command.to_string(),
        ),
        FailureKind::Forbidden { command } => command.to_string(),
        FailureKind::NotAllowed { note } => match note {
            Some(note) => format!("{}: {note}", failure.step.text),
            None => failure.step.text.clone(),
        },
        FailureKind::NoEnvelope(error) => error.to_string(),
        FailureKind::Refused => "nobody listens there".to_owned(),
        FailureKind::Died => "the target takes no connections any more: it died".to_owned(),
        FailureKind::DidNotDial => {
            format!("nobody connected in {}", seconds(failure.instead.waited))
        }
    }
}

/// The messages that came while something else was expected.
fn came(instead: &Instead) -> Option<String> {
    if instead.messages.is_empty() {
        return None;
    }
    let name = |command: &Option<Command>| match command {
        Some(command) => command.to_string(),
        None => "an envelope that lies".to_owned(),
    };
    let names: Vec<String> = instead.messages.iter().map(name).collect();
    let mut text = names.join(", ");
    if instead.more > 0 {
        let _ = write!(text, " and {} more", instead.more);
    }
    Some(text)
}

fn ending(end: ConnectionEnd) -> &'static str {
    match end {
        ConnectionEnd::Closed => "closed the connection",
        ConnectionEnd::Reset => "reset the connection",
        ConnectionEnd::Refused => "refused the connection",
        ConnectionEnd::Hung => "did nothing",
        ConnectionEnd::Open | ConnectionEnd::EndedByUs => "kept the connection",
    }
}

fn lacking(unmet: &Unmet) -> String {
    match unmet {
        Unmet::Role {
            wanted: Role::Listens,
        } => "for a target that listens".to_owned(),
        Unmet::Role {
            wanted: Role::Dials,
        } => "for a target that dials".to_owned(),
        Unmet::Services { missing } => {
            format!("the target does not have the services {missing}")
        }
        Unmet::Protocol { wanted, found } => {
            format!("for protocol {wanted} or later, the target has {found}")
        }
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

impl Mark {
    fn painted(self) -> &'static str {
        match self {
            Self::Pass => "\x1b[32mpass\x1b[0m       ",
            Self::Weaker => "\x1b[33mweaker\x1b[0m     ",
            Self::Fail => "\x1b[1;31mFAIL\x1b[0m       ",
            Self::Unsupported => "\x1b[2munsupported\x1b[0m",
            Self::Error => "\x1b[1;35merror\x1b[0m      ",
        }
    }
}

/// How many plays came to what.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally([u32; 5]);

impl Tally {
    pub(super) fn count(&mut self, mark: Mark) {
        self.0[mark as usize] += 1;
    }

    /// A failure if one of them is, ours before the target's: what was not played may have failed.
    pub(super) fn outcome(self) -> Result<(), Failure> {
        let scripts = |count: u32| if count == 1 { "script" } else { "scripts" };
        match (self.0[Mark::Error as usize], self.0[Mark::Fail as usize]) {
            (0, 0) => Ok(()),
            (0, count) => Err(Failure::Protocol(format!(
                "{count} {} failed",
                scripts(count)
            ))),
            (count, _) => Err(Failure::Harness(format!(
                "{count} {} could not be played",
                scripts(count)
            ))),
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: u32 = self.0.iter().sum();
        write!(
            f,
            "{total} {}",
            if total == 1 { "script" } else { "scripts" }
        )?;
        let names = ["passed", "weaker", "failed", "unsupported", "not played"];
        for (count, name) in self.0.iter().zip(names).filter(|(count, _)| **count > 0) {
            write!(f, ", {count} {name}")?;
        }
        Ok(())
    }
}
