//! A run as text for a terminal. It contains colours, which the caller removes where they are not
//! wanted, as `anstream` does.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::words::{
    by_area, count, facts, one_line, portrait_lines, seconds, transcript_line, unasked_line,
    verdicts, version_lines,
};
use crate::check::facts::{Answer, Portrait};
use crate::check::result::{
    CaseResult, Expectation, LEVELS, Run, Seen, Strictness, Verdict, level_name, topic,
};
use crate::check::summary::Counts;

/// How many lines of a transcript are shown below a failure.
const LAST_LINES: usize = 8;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();

/// Formats a run for a terminal.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    /// The width of the terminal in columns.
    pub width: usize,
    /// Which verdicts count as failures.
    pub strictness: Strictness,
}

impl Console {
    /// Formats the whole run: the tree, the failures and the summary.
    pub fn run(&self, run: &Run) -> String {
        let areas = by_area(&run.cases).into_iter();
        let mut text: String = areas.map(|(area, cases)| self.area(area, &cases)).collect();
        text.push_str(&self.end(run));
        text
    }

    /// Formats what the probes found out about a target: what its `version` says, and the facts that
    /// are not true of it.
    pub fn portrait(&self, seen: Option<&Seen>, portrait: &Portrait) -> String {
        let mut text = String::new();
        for (name, what) in portrait_lines(seen, portrait) {
            let first = format!("{DIM}{name:<9}{DIM:#} ");
            text.push_str(&self.wrapped(&what, &first, &" ".repeat(10)));
        }
        text.push('\n');
        text
    }

    /// Formats everything that is known about a target: a line for each fact.
    pub fn facts(&self, seen: Option<&Seen>, portrait: &Portrait) -> String {
        let mut text = String::new();
        let known = seen.map(version_lines).into_iter().flatten();
        for (name, what) in known.chain(unasked_line(portrait)) {
            let first = format!("{DIM}{name:<31}{DIM:#} ");
            text.push_str(&self.wrapped(&what, &first, &" ".repeat(32)));
        }
        for fact in &portrait.facts {
            let style = match fact.answer {
                Answer::Yes => AnsiColor::Green.on_default(),
                Answer::No => YELLOW,
                Answer::Unknown => DIM,
            };
            let first = format!("{style}{:<31}{style:#} ", fact.name.word());
            text.push_str(&self.wrapped(&fact.words(), &first, &" ".repeat(32)));
        }
        text
    }

    /// Formats an area of the tree: a mark for each case, and a line for each that needs attention.
    pub fn area(&self, area: &str, cases: &[&CaseResult]) -> String {
        let counts = Counts::of(cases.iter().map(|case| case.verdict));
        let (title, counts) = (one_line(area), counts.to_string());
        let mut text = format!("{BOLD}{title}{BOLD:#}  {DIM}{counts}{DIM:#}\n");
        let names = cases
            .iter()
            .map(|case| topic_name(&case.id).chars().count());
        let indent = names.max().unwrap_or(0) + 4;
        for cases in cases.chunk_by(|one, next| topic(&one.id) == topic(&next.id)) {
            text.push_str(&self.marks(cases, indent));
            for case in cases.iter().filter(|case| is_worth_a_line(case)) {
                text.push_str(&self.line(case));
            }
        }
        text
    }

    /// Formats the text after the tree: the failures in full and the summary.
    pub fn end(&self, run: &Run) -> String {
        let bad =
            |case: &&CaseResult| case.is_failure(self.strictness) || case.verdict == Verdict::Error;
        let mut text = String::new();
        for case in run.cases.iter().filter(bad) {
            text.push('\n');
            text.push_str(&self.details(case));
        }
        text.push('\n');
        text.push_str(&self.summary(run));
        text
    }

