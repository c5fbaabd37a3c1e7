//! The page for one run.

use std::time::{Duration, UNIX_EPOCH};

use askama::Template;

use super::assets::Assets;
use super::dump::dump;
use super::summary::SummaryRow;
use crate::check::facts::Fact;
use crate::check::report::words::{by_area, facts, seconds, size, unasked_line};
use crate::check::result::{
    CaseResult, Direction, Expectation, LEVELS, Line, Run, Verdict, level_name,
};
use crate::check::summary::Counts;
use crate::script::model::Role;

/// Writes a run as an HTML page.
///
/// # Errors
/// None: writing to a string does not fail.
pub fn html(run: &Run) -> askama::Result<String> {
    Page::of(run).render()
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    assets: Assets,
    title: &'a str,
    listens: bool,
    facts: Vec<(&'static str, String)>,
    /// What the probes found out about the target.
    portrait: &'a [Fact],
    verdicts: Vec<(Verdict, usize)>,
    summary: Vec<SummaryRow<'a>>,
    /// The ids of cases that passed, although the profile expects them to fail.
    unexpected: Vec<&'a str>,
    areas: Vec<Area<'a>>,
    version: &'a str,
    seed: u64,
}

struct Area<'a> {
    name: &'a str,
    counts: Counts,
    cases: Vec<View<'a>>,
}

/// A case on the page.
struct View<'a> {
    case: &'a CaseResult,
    facts: Vec<(&'static str, String)>,
    lines: Vec<LineView<'a>>,
}

/// A line of a transcript on the page.
struct LineView<'a> {
    line: &'a Line,
    at: String,
    /// The name of the connection, unless it is the main one.
    connection: Option<&'a str>,
    command: Option<&'a str>,
    size: String,
    text: &'a str,
    hex: String,
}

impl<'a> Page<'a> {
    fn of(run: &'a Run) -> Self {
        let seen = run.target.seen.as_ref();
        let title = seen.map_or(&run.target.name, |seen| &seen.user_agent);
        let row = |name, counts| SummaryRow::of(name, None, counts, &run.summary.all);
        let levels = LEVELS.map(|level| row(level_name(level), run.summary.level(level)));
        let total = SummaryRow {
            is_total: true,
            ..row("all", &run.summary.all)
        };
        Self {
            assets: Assets::new(),
            title,
            listens: run.target.role == Role::Listens,
            facts: about(run),
            portrait: run
                .target
                .portrait
                .as_ref()
                .map_or(&[], |portrait| &portrait.facts),
            verdicts: run.summary.all.present().collect(),
            summary: levels.into_iter().chain([total]).collect(),
            unexpected: run
                .cases
                .iter()
                .filter(|case| is_unexpected(case))
                .map(|case| &*case.id)
                .collect(),
            areas: by_area(&run.cases).into_iter().map(Area::of).collect(),
            version: &run.version,
            seed: run.seed,
        }
    }
}

impl<'a> Area<'a> {
    fn of((name, cases): (&'a str, Vec<&'a CaseResult>)) -> Self {
        Self {
            name,
            counts: Counts::of(cases.iter().map(|case| case.verdict)),
            cases: cases.into_iter().map(View::of).collect(),
        }
    }
}

impl<'a> View<'a> {
    fn of(case: &'a CaseResult) -> Self {
        let mut facts = facts(case);
        facts.push(("time", seconds(case.elapsed)));
        Self {
            case,
            facts,
            lines: case.transcript.iter().map(LineView::of).collect(),
        }
    }

    fn level(&self) -> &'static str {
        level_name(self.case.level)
    }

    /// Returns whether the case fails, as the profile expects.
    fn is_expected(&self) -> bool {
        matches!(
            self.case.expectation,
            Some(Expectation::ExpectedFailure { .. })
        )
    }
}

impl<'a> LineView<'a> {
    fn of(line: &'a Line) -> Self {
        let is_note = line.direction == Direction::Note;
        let command = line.command.as_deref().unwrap_or("bytes");
        Self {
            line,
            at: seconds(line.at),
            connection: (line.connection != "main").then_some(&line.connection),
            command: (!is_note).then_some(command),
            size: size(line.size),
            text: &line.text,
            hex: dump(&line.bytes, line.size),
        }
    }

    fn class(&self) -> &'static str {
        match self.line.direction {
            Direction::Sent => "sent",
            Direction::Received => "received",
            Direction::Note => "note",
        }
    }

    fn mark(&self) -> char {
        self.line.direction.mark()
    }
}

/// Returns the facts about the target and the run.
fn about(run: &Run) -> Vec<(&'static str, String)> {
    let mut facts = vec![("target", run.target.name.clone())];
    if let Some(seen) = &run.target.seen {
        facts.push(("protocol", seen.version.to_string()));
        facts.push(("services", seen.services.to_string()));
        let height = seen.start_height.map(|height| height.to_string());
        facts.extend(height.map(|height| ("height", height)));
    }
    facts.extend(run.target.portrait.as_ref().and_then(unasked_line));
    facts.push(("network", run.network.to_string()));
    facts.extend(
        run.target
            .profile
            .clone()
            .map(|profile| ("profile", profile)),
    );
    facts.push(("started", date(run.started)));
    facts.push(("took", seconds(run.elapsed)));
    facts.push(("seed", run.seed.to_string()));
    facts
}

