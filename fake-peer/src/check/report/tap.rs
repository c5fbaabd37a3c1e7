//! A run in the Test Anything Protocol, version 14.
//!
//! Source: <https://testanything.org/tap-version-14-specification.html>

use std::fmt::Write as _;

use super::words::{facts, one_line};
use crate::check::result::{CaseResult, Expectation, Run, Strictness, Verdict};

/// Writes a run as TAP.
pub fn tap(run: &Run, strictness: Strictness) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", run.cases.len());
    for (at, case) in run.cases.iter().enumerate() {
        let _ = writeln!(text, "{}", test_point(at + 1, case, strictness));
        if failed(case, strictness) {
            text.push_str(&diagnostics(case));
        }
    }
    text
}

fn failed(case: &CaseResult, strictness: Strictness) -> bool {
    match case.expectation {
        // `# TODO` makes this an expected failure.
        Some(Expectation::ExpectedFailure { .. }) => true,
        _ => case.is_failure(strictness) || case.verdict == Verdict::Error,
    }
}

fn test_point(number: usize, case: &CaseResult, strictness: Strictness) -> String {
    let ok = if failed(case, strictness) {
        "not ok"
    } else {
        "ok"
    };
    let what = escape(&format!("{}: {}", case.id, case.about));
    let note = || escape(case.note.as_deref().unwrap_or_default());
    let directive = match (&case.expectation, case.verdict) {
        (Some(Expectation::ExpectedFailure { reason }), _) => format!(" # TODO {}", escape(reason)),
        (_, Verdict::Skipped) => format!(" # SKIP {}", note()),
        (_, Verdict::Unsupported) => format!(" # SKIP unsupported: {}", note()),
        (_, Verdict::Inconclusive) => format!(" # SKIP inconclusive: {}", note()),
        _ => String::new(),
    };
    format!("{ok} {number} - {what}{directive}")
}

/// Formats the facts as YAML, in which a JSON string is a valid string.
fn diagnostics(case: &CaseResult) -> String {
    let mut text = "  ---\n".to_owned();
    for (name, fact) in facts(case) {
        let fact = serde_json::Value::from(fact);
        let _ = writeln!(text, "  {name}: {fact}");
    }
    text.push_str("  ...\n");
    text
}

/// Escapes a description, which cannot contain line breaks, and in which `#` starts a directive.
fn escape(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('#', "\\#")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample;

    #[test]
    fn a_line_for_each_case() {
        insta::assert_snapshot!(tap(&sample::run(), Strictness::Usual), @r#"
        TAP version 14
        1..16
        ok 1 - addr/count/1: 1,001 addresses are one too many
        ok 2 - envelope/checksum/1: a wrong checksum is not answered
        not ok 3 - envelope/length/1: a length above the limit ends the connection before the payload comes
          ---
          level: "reference"
          source: "reference: Bitcoin Core, net_processing.cpp; BIP31"
          step: "4"
          expected: "the end of the connection within 2 s"
          found: "the process ended with signal 6 (SIGABRT) after 24 bytes"
          ending: "died"
          again: "fake-peer check --connect 127.0.0.1:18444 --seed 7 envelope/length/1"
          ...
        not ok 4 - envelope/length/2: no memory is reserved for bytes that never come
          ---
          level: "reference"
          source: "reference: Bitcoin Core, net_processing.cpp; BIP31"
          step: "5.2"
          expected: "a pong within 5 s"
          found: "no byte in 5 s; the connection stays open, and two more were taken and not answered"
          ending: "unresponsive"
          again: "fake-peer check --connect 127.0.0.1:18444 --seed 7 envelope/length/2"
          ...
        ok 5 - filters/bloom/1: filterload without the service bit BLOOM ends the connection (BIP111) # SKIP unsupported: its services do not have BLOOM
        ok 6 - handshake/nonce/1: a connection to ourselves is ended
        ok 7 - handshake/order/2: a second version message
        ok 8 - headers/limit/1: 2,001 headers are one too many, and the count alone shows it
        ok 9 - headers/limit/2: 2,000 headers are taken, and more are asked for
        not ok 10 - headers/pow/1: a header whose hash is above its target ends the connection # TODO scrypt is its proof of work
          ---
          level: "must"
          source: "reference: Bitcoin Core, net_processing.cpp; BIP31"
          step: "4"
          expected: "the end of the connection within 5 s"
          found: "it asks for more headers after the invalid one"
          ending: "open"
          profile: "expected to fail: scrypt is its proof of work"
          again: "fake-peer check --connect 127.0.0.1:18444 --seed 7 headers/pow/1"
          ...
        ok 11 - headers/pow/2: a header whose hash is above its target is not followed # SKIP inconclusive: without the fault, the target does not act either
        ok 12 - headers/pow/10: a hash that equals the target is enough # SKIP scrypt is its proof of work
        not ok 13 - inv/count/1: 50,001 inventory items are one too many
          ---
          level: "must"
          source: "reference: Bitcoin Core, net_processing.cpp; BIP31"
          step: "2"
          expected: "a connection to the target"
          found: "the port 18444 is taken by another process"
          ending: "open"
          again: "fake-peer check --connect 127.0.0.1:18444 --seed 7 inv/count/1"
          ...
        ok 14 - ping/pong/1: a ping is answered with its nonce (BIP31)
        ok 15 - ping/pong/2: a ping without a nonce, as before BIP31
        not ok 16 - resources/slots/1: the 126th connection makes the target end another one, and take it
          ---
          level: "reference"
          source: "reference: Bitcoin Core, net_processing.cpp; BIP31"
          step: "7"
          expected: "a version message within 5 s"
          found: "the connection was refused"
          ending: "refused"
          flaky: "fail, then pass when it was repeated"
          again: "fake-peer check --connect 127.0.0.1:18444 --seed 7 resources/slots/1"
          ...
        "#);
    }

    #[test]
    fn no_text_breaks_out() {
        let mut run = sample::run();
        run.cases.truncate(1);
        run.cases[0].about = "one\nnot ok 2 - two # SKIP \\".to_owned();
        insta::assert_snapshot!(tap(&run, Strictness::Usual), @r"
        TAP version 14
        1..1
        ok 1 - addr/count/1: one\\nnot ok 2 - two \# SKIP \\
        ");
    }
}
