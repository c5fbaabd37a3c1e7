//! Texts about a case that several reports share.

use std::time::Duration;

use crate::check::facts::{Answer, Portrait};
use crate::check::result::{
    CaseResult, Direction, Expectation, Line, Seen, Verdict, area, level_name,
};

/// Groups cases by area, in their order.
pub(super) fn by_area<'a>(
    cases: impl IntoIterator<Item = &'a CaseResult>,
) -> Vec<(&'a str, Vec<&'a CaseResult>)> {
    let mut areas: Vec<(&str, Vec<&CaseResult>)> = Vec::new();
    for case in cases {
        match areas.last_mut() {
            Some((last, cases)) if *last == area(&case.id) => cases.push(case),
            _ => areas.push((area(&case.id), vec![case])),
        }
    }
    areas
}

/// Returns every fact about the result of a case, except for the transcript.
pub(super) fn facts(case: &CaseResult) -> Vec<(&'static str, String)> {
    let some = |name, fact: &Option<String>| fact.clone().map(|fact| (name, fact));
    let mut facts = vec![("level", level_name(case.level).to_owned())];
    if !case.sources.is_empty() {
        facts.push(("source", case.sources.join("; ")));
    }
    facts.extend(some("step", &case.step));
    facts.extend(some("expected", &case.expected));
    facts.extend(some("found", &case.found));
    facts.extend(
        case.ending
            .map(|ending| ("ending", ending.name().to_owned())),
    );
    facts.extend(some("note", &case.note));
    if case.verdict != Verdict::Inconclusive {
        let control = case.control.as_ref();
        facts.extend(control.map(|control| ("control", control.to_string())));
    }
    if case.is_flaky() {
        facts.push(("flaky", format!("{} when it was repeated", verdicts(case))));
    }
    facts.extend(case.expectation.as_ref().map(expectation));
    facts.push(("again", case.reproduce.clone()));
    facts
}

/// Formats the verdicts of the plays of a flaky case, such as `fail, then pass`.
pub(super) fn verdicts(case: &CaseResult) -> String {
    let names: Vec<_> = case.flaky.iter().map(|verdict| verdict.name()).collect();
    names.join(", then ")
}

/// Returns what is known about a target in a few lines: what its `version` says, what it sends
/// unasked, and the facts that are not true of it, or of which nothing is known.
pub(super) fn portrait_lines(
    seen: Option<&Seen>,
    portrait: &Portrait,
) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(seen) = seen {
        lines.extend(version_lines(seen));
    }
    lines.extend(unasked_line(portrait));
    for (name, answer) in [("no", Answer::No), ("unknown", Answer::Unknown)] {
        let facts = portrait.facts.iter().filter(|fact| fact.answer == answer);
        let words: Vec<_> = facts.map(|fact| fact.name.word()).collect();
        if !words.is_empty() {
            lines.push((name, words.join(", ")));
        }
    }
    lines
}

/// Returns what a target sends unasked after the handshake, and when it falls quiet.
pub(super) fn unasked_line(portrait: &Portrait) -> Option<(&'static str, String)> {
    let quiet = seconds(portrait.quiet_after()?);
    let commands: Vec<_> = portrait.unasked.iter().map(|it| &*it.command).collect();
    let text = format!("{}; the last after {quiet}", commands.join(", "));
    Some(("unasked", text))
}

/// Returns what the `version` of a target says.
pub(super) fn version_lines(seen: &Seen) -> Vec<(&'static str, String)> {
    let height = seen.start_height;
    let height = height.map_or_else(String::new, |height| format!(", height {height}"));
    let version = format!("{}, protocol {}{height}", seen.user_agent, seen.version);
    vec![("target", version), ("services", seen.services.to_string())]
}

fn expectation(expectation: &Expectation) -> (&'static str, String) {
    match expectation {
        Expectation::ExpectedFailure { reason } => {
            ("profile", format!("expected to fail: {reason}"))
        }
        Expectation::UnexpectedPass { reason } => {
            ("profile", format!("expected to fail, but passed: {reason}"))
        }
    }
}

/// Formats a transcript as text, in the style of hurl and curl.
pub(super) fn transcript(lines: &[Line]) -> String {
    let lines: Vec<_> = lines.iter().map(transcript_line).collect();
    lines.join("\n")
}

/// Formats a line of a transcript: the time, the direction and the event.
pub(super) fn transcript_line(line: &Line) -> String {
    let connection = match &*line.connection {
        "main" => String::new(),
        name => format!("[{name}] "),
    };
    let what = if line.direction == Direction::Note {
        line.text.clone()
    } else {
        let command = line.command.as_deref().unwrap_or("bytes");
        format!("{command} ({}) {}", size(line.size), line.text)
    };
    let text = format!(
        "{:>9} {} {connection}{what}",
        seconds(line.at),
        line.direction.mark()
    );
    one_line(text.trim_end())
}

/// Formats a time in seconds with milliseconds.
pub(super) fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

/// Formats a number of bytes.
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        _ => format!("{} bytes", grouped(bytes)),
    }
}

/// Formats a number with a noun in the singular or the plural.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    let word = if number == 1 { one } else { many };
    format!("{} {word}", grouped(number))
}

/// Formats a number with a comma between groups of three digits.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().collect();
    let groups = groups.iter().map(|group| String::from_utf8_lossy(group));
    groups.collect::<Vec<_>>().join(",")
}

/// Escapes characters that would break the line, colour the terminal or change the direction of the
/// text.
pub(super) fn one_line(text: &str) -> String {
    let shown = text.chars().map(|char| match char {
        _ if is_hidden(char) => char.escape_default().to_string(),
        _ => char.to_string(),
    });
    shown.collect()
}

/// Returns whether a character is invisible, but changes how others are shown.
pub(super) fn is_hidden(char: char) -> bool {
    let turns =
        matches!(char, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    char.is_control() || turns
}