    /// Formats a case in full: its requirement, what was observed instead, and how to repeat it.
    pub fn details(&self, case: &CaseResult) -> String {
        let style = style(case);
        let verdict = case.verdict.name().to_uppercase();
        let mut text = format!(
            "{style}{verdict}{style:#} {BOLD}{}{BOLD:#}\n",
            one_line(&case.id)
        );
        text.push_str(&self.wrapped(&case.about, "  ", "  "));
        for (name, fact) in facts(case) {
            let first = format!("  {DIM}{name:<9}{DIM:#} ");
            if name == "again" {
                // A command stays on one line, so that it can be copied.
                let _ = writeln!(text, "{first}{}", one_line(&fact));
            } else {
                text.push_str(&self.wrapped(&fact, &first, &" ".repeat(12)));
            }
        }
        let left_out = case.transcript.len().saturating_sub(LAST_LINES);
        if left_out > 0 {
            let _ = writeln!(
                text,
                "  {DIM}… {} before{DIM:#}",
                count(left_out, "line", "lines")
            );
        }
        for line in &case.transcript[left_out..] {
            let line = clipped(&transcript_line(line), self.width.saturating_sub(2));
            let _ = writeln!(text, "  {DIM}{line}{DIM:#}");
        }
        text
    }

    /// Formats the summary: the target and the number of cases by verdict and level.
    pub fn summary(&self, run: &Run) -> String {
        let target = one_line(&target(run));
        let cases = count(run.cases.len(), "case", "cases");
        let time = seconds(run.elapsed);
        let mut text = format!(
            "{BOLD}{cases}{BOLD:#} against {target} in {time}, seed {}\n\n",
            run.seed
        );
        text.push_str(&table(run));
        text.push_str(&self.expectations(run));
        text.push_str(&flaky(run));
        text
    }

    fn expectations(&self, run: &Run) -> String {
        let mut text = String::new();
        if run.summary.expected_failures > 0 {
            let failures = count(run.summary.expected_failures, "failure", "failures");
            let _ = writeln!(text, "\nExpected by the profile: {failures}.");
        }
        if run.summary.unexpected_passes > 0 {
            let _ = writeln!(text, "\nExpected to fail, but passed:");
        }
        for case in &run.cases {
            if let Some(Expectation::UnexpectedPass { reason }) = &case.expectation {
                let first = format!("  {} ", one_line(&case.id));
                text.push_str(&self.wrapped(reason, &first, "    "));
            }
        }
        text
    }

    /// Formats a topic and the marks of its cases, which start at the column `indent`.
    fn marks(&self, cases: &[&CaseResult], indent: usize) -> String {
        let mut name = cases
            .first()
            .map_or_else(String::new, |case| topic_name(&case.id));
        let room = self.width.saturating_sub(indent).max(2) / 2;
        let mut text = String::new();
        for cases in cases.chunks(room) {
            let marks: Vec<_> = cases.iter().map(|case| mark(case)).collect();
            let start = format!("  {name}");
            let _ = writeln!(text, "{start:<indent$}{}", marks.join(" "));
            name.clear();
        }
        text
    }

    /// Formats a case as one line.
    fn line(&self, case: &CaseResult) -> String {
        let what = match (&case.expectation, &case.found, &case.note) {
            (Some(Expectation::ExpectedFailure { reason }), ..) => format!("as expected: {reason}"),
            (Some(Expectation::UnexpectedPass { .. }), ..) => "passed, expected to fail".to_owned(),
            (None, Some(found), _) => found.clone(),
            (None, None, Some(note)) => note.clone(),
            (None, None, None) => case.about.clone(),
        };
        let flaky = if case.is_flaky() { "flaky: " } else { "" };
        let start = format!(
            "    {} {}  {flaky}",
            case.verdict.mark(),
            one_line(&case.id)
        );
        let style = style(case);
        let line = clipped(&format!("{start}{}", one_line(&what)), self.width);
        format!("{style}{line}{style:#}\n")
    }

    fn wrapped(&self, text: &str, first: &str, rest: &str) -> String {
        let text = one_line(text);
        let room = self.width.clamp(40, 100).saturating_sub(rest.len());
        let mut lines = textwrap::wrap(&text, room).into_iter();
        let mut wrapped = format!("{first}{}\n", lines.next().unwrap_or_default());
        for line in lines {
            let _ = writeln!(wrapped, "{rest}{line}");
        }
        wrapped
    }
}

/// Formats the cases whose verdicts changed.
fn flaky(run: &Run) -> String {
    let mut text = String::new();
    if run.summary.flaky > 0 {
        text.push_str("\nFlaky: the verdict changed when the case was repeated.\n");
    }
    for case in run.cases.iter().filter(|case| case.is_flaky()) {
        let _ = writeln!(text, "  {} {}", one_line(&case.id), verdicts(case));
    }
    text
}

