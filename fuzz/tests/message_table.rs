//! The README's table of messages says what is so.
#![cfg(test)]

use std::fmt::Write;
use std::fs;

use fake_peer_core::message::Message;
use fake_peer_core::wire::Command;
use fake_peer_fixtures::messages::{GoldenMessage, messages};
use fake_peer_fuzz::oracle::{compare, explain, knows};

#[test]
fn the_readme_has_a_row_for_each_message_and_the_rows_are_true() {
    let table = table();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = fs::read_to_string(path).unwrap();
    assert!(
        readme.contains(&table),
        "the README's table of messages should be\n\n{table}"
    );
}

fn table() -> String {
    let mut table = String::from(
        "| message | decode and encode | golden bytes from elsewhere | oracle agrees | fuzzed |\n\
         |---|---|---|---|---|\n",
    );
    for command in Message::COMMANDS {
        let goldens: Vec<GoldenMessage> = messages()
            .filter(|golden| golden.command == *command)
            .collect();
        let cells = [
            same_bytes(&goldens),
            sources(&goldens),
            oracle(*command, &goldens),
            fuzzed(*command),
        ];
        writeln!(table, "| `{command}` | {} |", cells.join(" | ")).unwrap();
    }
    table
}

/// Whether each golden payload is decoded and encoded to the same bytes.
fn same_bytes(goldens: &[GoldenMessage]) -> String {
    for golden in goldens {
        let message = Message::decode(golden.command, &golden.payload).unwrap();
        assert_eq!(message.payload(), golden.payload);
    }
    "yes".into()
}

/// How many golden payloads there are that are not our own, and whose.
fn sources(goldens: &[GoldenMessage]) -> String {
    let foreign: Vec<&str> = goldens
        .iter()
        .filter_map(|golden| short(golden.source))
        .collect();
    assert!(
        !foreign.is_empty(),
        "a message has no golden payload from elsewhere"
    );
    let mut names = foreign.clone();
    names.sort_unstable();
    names.dedup();
    format!("{}: {}", foreign.len(), names.join(", "))
}

/// What the oracle says of the golden payloads.
fn oracle(command: Command, goldens: &[GoldenMessage]) -> String {
    if !knows(command) {
        return "does not know it".into();
    }
    let differences = goldens.iter().filter_map(|golden| {
        compare(
            command,
            &golden.payload,
            &Message::decode(command, &golden.payload),
        )
    });
    let mut names: Vec<&str> = differences
        .map(|difference| explain(&difference).unwrap().name)
        .collect();
    names.dedup();
    match names[..] {
        [] => "yes".into(),
        _ => format!("except: {}", names.join(", ")),
    }
}

/// Whether the kept corpus holds an input for the command, which is where fuzzing starts.
fn fuzzed(command: Command) -> String {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/corpus/message");
    let kept = fs::read_dir(corpus).unwrap().any(|file| {
        fs::read(file.unwrap().path())
            .unwrap()
            .starts_with(&command.to_bytes())
    });
    assert!(kept, "the corpus of target message holds no {command}");
    "yes".into()
}

/// The source's name; `None` for what is our own.
fn short(source: &str) -> Option<&'static str> {
    const NAMES: &[(&str, &str)] = &[
        ("Bitcoin Core", "Bitcoin Core"),
        ("btcd", "btcd"),
        ("crate bitcoin", "crate `bitcoin`"),
        ("Bitcoin developer reference", "developer reference"),
        ("Bitcoin wiki", "Bitcoin wiki"),
    ];
    if source.starts_with("this project") {
        return None;
    }
    let name = NAMES.iter().find(|(start, _)| source.starts_with(start));
    Some(
        name.unwrap_or_else(|| panic!("a source without a short name: {source}"))
            .1,
    )
}
