//! The cost of a line of a long script, which does not depend on the number of lines.
//!
//! These tests do not measure time: memory and allocations are counted.

use std::fmt::Write as _;

use allocation_counter::{AllocationInfo, measure};
use fake_peer_script::check::check;
use fake_peer_script::explain;
use fake_peer_script::player::Prepared;
use fake_peer_script::text::{format, parse, print};

/// The lines of the two scripts that are compared.
const LINES: [usize; 2] = [3_000, 15_000];

/// A script with this many lines of the common kinds. Half of them are in a block.
fn script(lines: usize) -> String {
    let mut text = String::from("script x network=regtest {\n    chain length=5\n    handshake\n");
    for at in 0..lines {
        if at == lines / 2 {
            text.push_str("    repeat 2 {\n");
        }
        let _ = match at % 4 {
            0 => writeln!(text, "    send ping nonce={at}"),
            1 => writeln!(text, "    expect pong nonce={} within=\"5s\"", at - 1),
            2 => writeln!(text, "    barrier"),
            _ => writeln!(text, "    send getheaders locator=$main.3"),
        };
    }
    text.push_str("    }\n}\n");
    text
}

/// Processes the short and the long script, and asserts that a line costs no more than `max_bytes`
/// of memory at once, and the same number of allocations in both.
fn assert_linear(what: &str, max_bytes: usize, mut work: impl FnMut(&str) -> AllocationInfo) {
    let [few, many] = LINES.map(|lines| (lines, work(&script(lines))));
    let allocations = |(lines, heap): &(usize, AllocationInfo)| {
        usize::try_from(heap.count_total).unwrap() * 100 / lines
    };
    let bytes =
        |(lines, heap): &(usize, AllocationInfo)| usize::try_from(heap.bytes_max).unwrap() / lines;
    assert!(
        bytes(&many) <= max_bytes,
        "{what}: {} bytes a line",
        bytes(&many)
    );
    assert!(
        allocations(&many) <= allocations(&few) + allocations(&few) / 50 + 10,
        "{what}: allocations for 100 lines are {} of {}, but {} of {}",
        allocations(&few),
        few.0,
        allocations(&many),
        many.0
    );
}

#[test]
fn a_line_is_read_in_three_hundred_bytes() {
    assert_linear("parse", 300, |text| measure(|| drop(parse(text).unwrap())));
}

#[test]
fn a_line_is_checked_and_loaded_in_three_hundred_bytes() {
    let load = |text: &str| drop(fake_peer_script::load("x.kdl", text).unwrap());
    assert_linear("load", 300, |text| measure(|| load(text)));
    assert_linear("check", 20, |text| {
        let parsed = parse(text).unwrap();
        measure(|| assert!(check(&parsed.script).is_empty()))
    });
}

#[test]
fn a_line_is_written_in_three_hundred_bytes() {
    assert_linear("print", 120, |text| {
        let parsed = parse(text).unwrap();
        measure(|| drop(print(&parsed.script)))
    });
    assert_linear("format", 200, |text| {
        measure(|| drop(format("x.kdl", text).unwrap()))
    });
    assert_linear("explain", 200, |text| {
        let parsed = parse(text).unwrap();
        measure(|| drop(explain(&parsed.script)))
    });
}

#[test]
fn a_line_is_prepared_and_found_in_a_hundred_bytes() {
    assert_linear("prepare", 100, |text| {
        let script = parse(text).unwrap().script;
        measure(|| drop(Prepared::new(script, 1_795_000_000, &|_| None).unwrap()))
    });
}
