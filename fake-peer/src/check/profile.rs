//! Profiles of implementations: the cases that one is known to fail, the cases that do not apply to
//! it, and the reasons.
//!
//! ```kdl
//! profile "litecoin-core" {
//!     about "Litecoin Core 0.21 in regtest"
//!     expect fail "inv/limit/1" reason="no limit, as in Bitcoin Core before 0.10"
//!     skip "headers/pow" reason="scrypt is its proof of work"
//! }
//! ```

use include_dir::{Dir, include_dir};
use kdl::{KdlEntry, KdlNode};

use super::result::{CaseResult, Expectation, Verdict};
use super::select::{IdPattern, SelectionError};
use crate::script::Diagnostics;
use crate::script::text::{Context, ProblemKind, Reader, document, read_text};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/profiles");

/// A profile of an implementation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// The name of the profile.
    pub name: String,
    /// A sentence about the implementation, its version, and how it was started.
    pub about: Option<String>,
    /// The rules for its cases. The first rule that matches a case applies.
    pub rules: Vec<Rule>,
}

/// A rule for some cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What the rule does.
    pub action: Action,
    /// The cases that the rule applies to.
    pub cases: Vec<IdPattern>,
    /// The reason for the rule.
    pub reason: String,
}

/// The action of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Runs the case and expects it to fail.
    ExpectFailure,
    /// Runs the case and expects its verdict to change when it is repeated, or to be a pass.
    ExpectFlaky,
    /// Does not run the case.
    Skip,
}

/// A further check of a pattern that can be parsed.
type Check<'a> = &'a dyn Fn(&IdPattern) -> Result<(), SelectionError>;

impl Profile {
    /// Returns the names of the profiles that are built into fake-peer.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let names = EMBEDDED.files().filter_map(|file| file.path().file_stem());
        names.filter_map(|name| name.to_str())
    }

    /// Returns the built-in profile of this name, if there is one.
    ///
    /// # Errors
    /// None in a release, since a test parses every built-in profile.
    pub fn embedded(name: &str) -> Option<Result<Self, Diagnostics>> {
        let text = EMBEDDED.get_file(format!("{name}.kdl"))?.contents_utf8()?;
        Some(Self::parse(name, text))
    }

    /// Parses a profile. `file` is the name of the file, for the errors.
    ///
    /// # Errors
    /// Every problem of the profile with its place in the text.
    pub fn parse(file: &str, text: &str) -> Result<Self, Diagnostics> {
        Self::read(file, text, &|_| Ok(()))
    }

    /// As [`Profile::parse`], for cases with these ids.
    ///
    /// # Errors
    /// As [`Profile::parse`]. A pattern that matches none of the ids is a problem too: it would have
    /// no effect, and is probably misspelt.
    pub fn parse_for(file: &str, text: &str, ids: &[&str]) -> Result<Self, Diagnostics> {
        Self::read(file, text, &|pattern| pattern.must_match(ids))
    }

    fn read(file: &str, text: &str, check: Check<'_>) -> Result<Self, Diagnostics> {
        let error = |problems| Diagnostics::new(file, text, problems);
        let document = document::read(text).map_err(error)?;
        let context = Context::default();
        let profile = read(document.nodes(), &context, check);
        match context.into_parts() {
            (problems, _) if problems.is_empty() => Ok(profile),
            (problems, _) => Err(error(problems)),
        }
    }

    /// Returns the reason for skipping a case, if it is skipped.
    pub fn skips(&self, id: &str) -> Option<&str> {
        let rule = self.rule(id)?;
        (rule.action == Action::Skip).then_some(&rule.reason)
    }

    /// Compares the result of a case with the expectation.
    pub fn judge(&self, case: &CaseResult) -> Option<Expectation> {
        let rule = self.rule(&case.id)?;
        let reason = rule.reason.clone();
        match (rule.action, case.verdict) {
            (Action::ExpectFailure, Verdict::Fail) => Some(Expectation::ExpectedFailure { reason }),
            (Action::ExpectFlaky, Verdict::Fail) if case.is_flaky() => {
                Some(Expectation::ExpectedFailure { reason })
            }
            (Action::ExpectFailure, Verdict::Pass | Verdict::Weaker) => {
                Some(Expectation::UnexpectedPass { reason })
            }
            (Action::Skip | Action::ExpectFlaky, _)
            | (
                Action::ExpectFailure,
                Verdict::Varies
                | Verdict::Inconclusive
                | Verdict::Unsupported
                | Verdict::Error
                | Verdict::Skipped,
            ) => None,
        }
    }

    fn rule(&self, id: &str) -> Option<&Rule> {
        let matches = |rule: &&Rule| rule.cases.iter().any(|pattern| pattern.matches(id));
        self.rules.iter().find(matches)
    }
}

