//! The reference page: its examples make sense, and it has every verb.

use fake_peer_script::load;
use fake_peer_script::text::verbs;
use kdl::{KdlDocument, KdlNode};

const PAGE: &str = include_str!("../../../docs/script.md");

/// The examples, with the line each starts at.
fn examples() -> Vec<(usize, String)> {
    let mut examples = Vec::new();
    let mut lines = PAGE.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if line == "```kdl" {
            let text = lines.by_ref().map(|(_, line)| line);
            let text: Vec<_> = text.take_while(|line| *line != "```").collect();
            examples.push((at + 2, text.join("\n")));
        }
    }
    assert!(examples.len() > 10);
    examples
}

#[test]
fn every_example_makes_sense() {
    for (line, example) in examples() {
        let name = format!("docs/script.md, the example at line {line}");
        let network = if example.contains("recorded=") {
            "mainnet"
        } else {
            "regtest"
        };
        let text = if example.starts_with("script ") {
            example
        } else {
            format!("script example network={network} {{\n{example}\n}}\n")
        };
        if let Err(problems) = load(&name, &text) {
            panic!("{problems:#}");
        }
    }
}

#[test]
fn every_verb_has_a_row_and_an_example() {
    let words: Vec<_> = examples()
        .iter()
        .flat_map(|(_, text)| words(KdlDocument::parse_v2(text).unwrap().nodes()))
        .collect();
    for (place, name, about) in verbs() {
        let row = format!("| `{name}` | {about} |");
        assert!(
            PAGE.lines().any(|line| line == row),
            "no row {row} ({place})"
        );
        assert!(
            words.iter().any(|word| word == name),
            "no example of `{name}` {place}"
        );
    }
}

/// The names of nodes, and their first values, which may choose among verbs.
fn words(nodes: &[KdlNode]) -> Vec<String> {
    let own = nodes.iter().flat_map(|node| {
        let first = node
            .entries()
            .first()
            .and_then(|entry| entry.value().as_string());
        [Some(node.name().value()), first]
    });
    let mut all: Vec<_> = own.flatten().map(str::to_owned).collect();
    for children in nodes.iter().filter_map(KdlNode::children) {
        all.extend(words(children.nodes()));
    }
    all
}
