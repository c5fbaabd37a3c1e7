//! Tests that a text gives the same result however it is cut into parts.

use arbitrary::{Arbitrary, Unstructured};
use proptest::prelude::*;

use super::block::Block;
use super::context::Context;
use super::locate::locate;
use super::{format, parse, print, read_file};
use crate::model::{Place, Script};

fn scripts() -> impl Strategy<Value = Script> {
    proptest::collection::vec(any::<u8>(), 0..4_000).prop_filter_map("too few bytes", |bytes| {
        Script::arbitrary(&mut Unstructured::new(&bytes)).ok()
    })
}

/// Inserts separators and comments between the lines of a text.
fn disturbed(text: &str, places: &[prop::sample::Index]) -> String {
    const WHAT: [&str; 8] = [
        "// } a comment {",
        "/* of two\n lines { */ // and more",
        "/- hidden {\n    more; \"}\" \\\n { }\n}",
        "/-\n\n// between\nhidden \"\"\"\n  {\n  \"\"\"",
        "",
        "\u{a0}\u{3000}",
        "/-hidden #\"\"\"\n}\n\"\"\"#",
        "\r\n\u{2028}",
    ];
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.len() < 2 {
        return text.to_owned();
    }
    for (number, place) in places.iter().enumerate() {
        // Before the last line, which closes the script.
        lines.insert(place.index(lines.len() - 1) + 1, WHAT[number % WHAT.len()]);
    }
    lines.join("\n") + "\n"
}

fn in_parts(text: &str, max_part: usize) -> (Option<Script>, Vec<super::Problem>, Vec<usize>) {
    let context = Context::default();
    let script = read_file(&Block::in_parts_of(text, max_part), &context);
    let (problems, spans) = context.into_parts();
    let steps = (0..50).map(|number| spans.of(Place::Step(number)).offset());
    (script, problems, steps.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_script_is_read_the_same_in_parts(
        script in scripts(),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        max_part in 0_usize..400,
    ) {
        let text = disturbed(&print(&script), &places);
        let whole = in_parts(&text, usize::MAX);
        prop_assert_eq!(in_parts(&text, max_part), whole, "{}", text);
    }

    #[test]
    fn a_text_is_formatted_the_same_in_parts(
        script in scripts(),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        max_part in 0_usize..400,
    ) {
        let text = disturbed(&print(&script), &places);
        let formatted = |max_part| format::in_parts_of(&text, max_part).ok();
        prop_assert_eq!(formatted(max_part), formatted(usize::MAX), "{}", text);
    }

    /// Text that is not KDL is refused in parts, too, if it is refused as a whole.
    #[test]
    fn no_kdl_is_refused_in_parts(
        script in scripts(),
        at in any::<prop::sample::Index>(),
        what in "[{}\"#/*\\\\;=()-]{1,3}",
        max_part in 0_usize..400,
    ) {
        let mut text = print(&script);
        let at = text.floor_char_boundary(at.index(text.len()));
        text.insert_str(at, &what);
        let is_kdl = kdl::KdlDocument::parse_v2(&text).is_ok();
        let is_syntax = |problem: &super::Problem| {
            matches!(problem.kind, super::ProblemKind::Syntax { .. })
        };
        let (_, problems, _) = in_parts(&text, max_part);
        prop_assert_eq!(!problems.iter().any(is_syntax), is_kdl, "{}", text);
    }
}

/// The places of fields are found again in the text, in whatever block they are.
#[test]
fn the_place_of_a_field_is_found_again() {
    let text = "script x network=regtest {\n    repeat 2 { connection a { send ping nonce=1; }; }\n    expect-one-of { pass { expect pong nonce=2; barrier; } ; fail { expect inv { capture inventory as=i; }; }; }\n}\n";
    let parsed = parse(text).unwrap();
    let of = |number, field| {
        let span = locate(text, &parsed.spans, Place::Step(number), Some(field));
        &text[span.offset()..span.offset() + span.len()]
    };
    assert_eq!(of(2, "nonce"), "nonce=1");
    assert_eq!(of(4, "nonce"), "nonce=2");
    assert_eq!(of(5, "within"), "barrier");
    assert_eq!(of(6, "capture inventory"), "inventory");
    assert_eq!(of(6, "capture inventory.0.kind"), "inventory");
    assert_eq!(of(6, "other"), "fail");
}
