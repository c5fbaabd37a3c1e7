//! The reference pages: their examples are valid, and every verb is documented.

use fake_peer_script::text::verbs;
use fake_peer_script::{load, network};
use kdl::{KdlDocument, KdlNode};

const PAGE: &str = include_str!("../../../docs/script.md");
const NETWORK_PAGE: &str = include_str!("../../../docs/network.md");

/// The examples, with the line at which each starts.
fn examples(page: &str) -> Vec<(usize, String)> {
    let mut examples = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if line == "```kdl" {
            let text = lines.by_ref().map(|(_, line)| line);
            let text: Vec<_> = text.take_while(|line| *line != "```").collect();
            examples.push((at + 2, text.join("\n")));
        }
    }
    examples
}

#[test]
fn every_example_makes_sense() {
    let examples = examples(PAGE);
    assert!(examples.len() > 10);
    for (line, example) in examples {
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
    let words: Vec<_> = examples(PAGE)
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

#[test]
fn every_example_of_a_network_is_read_and_every_verb_has_a_row_and_an_example() {
    let examples = examples(NETWORK_PAGE);
    let mut words_of_all = Vec::new();
    for (line, example) in &examples {
        let name = format!("docs/network.md, the example at line {line}");
        if let Err(problems) = network::parse(&name, example) {
            panic!("{problems:#}");
        }
        words_of_all.extend(words(KdlDocument::parse_v2(example).unwrap().nodes()));
    }
    for (name, about) in network::verbs() {
        let row = format!("| `{name}` | {about} |");
        assert!(NETWORK_PAGE.lines().any(|line| line == row), "no row {row}");
        assert!(
            words_of_all.contains(&name.to_owned()),
            "no example of `{name}`"
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
