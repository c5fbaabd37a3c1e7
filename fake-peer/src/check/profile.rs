//! Profiles of implementations: the cases that one is known to fail, the cases that do not apply to
//! it, and the reasons.
//!
//! ```kdl
//! profile "litecoin-core" {
//!     about "Litecoin Core 0.21 in regtest"
//!     expect fail "inv/size/1" reason="no limit, as in Bitcoin Core before 0.10"
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
    /// Does not run the case.
    Skip,
}

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
        let error = |problems| Diagnostics::new(file, text, problems);
        let document = document::read(text).map_err(error)?;
        let context = Context::default();
        let profile = read(document.nodes(), &context);
        match context.into_parts() {
            (problems, _) if problems.is_empty() => Ok(profile),
            (problems, _) => Err(error(problems)),
        }
    }

    /// Returns the reason for skipping a case, if it is skipped.
    pub fn skips(&self, id: &str) -> Option<&str> {
        self.reason(id, Action::Skip)
    }

    /// Compares the result of a case with the expectation.
    pub fn judge(&self, case: &CaseResult) -> Option<Expectation> {
        let reason = self.reason(&case.id, Action::ExpectFailure)?.to_owned();
        match case.verdict {
            Verdict::Fail => Some(Expectation::ExpectedFailure { reason }),
            Verdict::Pass | Verdict::Weaker => Some(Expectation::UnexpectedPass { reason }),
            Verdict::Varies
            | Verdict::Inconclusive
            | Verdict::Unsupported
            | Verdict::Error
            | Verdict::Skipped => None,
        }
    }

    /// Returns the patterns that match none of these ids, and so have no effect.
    pub fn idle<'a>(&'a self, ids: &[&str]) -> Vec<&'a IdPattern> {
        let patterns = self.rules.iter().flat_map(|rule| &rule.cases);
        let is_idle = |pattern: &&IdPattern| !ids.iter().any(|id| pattern.matches(id));
        patterns.filter(is_idle).collect()
    }

    fn reason(&self, id: &str, action: Action) -> Option<&str> {
        let matches = |rule: &&Rule| rule.cases.iter().any(|pattern| pattern.matches(id));
        let rule = self.rules.iter().find(matches)?;
        (rule.action == action).then_some(&rule.reason)
    }
}

fn read(nodes: &[KdlNode], context: &Context) -> Profile {
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
        read_verb(Reader::new(node, context), &mut profile);
    }
    r.finish();
    profile
}

fn read_verb(mut r: Reader<'_>, profile: &mut Profile) {
    let action = match r.verb() {
        "about" => {
            profile.about = r.arg("a sentence");
            return r.finish();
        }
        "expect" if read_fail(&mut r).is_some() => Action::ExpectFailure,
        "expect" => return,
        "skip" => Action::Skip,
        _ => return unknown(&r, "verb", &["about", "expect", "skip"]),
    };
    let reason = r.needed_prop("reason", "`reason=`");
    let cases = read_cases(&mut r);
    r.finish();
    profile.rules.extend(reason.map(|reason| Rule {
        action,
        cases,
        reason,
    }));
}

/// Reads the word `fail`, which is the only expectation of a case.
fn read_fail(r: &mut Reader<'_>) -> Option<()> {
    let Some(entry) = r.next_arg() else {
        return r.missing("`fail`");
    };
    read_text(entry, r.context(), "`fail`", |text| match text {
        "fail" => Ok(()),
        _ => Err("a case can be expected to `fail`, or be skipped".to_owned()),
    })
}

fn read_cases(r: &mut Reader<'_>) -> Vec<IdPattern> {
    let entries: Vec<_> = std::iter::from_fn(|| r.next_arg()).collect();
    if entries.is_empty() {
        return r
            .missing("the id of a case, or a pattern of ids")
            .unwrap_or_default();
    }
    let read = |entry: &&KdlEntry| {
        let parse = |text: &str| {
            text.parse()
                .map_err(|error: SelectionError| error.to_string())
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
    use crate::check::{Case, Catalogue};

    fn parse(text: &str) -> Profile {
        Profile::parse("p.kdl", text).unwrap()
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
        let catalogue = Catalogue::embedded().unwrap();
        let ids: Vec<_> = catalogue.cases().iter().map(Case::id).collect();
        for name in Profile::names() {
            let profile = Profile::embedded(name).unwrap().unwrap();
            assert_eq!(profile.idle(&ids), [] as [&IdPattern; 0], "{name}");
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
    fn the_profile_in_the_documentation_can_be_read() {
        let text = include_str!("../../docs/report.md");
        let (_, text) = text.split_once("```kdl\n").unwrap();
        let (text, _) = text.split_once("```").unwrap();
        assert_eq!(parse(text).rules.len(), 2);
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
        let idle = profile.idle(&["a/b/1"]);
        assert_eq!(
            idle.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["x"]
        );
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
         × expected `fail`
          ╭─[p.kdl:2:12]
        1 │ profile "p" {
        2 │     expect pass "a" reason="b"
          ·            ──┬─
          ·              ╰── a case can be expected to `fail`, or be skipped
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
