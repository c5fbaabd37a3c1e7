//! A run as `JUnit` XML, the format that CI services read, with a suite for each area.

use std::time::Duration;

use quick_junit::{
    FlakyOrRerun, NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestRerun,
    TestSuite,
};

use super::words::{by_area, facts, transcript, verdicts};
use crate::check::result::{CaseResult, Expectation, Run, Strictness, Verdict, level_name, topic};

/// Writes a run as `JUnit` XML.
///
/// # Errors
/// None: characters that XML cannot contain are left out.
pub fn junit(run: &Run, strictness: Strictness) -> Result<String, SerializeError> {
    let mut report = Report::new("fake-peer");
    report.set_time(run.elapsed);
    for (area, cases) in by_area(&run.cases) {
        let mut suite = TestSuite::new(area);
        suite.set_time(cases.iter().map(|case| case.elapsed).sum::<Duration>());
        suite.add_property(("target", &*run.target.name));
        if let Some(seen) = &run.target.seen {
            suite.add_property(("user agent", &*seen.user_agent));
        }
        suite.add_property(("seed", &*run.seed.to_string()));
        suite.add_test_cases(cases.iter().map(|case| test_case(case, strictness)));
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn test_case(case: &CaseResult, strictness: Strictness) -> TestCase {
    let mut test = TestCase::new(&*case.id, status(case, strictness));
    test.set_classname(topic(&case.id).replace('/', "."));
    test.set_time(case.elapsed);
    test.add_property(("level", level_name(case.level)));
    test.add_property(("requirement", &*case.about));
    for source in &case.sources {
        test.add_property(("source", &**source));
    }
    if case.is_failure(strictness) || case.verdict == Verdict::Error {
        test.set_system_out(transcript(&case.transcript));
    } else if let Some(note) = &case.note {
        test.set_system_out(&**note);
    }
    test
}

fn status(case: &CaseResult, strictness: Strictness) -> TestCaseStatus {
    let mut status = match (case.verdict, &case.expectation) {
        (Verdict::Error, _) => TestCaseStatus::non_success(NonSuccessKind::Error),
        _ if case.is_failure(strictness) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        (_, Some(Expectation::ExpectedFailure { reason })) if case.is_flaky() => {
            let mut status = TestCaseStatus::success();
            status.add_rerun(flaky(case, &format!("as expected: {reason}")));
            return status;
        }
        (_, Some(Expectation::ExpectedFailure { reason })) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("fails, as expected: {reason}"));
            return status;
        }
        (Verdict::Skipped | Verdict::Unsupported | Verdict::Inconclusive, _) => {
            let mut status = TestCaseStatus::skipped();
            let note = case.note.as_deref().unwrap_or_default();
            status.set_message(format!("{}: {note}", case.verdict.name()));
            return status;
        }
        _ => return TestCaseStatus::success(),
    };
    status.set_message(&*case.about);
    status.set_type(level_name(case.level));
    let facts = facts(case).into_iter();
    let lines: Vec<_> = facts
        .map(|(name, fact)| format!("{name}: {fact}"))
        .collect();
    status.set_description(lines.join("\n"));
    if case.is_flaky() {
        status.set_rerun_kind(FlakyOrRerun::Flaky);
        status.add_rerun(flaky(case, &case.about));
    }
    status
}

