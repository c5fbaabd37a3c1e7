//! How much of the text is shown with an error.

use insta::assert_snapshot;

fn errors(steps: &str) -> String {
    let text = format!("script x network=regtest {{\n{steps}\n}}\n");
    match fake_peer_script::load("bad.kdl", &text) {
        Ok(script) => panic!("nothing is wrong with {script:?}"),
        Err(diagnostics) => format!("{diagnostics:#}"),
    }
}

#[test]
fn twenty_errors_are_shown() {
    let lines = |count| errors(&"handshak\n".repeat(count));
    let shown = |text: &str| text.matches("unknown verb").count();
    for (count, end) in [
        (20, "help: did you mean `handshake`?"),
        (21, "… and 1 more error"),
        (1_000, "… and 980 more errors"),
    ] {
        let text = lines(count);
        assert_eq!(shown(&text), 20);
        assert_eq!(text.trim_end().lines().last().unwrap().trim(), end);
    }
}

/// A line of ten thousand columns, with an error at its start, in its middle and at its end.
#[test]
fn a_long_line_is_cut_around_the_caret() {
    let long = "wait \"1s\"; ".repeat(500);
    let (start, middle, end) = (
        errors(&format!("wat \"1s\"; {long}{long}")),
        errors(&format!("{long}wat \"1s\"; {long}")),
        errors(&format!("{long}{long}wat \"1s\"")),
    );
    assert_snapshot!(start, @r#"
     × unknown verb `wat`
      ╭─[bad.kdl:2:1]
    1 │ script x network=regtest {
    2 │ wat "1s"; wait "1s"; wait "1s"; wait "1s"; wait "1s"; wait "1s"; wait "1s"; wait "1s"; wait "1s"; wait "1s"; wait "1s"; …
      · ─┬─
      ·  ╰── not valid in a script
    3 │ }
      ╰────
     help: did you mean `wait`?
    "#);
    assert_snapshot!(middle, @r#"
     × unknown verb `wat`
      ╭─[bad.kdl:2:5501]
    1 │ script x network=regtest {
    2 │ …t "1s"; wait "1s"; wait "1s"; wait "1s"; wat "1s"; wait "1s"; wait "1s"; wait "1s"; wait "1s"; wait "1s"; wait "1s"; wai…
      ·                                           ─┬─
      ·                                            ╰── not valid in a script
    3 │ }
      ╰────
     help: did you mean `wait`?
    "#);
    assert_snapshot!(end, @r#"
     × unknown verb `wat`
      ╭─[bad.kdl:2:11001]
    1 │ script x network=regtest {
    2 │ …t "1s"; wait "1s"; wait "1s"; wait "1s"; wat "1s"
      ·                                           ─┬─
      ·                                            ╰── not valid in a script
    3 │ }
      ╰────
     help: did you mean `wait`?
    "#);
}

#[test]
fn what_is_quoted_is_cut() {
    let long = "é".repeat(10_000);
    for steps in [
        long.clone(),
        format!("send {long}"),
        format!("send ping nonce={long}"),
        format!("send ping {long}=1"),
        format!("send version user_agent=7 {long}=\"{long}\" relay=maybe"),
        format!("wait \"{long}\""),
        format!("// {long}\nhandshak // {long}\n// {long}"),
        format!("send ping nonce=\"{long}\n"),
    ] {
        let text = errors(&steps);
        let longest = text.lines().map(|line| line.chars().count()).max();
        assert!(longest.unwrap() < 800 && text.len() < 20_000, "{text}");
    }
}