fn read(nodes: &[KdlNode], context: &Context, check: Check<'_>) -> Profile {
    let mut profile = Profile::default();
    let Some((first, more)) = nodes.split_first() else {
        let (expected, reason) = ("`profile NAME { … }`", Some("nothing is here".to_owned()));
        context.add((0..0).into(), ProblemKind::Value { expected, reason });
        return profile;
    };
    for node in more {
        match node.name().value() {
            "profile" => Reader::new(node, context).problem(ProblemKind::Twice {
                what: "profile".to_owned(),
            }),
            _ => unknown(&Reader::new(node, context), "verb", &["profile"]),
        }
    }
    let mut r = Reader::new(first, context);
    if r.verb() != "profile" {
        unknown(&r, "verb", &["profile"]);
        return profile;
    }
    profile.name = r.arg("a name").unwrap_or_default();
    for node in r.children() {
        read_verb(Reader::new(node, context), &mut profile, check);
    }
    r.finish();
    profile
}

fn read_verb(mut r: Reader<'_>, profile: &mut Profile, check: Check<'_>) {
    let action = match r.verb() {
        "about" => {
            profile.about = r.arg("a sentence");
            return r.finish();
        }
        "expect" => match read_expectation(&mut r) {
            Some(action) => action,
            None => return,
        },
        "skip" => Action::Skip,
        _ => return unknown(&r, "verb", &["about", "expect", "skip"]),
    };
    let reason = r.needed_prop("reason", "`reason=`");
    let cases = read_cases(&mut r, check);
    r.finish();
    profile.rules.extend(reason.map(|reason| Rule {
        action,
        cases,
        reason,
    }));
}

/// Reads the word that says what is expected of a case.
fn read_expectation(r: &mut Reader<'_>) -> Option<Action> {
    const EXPECTED: &str = "`fail` or `flaky`";
    let Some(entry) = r.next_arg() else {
        return r.missing(EXPECTED);
    };
    read_text(entry, r.context(), EXPECTED, |text| match text {
        "fail" => Ok(Action::ExpectFailure),
        "flaky" => Ok(Action::ExpectFlaky),
        _ => Err("a case can be expected to `fail` or to be `flaky`, or be skipped".to_owned()),
    })
}

fn read_cases(r: &mut Reader<'_>, check: Check<'_>) -> Vec<IdPattern> {
    let entries: Vec<_> = std::iter::from_fn(|| r.next_arg()).collect();
    if entries.is_empty() {
        return r
            .missing("the id of a case, or a pattern of ids")
            .unwrap_or_default();
    }
    let read = |entry: &&KdlEntry| {
        let parse = |text: &str| {
            let checked = |pattern: IdPattern| check(&pattern).map(|()| pattern);
            let read = text.parse().and_then(checked);
            read.map_err(|error: SelectionError| error.to_string())
        };
        read_text(entry, r.context(), "a pattern of ids", parse)
    };
    entries.iter().filter_map(read).collect()
}