/// The element that marks a case as flaky.
fn flaky(case: &CaseResult, what: &str) -> TestRerun {
    let mut run = TestRerun::new(NonSuccessKind::Failure);
    run.set_message(format!("{}: {what}", verdicts(case)));
    run
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample;

    #[test]
    fn a_suite_for_each_area() {
        let mut run = sample::run();
        let shown = [
            "envelope/length/1",
            "filters/bloom/1",
            "headers/pow/1",
            "inv/count/1",
        ];
        run.cases.retain(|case| shown.contains(&&*case.id));
        for case in &mut run.cases {
            case.transcript.truncate(2);
            case.sources.truncate(1);
        }
        insta::assert_snapshot!(junit(&run, Strictness::Usual).unwrap(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="fake-peer" tests="4" skipped="2" failures="1" errors="1" time="12.346">
            <testsuite name="envelope" tests="1" skipped="0" errors="0" failures="1" time="0.002">
                <properties>
                    <property name="target" value="127.0.0.1:18444"/>
                    <property name="user agent" value="/Satoshi:31.0.0/"/>
                    <property name="seed" value="7"/>
                </properties>
                <testcase name="envelope/length/1" classname="envelope.length" time="0.002">
                    <properties>
                        <property name="level" value="reference"/>
                        <property name="requirement" value="a length above the limit ends the connection before the payload comes"/>
                        <property name="source" value="reference: Bitcoin Core, net_processing.cpp"/>
                    </properties>
                    <failure message="a length above the limit ends the connection before the payload comes" type="reference">level: reference
        source: reference: Bitcoin Core, net_processing.cpp
        step: 4
        expected: the end of the connection within 2 s
        found: the process ended with signal 6 (SIGABRT) after 24 bytes
        ending: died
        again: fake-peer check --connect 127.0.0.1:18444 --seed 7 envelope/length/1</failure>
                    <system-out>  0.000 s * connected to 127.0.0.1:18444
          0.001 s &lt; verack (24 bytes)</system-out>
                </testcase>
            </testsuite>
            <testsuite name="filters" tests="1" skipped="1" errors="0" failures="0" time="0.002">
                <properties>
                    <property name="target" value="127.0.0.1:18444"/>
                    <property name="user agent" value="/Satoshi:31.0.0/"/>
                    <property name="seed" value="7"/>
                </properties>
                <testcase name="filters/bloom/1" classname="filters.bloom" time="0.002">
                    <properties>
                        <property name="level" value="must"/>
                        <property name="requirement" value="filterload without the service bit BLOOM ends the connection (BIP111)"/>
                        <property name="source" value="reference: Bitcoin Core, net_processing.cpp"/>
                    </properties>
                    <skipped message="unsupported: its services do not have BLOOM"/>
                    <system-out>its services do not have BLOOM</system-out>
                </testcase>
            </testsuite>
            <testsuite name="headers" tests="1" skipped="1" errors="0" failures="0" time="0.002">
                <properties>
                    <property name="target" value="127.0.0.1:18444"/>
                    <property name="user agent" value="/Satoshi:31.0.0/"/>
                    <property name="seed" value="7"/>
                </properties>
                <testcase name="headers/pow/1" classname="headers.pow" time="0.002">
                    <properties>
                        <property name="level" value="must"/>
                        <property name="requirement" value="a header whose hash is above its target ends the connection"/>
                        <property name="source" value="reference: Bitcoin Core, net_processing.cpp"/>
                    </properties>
                    <skipped message="fails, as expected: scrypt is its proof of work"/>
                </testcase>
            </testsuite>
            <testsuite name="inv" tests="1" skipped="0" errors="1" failures="0" time="0.002">
                <properties>
                    <property name="target" value="127.0.0.1:18444"/>
                    <property name="user agent" value="/Satoshi:31.0.0/"/>
                    <property name="seed" value="7"/>
                </properties>
                <testcase name="inv/count/1" classname="inv.count" time="0.002">
                    <properties>
                        <property name="level" value="must"/>
                        <property name="requirement" value="50,001 inventory items are one too many"/>
                        <property name="source" value="reference: Bitcoin Core, net_processing.cpp"/>
                    </properties>
                    <error message="50,001 inventory items are one too many" type="must">level: must
        source: reference: Bitcoin Core, net_processing.cpp
        step: 2
        expected: a connection to the target
        found: the port 18444 is taken by another process
        ending: open
        again: fake-peer check --connect 127.0.0.1:18444 --seed 7 inv/count/1</error>
                    <system-out>  0.000 s * connected to 127.0.0.1:18444
          0.001 s &lt; verack (24 bytes)</system-out>
                </testcase>
            </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn a_flaky_case_has_an_element_of_its_own() {
        let mut run = sample::run();
        run.cases.retain(CaseResult::is_flaky);
        run.cases[0].transcript.clear();
        let lines = |run: &Run| {
            let text = junit(run, Strictness::Usual).unwrap();
            let wanted = |line: &&str| line.contains("ailure");
            let lines: Vec<_> = text.lines().filter(wanted).map(str::trim).collect();
            lines.join("\n")
        };
        insta::assert_snapshot!(lines(&run), @r#"
        <testsuites name="fake-peer" tests="1" skipped="0" failures="1" errors="0" time="12.346">
        <testsuite name="resources" tests="1" skipped="0" errors="0" failures="1" time="0.002">
        <failure message="the 126th connection makes the target end another one, and take it" type="reference">level: reference
        again: fake-peer check --connect 127.0.0.1:18444 --seed 7 resources/slots/1</failure>
        <flakyFailure message="fail, then pass: the 126th connection makes the target end another one, and take it">
        </flakyFailure>
        "#);
        let reason = "a race".to_owned();
        run.cases[0].expectation = Some(Expectation::ExpectedFailure { reason });
        insta::assert_snapshot!(lines(&run), @r#"
        <testsuites name="fake-peer" tests="1" skipped="0" failures="0" errors="0" time="12.346">
        <testsuite name="resources" tests="1" skipped="0" errors="0" failures="0" time="0.002">
        <flakyFailure message="fail, then pass: as expected: a race">
        </flakyFailure>
        "#);
    }

    #[test]
    fn weaker_cases_fail_in_a_strict_run() {
        let failures = |strictness| {
            let text = junit(&sample::run(), strictness).unwrap();
            text.matches("<failure").count()
        };
        assert_eq!(failures(Strictness::Usual), 3);
        // The case with the verdict `weaker`, and the case that passes unexpectedly.
        assert_eq!(failures(Strictness::Strict), 5);
    }

    #[test]
    fn no_text_breaks_out() {
        let text = junit(&sample::hostile(), Strictness::Strict).unwrap();
        assert!(!text.contains("<script") && !text.contains("<img"));
        assert!(!text.contains('\u{1b}'));
    }
}
