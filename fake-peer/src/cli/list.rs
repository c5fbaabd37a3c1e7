//! `fake-peer list`: the cases of the conformance suite.

use std::fmt::Write as _;

use fake_peer::check::Case;
use fake_peer::check::result::{LEVELS, level_name};
use fake_peer::script::model::{Level, Requires};
use serde::Serialize;

use super::failure::Failure;
use super::output::{grouped, print, width};
use super::select::SelectArgs;

/// List the cases of the conformance suite: id, level and requirement
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    select: SelectArgs,
    /// Print one JSON object per line, with the sources and what the case requires of a target
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let catalogue = args.select.catalogue()?;
    let cases = args.select.of(&catalogue)?;
    if args.json {
        cases.iter().try_for_each(|case| json(case))
    } else {
        print(text(&cases, width()))
    }
}

/// A case as JSON.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    level: Option<Level>,
    about: Option<&'a str>,
    sources: &'a [String],
    requires: &'a Requires,
    path: &'a str,
}

fn json(case: &Case) -> Result<(), Failure> {
    let script = case.script();
    let row = Row {
        id: case.id(),
        level: script.level,
        about: script.about.as_deref(),
        sources: &script.sources,
        requires: &script.requires,
        path: case.path(),
    };
    let row = serde_json::to_string(&row).map_err(|error| Failure::Internal(error.into()))?;
    print(row)
}

/// Formats cases in three columns, the last of which is wrapped to fit `width`, and counts them.
pub(crate) fn text(cases: &[&Case], width: usize) -> String {
    let id_width = cases.iter().map(|case| case.id().len()).max().unwrap_or(0);
    let level_width = "reference".len();
    let indent = id_width + level_width + 4;
    let room = width.saturating_sub(indent).max(20);
    let mut text = String::new();
    for case in cases {
        let (mut id, mut level) = (case.id(), case.script().level.map_or("", level_name));
        let about = case.script().about.as_deref().unwrap_or_default();
        for part in textwrap::wrap(about, room) {
            let _ = writeln!(text, "{id:<id_width$}  {level:<level_width$}  {part}");
            (id, level) = ("", "");
        }
    }
    text.push_str(&counted(cases));
    text
}

fn counted(cases: &[&Case]) -> String {
    let of_level = |level: Level| {
        let cases = cases
            .iter()
            .filter(|case| case.script().level == Some(level));
        (level_name(level), cases.count())
    };
    let levels = LEVELS
        .map(of_level)
        .into_iter()
        .filter(|(_, count)| *count > 0);
    let levels: Vec<_> = levels
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    let word = if cases.len() == 1 { "case" } else { "cases" };
    let count = grouped(cases.len() as u64);
    if levels.is_empty() {
        format!("{count} {word}")
    } else {
        format!("{count} {word}: {}", levels.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(id: &str, level: &str, about: &str) -> Case {
        let text = format!(
            "script \"{id}\" network=regtest {{\nabout \"{about}\"\nsource \"BIP31\"\nlevel {level}\nhandshake\n}}"
        );
        Case::new(&format!("{id}.kdl"), &text).unwrap()
    }

    #[test]
    fn columns_are_aligned_and_the_last_is_wrapped() {
        let cases = [
            case(
                "ping/pong/1",
                "must",
                "a ping is answered with its nonce, and nothing else happens",
            ),
            case("ping/a/2", "reference", "a short one"),
        ];
        let cases: Vec<_> = cases.iter().collect();
        insta::assert_snapshot!(text(&cases, 60), @"
        ping/pong/1  must       a ping is answered with its nonce,
                                and nothing else happens
        ping/a/2     reference  a short one
        2 cases: 1 must, 1 reference
        ");
        assert_eq!(text(&[], 60), "0 cases");
    }
}