/// Formats seconds since 1970 as a date, or as a number if the year has more than four digits.
fn date(seconds: u64) -> String {
    const YEAR_10000: u64 = 253_402_300_800;
    match UNIX_EPOCH.checked_add(Duration::from_secs(seconds)) {
        Some(time) if seconds < YEAR_10000 => humantime::format_rfc3339_seconds(time).to_string(),
        _ => seconds.to_string(),
    }
}

fn is_unexpected(case: &CaseResult) -> bool {
    matches!(case.expectation, Some(Expectation::UnexpectedPass { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample;

    #[test]
    fn a_case_is_shown_in_full() {
        let mut run = sample::run();
        run.cases.retain(|case| case.id == "envelope/length/1");
        run.cases[0].transcript.truncate(2);
        let page = html(&run).unwrap();
        let (_, case) = page.split_once("<section").unwrap();
        let (case, _) = case.split_once("</section>").unwrap();
        let lines = case
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty());
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r##"
         class="area" id="area=envelope" data-area="envelope">
        <h2>envelope</h2>
        <details class="case fail" id="envelope/length/1" data-verdict="fail" data-level="reference">
        <summary>
        <span class="mark" aria-hidden="true">✗</span>
        <span class="id">envelope/length/1</span>
        <span class="about">a length above the limit ends the connection before the payload comes</span>
        <span class="verdict">fail</span>
        <span class="level">reference</span>
        </summary>
        <div class="body">
        <dl class="facts">
        <div data-fact="level"><dt>level</dt><dd>reference</dd></div>
        <div data-fact="source"><dt>source</dt><dd>reference: Bitcoin Core, net_processing.cpp; BIP31</dd></div>
        <div data-fact="step"><dt>step</dt><dd>4</dd></div>
        <div data-fact="expected"><dt>expected</dt><dd>the end of the connection within 2 s</dd></div>
        <div data-fact="found"><dt>found</dt><dd>the process ended with signal 6 (SIGABRT) after 24 bytes</dd></div>
        <div data-fact="ending"><dt>ending</dt><dd>died</dd></div>
        <div data-fact="again"><dt>again</dt><dd>fake-peer check --connect 127.0.0.1:18444 --seed 7 envelope/length/1</dd></div>
        <div data-fact="time"><dt>time</dt><dd>0.002 s</dd></div>
        </dl>
        <h3>Transcript</h3>
        <ol class="wire">
        <li class="note">
        <span class="at">0.000 s</span> <span class="way" title="note">*</span> <span class="what">connected to 127.0.0.1:18444</span>
        </li>
        <li class="received">
        <details><summary>
        <span class="at">0.001 s</span> <span class="way" title="received">&#60;</span> <span class="what"><b>verack</b> <span class="size">24 bytes</span> </span>
        </summary><pre tabindex="0">0000  fa bf b5 da 76 65 72 61  63 6b 00 00 00 00 00 00  ....verack......
        0010  00 00 00 00 5d f6 e0 e2                           ....]...
        </pre></details>
        </li>
        </ol>
        <p class="link"><a href="#envelope/length/1">Link to this case</a></p>
        </div>
        </details>
        "##);
    }

    #[test]
    fn the_portrait_is_a_table() {
        let page = html(&sample::run()).unwrap();
        let (_, table) = page.split_once("<table class=\"portrait\"").unwrap();
        let (table, _) = table.split_once("</table>").unwrap();
        insta::assert_snapshot!(table, @r#"
        >
        <thead><tr><th scope="col">fact</th><th scope="col">answer</th><th scope="col">probe</th><th scope="col">source</th></tr></thead>
        <tbody>
        <tr class="no"><th scope="row">speaks-first</th><td><bdi>no</bdi></td><td>handshake</td><td>BIP152, sendcmpct</td></tr>
        <tr class="no"><th scope="row">relays-transactions</th><td><bdi>no: it ended the connection</bdi></td><td>handshake</td><td>BIP152, sendcmpct</td></tr>
        <tr class="yes"><th scope="row">asks-for-headers</th><td><bdi>yes: getheaders after 3 ms</bdi></td><td>handshake</td><td>BIP152, sendcmpct</td></tr>
        <tr class="unknown"><th scope="row">follows-chain</th><td><bdi>unknown: a target that we do not start would keep the chain</bdi></td><td>handshake</td><td>BIP152, sendcmpct</td></tr>
        </tbody>
        "#);
    }

    #[test]
    fn no_text_breaks_out() {
        let page = html(&sample::hostile()).unwrap();
        assert_eq!(page.matches("<script").count(), 1);
        assert!(!page.contains("<img"));
        assert!(!page.contains('\u{202e}') && !page.contains('\u{1b}'));
    }

    #[test]
    fn nothing_is_loaded() {
        let page = html(&sample::run()).unwrap();
        for from in ["src=", "url(", "@import", "http://", "https://", "<link"] {
            assert!(!page.contains(from), "{from}");
        }
    }

    #[test]
    fn any_time_is_formatted() {
        assert_eq!(date(1_767_225_600), "2026-01-01T00:00:00Z");
        assert_eq!(date(u64::MAX), u64::MAX.to_string());
    }
}