/// Returns the part of an id between the area and the number.
fn topic_name(id: &str) -> String {
    let topic = topic(id);
    let name = topic.split_once('/').map_or(topic, |(_, name)| name);
    one_line(name)
}

fn mark(case: &CaseResult) -> String {
    let style = style(case);
    format!("{style}{}{style:#}", case.verdict.mark())
}

fn style(case: &CaseResult) -> Style {
    match (case.verdict, &case.expectation) {
        (_, Some(Expectation::ExpectedFailure { .. })) => DIM,
        (_, Some(Expectation::UnexpectedPass { .. }))
        | (Verdict::Weaker | Verdict::Inconclusive, _) => YELLOW,
        (Verdict::Pass, _) => AnsiColor::Green.on_default(),
        (Verdict::Fail, _) => RED,
        (Verdict::Error, _) => RED.bold(),
        (Verdict::Varies, _) => AnsiColor::Blue.on_default(),
        (Verdict::Unsupported | Verdict::Skipped, _) => DIM,
    }
}

fn is_worth_a_line(case: &CaseResult) -> bool {
    let verdict = matches!(
        case.verdict,
        Verdict::Weaker | Verdict::Fail | Verdict::Inconclusive | Verdict::Error
    );
    verdict || case.expectation.is_some()
}

fn target(run: &Run) -> String {
    let agent = run.target.seen.as_ref().map(|seen| &*seen.user_agent);
    match agent {
        Some(agent) => format!("{agent} ({}, {})", run.target.name, run.network),
        None => format!("{} ({})", run.target.name, run.network),
    }
}

/// Formats a table of verdicts by level, with a column for each verdict that occurs.
fn table(run: &Run) -> String {
    let columns: Vec<_> = run
        .summary
        .all
        .present()
        .map(|(verdict, _)| verdict)
        .collect();
    let head = columns
        .iter()
        .map(|verdict| format!("{:>1$}", verdict.name(), width(*verdict)));
    let mut text = format!(
        "{DIM}{:<10}{}{:>6}{DIM:#}\n",
        "",
        head.collect::<String>(),
        "all"
    );
    let rows = LEVELS.map(|level| (level_name(level), run.summary.level(level)));
    for (name, counts) in rows.into_iter().chain([("all", &run.summary.all)]) {
        let cells = columns
            .iter()
            .map(|verdict| cell(*verdict, counts.get(*verdict)));
        let cells: String = cells.collect();
        let _ = writeln!(text, "{name:<10}{cells}{:>6}", counts.total());
    }
    text
}

fn cell(verdict: Verdict, count: usize) -> String {
    let style = match verdict {
        _ if count == 0 => DIM,
        Verdict::Fail | Verdict::Error => RED.bold(),
        Verdict::Weaker => YELLOW,
        _ => Style::new(),
    };
    format!("{style}{count:>width$}{style:#}", width = width(verdict))
}

/// Returns the width of a verdict's column.
fn width(verdict: Verdict) -> usize {
    verdict.name().len().max(4) + 2
}