fn unknown(r: &Reader<'_>, what: &'static str, known: &[&'static str]) {
    r.problem(ProblemKind::UnknownWord {
        what,
        found: r.verb().to_owned(),
        known: known.to_vec(),
    });
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::check::Catalogue;

    fn parse(text: &str) -> Profile {
        Profile::parse("p.kdl", text).unwrap()
    }

    /// The ids of the built-in cases.
    fn ids() -> Vec<String> {
        Catalogue::embedded_ids().collect()
    }

    fn case(id: &str, verdict: Verdict) -> CaseResult {
        let script = crate::script::Script {
            name: id.to_owned(),
            ..Default::default()
        };
        CaseResult {
            verdict,
            ..CaseResult::skipped(&script, "")
        }
    }

    #[test]
    fn the_profiles_that_are_brought_can_be_read() {
        for name in Profile::names() {
            let profile = Profile::embedded(name).unwrap().unwrap();
            assert_eq!(profile.name, name);
            assert!(profile.about.is_some(), "{name} has no about");
        }
    }

    #[test]
    fn the_profiles_that_are_brought_name_cases_that_there_are() {
        let ids = ids();
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        for file in EMBEDDED.files() {
            let name = file.path().display().to_string();
            let read = Profile::parse_for(&name, file.contents_utf8().unwrap(), &ids);
            if let Err(problems) = read {
                panic!("{problems:#}");
            }
        }
    }

    #[test]
    fn a_failure_is_expected_and_a_pass_is_not() {
        let profile = parse(r#"profile "p" { expect fail "a/b/1" "c/**/2" reason="why" }"#);
        let reason = "why".to_owned();
        let judge = |id, verdict| profile.judge(&case(id, verdict));
        let expected = Expectation::ExpectedFailure {
            reason: reason.clone(),
        };
        assert_eq!(judge("a/b/1", Verdict::Fail), Some(expected));
        let unexpected = Some(Expectation::UnexpectedPass { reason });
        assert_eq!(judge("c/d/2", Verdict::Pass), unexpected);
        assert_eq!(judge("c/d/2", Verdict::Weaker), unexpected);
        assert_eq!(judge("c/d/2", Verdict::Error), None);
        assert_eq!(judge("c/d/3", Verdict::Fail), None);
    }

    #[test]
    fn the_profiles_in_the_documentation_can_be_read() {
        let ids = ids();
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        for page in [
            include_str!("../../docs/report.md"),
            include_str!("../../docs/ten-minutes.md"),
        ] {
            let (_, text) = page.split_once("```kdl\nprofile").unwrap();
            let (text, _) = text.split_once("```").unwrap();
            match Profile::parse_for("page", &format!("profile{text}"), &ids) {
                Ok(profile) => assert!(profile.rules.len() > 1),
                Err(problems) => panic!("{problems:#}"),
            }
        }
    }

    #[test]
    fn a_flaky_case_may_pass_but_not_fail_each_time() {
        let profile = parse(r#"profile "p" { expect flaky "a" reason="a race"; }"#);
        let flaky = CaseResult {
            flaky: vec![Verdict::Fail, Verdict::Pass],
            ..case("a/b/1", Verdict::Fail)
        };
        let reason = "a race".to_owned();
        let expected = Some(Expectation::ExpectedFailure { reason });
        assert_eq!(profile.judge(&flaky), expected);
        assert_eq!(profile.judge(&case("a/b/1", Verdict::Fail)), None);
        assert_eq!(profile.judge(&case("a/b/1", Verdict::Pass)), None);
        // A failure that is expected may be flaky.
        let profile = parse(r#"profile "p" { expect fail "a" reason="a race"; }"#);
        assert_eq!(profile.judge(&flaky), expected);
    }

    #[test]
    fn the_first_rule_that_matches_is_the_one() {
        let profile = parse(
            r#"profile "p" {
                skip "a/b/1" reason="not for it"
                expect fail "a" reason="it is old"
                expect fail "x" reason="it is new"
            }"#,
        );
        assert_eq!(profile.skips("a/b/1"), Some("not for it"));
        assert_eq!(profile.judge(&case("a/b/1", Verdict::Fail)), None);
        assert_eq!(profile.skips("a/b/2"), None);
        assert!(profile.judge(&case("a/b/2", Verdict::Fail)).is_some());
    }

    #[test]
    fn a_pattern_that_matches_no_case_is_shown_with_a_suggestion() {
        let text = r#"profile "p" {
    skip "headers/limt" "headers/*/1" reason="a"
    expect fail "ping/pong/3" reason="b"
    expect fail "nothing/**" reason="c"
}
"#;
        let ids = ["headers/limit/1", "ping/pong/1"];
        assert!(Profile::parse("p.kdl", text).is_ok());
        let problems = Profile::parse_for("p.kdl", text, &ids).unwrap_err();
        assert_snapshot!(format!("{problems:#}"), @r#"
         × expected a pattern of ids
          ╭─[p.kdl:2:10]
        1 │ profile "p" {
        2 │     skip "headers/limt" "headers/*/1" reason="a"
          ·          ───────┬──────
          ·                 ╰── no case matches `headers/limt`; did you mean `headers/limit`?
        3 │     expect fail "ping/pong/3" reason="b"
          ╰────
         × expected a pattern of ids
          ╭─[p.kdl:3:17]
        2 │     skip "headers/limt" "headers/*/1" reason="a"
        3 │     expect fail "ping/pong/3" reason="b"
          ·                 ──────┬──────
          ·                       ╰── no case matches `ping/pong/3`; did you mean `ping/pong/1`?
        4 │     expect fail "nothing/**" reason="c"
          ╰────
         × expected a pattern of ids
          ╭─[p.kdl:4:17]
        3 │     expect fail "ping/pong/3" reason="b"
        4 │     expect fail "nothing/**" reason="c"
          ·                 ──────┬─────
          ·                       ╰── no case matches `nothing/**`
        5 │ }
          ╰────
        "#);
    }

    #[test]
    fn what_is_wrong_is_shown_where_it_stands() {
        let text = r#"profile "p" {
    expect pass "a" reason="b"
    expect fail reason="b"
    skip "a"
    skip "[" reason="b"
    skp "a" reason="b"
    skip "a" reason="b" because="c"
}
other
profile "q"
"#;
        let problems = Profile::parse("p.kdl", text).unwrap_err();
        assert_snapshot!(format!("{problems:#}"), @r#"
         × expected `fail` or `flaky`
          ╭─[p.kdl:2:12]
        1 │ profile "p" {
        2 │     expect pass "a" reason="b"
          ·            ──┬─
          ·              ╰── a case can be expected to `fail` or to be `flaky`, or be skipped
        3 │     expect fail reason="b"
          ╰────
         × `expect` needs the id of a case, or a pattern of ids
          ╭─[p.kdl:3:5]
        2 │     expect pass "a" reason="b"
        3 │     expect fail reason="b"
          ·     ───┬──
          ·        ╰── missing here
        4 │     skip "a"
          ╰────
         × `skip` needs `reason=`
          ╭─[p.kdl:4:5]
        3 │     expect fail reason="b"
        4 │     skip "a"
          ·     ──┬─
          ·       ╰── missing here
        5 │     skip "[" reason="b"
          ╰────
         × expected a pattern of ids
          ╭─[p.kdl:5:10]
        4 │     skip "a"
        5 │     skip "[" reason="b"
          ·          ─┬─
          ·           ╰── invalid pattern `[`: invalid range pattern
        6 │     skp "a" reason="b"
          ╰────
         × unknown verb `skp`
          ╭─[p.kdl:6:5]
        5 │     skip "[" reason="b"
        6 │     skp "a" reason="b"
          ·     ─┬─
          ·      ╰── unknown verb
        7 │     skip "a" reason="b" because="c"
          ╰────
         help: did you mean `skip`?
         × `skip` has no property `because`
          ╭─[p.kdl:7:25]
        6 │     skp "a" reason="b"
        7 │     skip "a" reason="b" because="c"
          ·                         ─────┬─────
          ·                              ╰── unknown property
        8 │ }
          ╰────
         help: expected `reason`
         × unknown verb `other`
           ╭─[p.kdl:9:1]
         8 │ }
         9 │ other
           · ──┬──
           ·   ╰── unknown verb
        10 │ profile "q"
           ╰────
         help: expected `profile`
         × `profile` is given more than once
           ╭─[p.kdl:10:1]
         9 │ other
        10 │ profile "q"
           · ───┬───
           ·    ╰── given again here
           ╰────
        "#);
        assert_snapshot!(format!("{:#}", Profile::parse("p.kdl", "").unwrap_err()), @"
        × expected `profile NAME { … }`
         ╭─[p.kdl:1:1]
         ╰────
        ");
        assert_snapshot!(format!("{:#}", Profile::parse("p.kdl", "script").unwrap_err()), @"
         × unknown verb `script`
          ╭─[p.kdl:1:1]
        1 │ script
          · ───┬──
          ·    ╰── unknown verb
          ╰────
         help: expected `profile`
        ");
    }
}