/// Cuts a line off at a number of columns.
fn clipped(line: &str, width: usize) -> String {
    if textwrap::core::display_width(line) <= width {
        return line.to_owned();
    }
    let mut used = 0;
    let fits = |char: &char| {
        used += textwrap::core::display_width(char.encode_utf8(&mut [0; 4]));
        used < width
    };
    let mut clipped: String = line.chars().take_while(fits).collect();
    clipped.push('…');
    clipped
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::check::sample;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    fn console(width: usize) -> Console {
        Console {
            width,
            strictness: Strictness::Usual,
        }
    }

    #[test]
    fn a_run_opens_with_the_portrait_of_the_target() {
        let target = sample::run().target;
        let (seen, portrait) = (target.seen.as_ref(), sample::portrait());
        assert_snapshot!(plain(&console(80).portrait(seen, &portrait)), @"
        target    /Satoshi:31.0.0/, protocol 70016, height 0
        services  NETWORK | WITNESS | NETWORK_LIMITED
        unasked   sendcmpct, getheaders; the last after 0.003 s
        no        speaks-first, relays-transactions
        unknown   follows-chain
        ");
        assert_snapshot!(plain(&console(80).facts(seen, &portrait)), @"
        target                          /Satoshi:31.0.0/, protocol 70016, height 0
        services                        NETWORK | WITNESS | NETWORK_LIMITED
        unasked                         sendcmpct, getheaders; the last after 0.003 s
        speaks-first                    no
        relays-transactions             no: it ended the connection
        asks-for-headers                yes: getheaders after 3 ms
        follows-chain                   unknown: a target that we do not start would
                                        keep the chain
        ");
    }

    #[test]
    fn the_tree_has_a_mark_for_each_case() {
        let run = sample::run();
        let areas = by_area(&run.cases).into_iter();
        let tree: String = areas
            .map(|(area, cases)| console(80).area(area, &cases))
            .collect();
        assert_snapshot!(plain(&tree), @"
        addr  1 pass
          count  ✓
        envelope  1 pass, 2 fail
          checksum  ✓
          length    ✗ ✗
            ✗ envelope/length/1  the process ended with signal 6 (SIGABRT) after 24 byt…
            ✗ envelope/length/2  no byte in 5 s; the connection stays open, and two mor…
        filters  1 unsupported
          bloom  –
        handshake  1 weaker, 1 varies
          nonce  ~
            ~ handshake/nonce/1  reset instead of closed
          order  ◇
        headers  2 pass, 1 fail, 1 inconclusive, 1 skipped
          limit  ✓ ✓
            ✓ headers/limit/2  passed, expected to fail
          pow    ✗ ? ○
            ✗ headers/pow/1  as expected: scrypt is its proof of work
            ? headers/pow/2  without the fault, the target does not act either
        inv  1 error
          count  !
            ! inv/count/1  the port 18444 is taken by another process
        ping  1 pass, 1 varies
          pong  ✓ ◇
        resources  1 fail
          slots  ✗
            ✗ resources/slots/1  flaky: the connection was refused
        ");
    }

    #[test]
    fn a_failure_is_shown_in_full_with_the_command_that_repeats_it() {
        let mut run = sample::run();
        assert_snapshot!(plain(&console(72).details(&run.cases[3])), @"
        FAIL envelope/length/2
          no memory is reserved for bytes that never come
          level     reference
          source    reference: Bitcoin Core, net_processing.cpp; BIP31
          step      5.2
          expected  a pong within 5 s
          found     no byte in 5 s; the connection stays open, and two more were
                    taken and not answered
          ending    unresponsive
          again     fake-peer check --connect 127.0.0.1:18444 --seed 7 envelope/length/2
            0.000 s * connected to 127.0.0.1:18444
            0.001 s < verack (24 bytes)
            0.001 s > ping (32 bytes) nonce=7
            0.002 s > headers (162,108 bytes) headers=[2001: {version=536870912…
            0.002 s * no answer within 2 s
        ");
        let first = run.cases[3].transcript[0].clone();
        run.cases[3].transcript.splice(0..0, vec![first; 10]);
        let text = plain(&console(72).details(&run.cases[3]));
        assert!(text.contains("… 7 lines before"), "{text}");
    }

    #[test]
    fn the_summary_counts_by_verdict_and_level() {
        assert_snapshot!(plain(&console(80).summary(&sample::run())), @"
        16 cases against /Satoshi:31.0.0/ (127.0.0.1:18444, regtest) in 12.346 s, seed 7

                    pass  weaker  fail  varies  inconclusive  unsupported  error  skipped   all
        must           3       0     1       0             1            1      1        1     8
        reference      2       1     3       1             0            0      0        0     7
        varies         0       0     0       1             0            0      0        0     1
        all            5       1     4       2             1            1      1        1    16

        Expected by the profile: 1 failure.

        Expected to fail, but passed:
          headers/limit/2 issue 1234, fixed in 2.1

        Flaky: the verdict changed when the case was repeated.
          resources/slots/1 fail, then pass
        ");
    }

    #[test]
    fn a_target_cannot_colour_the_terminal() {
        let text = console(80).run(&sample::hostile());
        assert!(!text.contains("\u{1b}[31m\u{202e}"));
        assert!(!text.contains('\u{202e}'));
        assert!(text.contains("\\u{1b}[31m"), "{text}");
    }

    #[test]
    fn long_lines_are_clipped_by_columns() {
        assert_eq!(clipped("abcdef", 6), "abcdef");
        assert_eq!(clipped("abcdefg", 6), "abcde…");
        assert_eq!(clipped("漢字漢字", 6), "漢字…");
    }
}
