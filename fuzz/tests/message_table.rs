//! The README's table of messages says what is so.
#![cfg(test)]

use std::fmt::Write;
use std::fs;

use fake_peer_core::message::Message;
use fake_peer_core::wire::Command;
use fake_peer_fixtures::messages::messages;
use fake_peer_fuzz::oracle::knows;

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
        "| message | decode | encode | golden bytes from elsewhere | oracle agrees | fuzzed |\n\
         |---|---|---|---|---|---|\n",
    );
    for command in Message::COMMANDS {
        let oracle = if knows(*command) {
            "yes"
        } else {
            "does not know it"
        };
        let goldens = goldens(*command);
        writeln!(
            table,
            "| `{command}` | yes | yes | {goldens} | {oracle} | yes |"
        )
        .unwrap();
    }
    table
}

/// How many golden payloads there are, and whose, after each was decoded and encoded again.
fn goldens(command: Command) -> String {
    let (mut count, mut sources) = (0, Vec::new());
    for golden in messages().filter(|golden| golden.command == command) {
        let message = Message::decode(command, &golden.payload).unwrap();
        assert_eq!(message.payload(), golden.payload);
        let source = short(golden.source);
        if source != "own" {
            count += 1;
        }
        if source != "own" && !sources.contains(&source) {
            sources.push(source);
        }
    }
    assert!(count > 0, "{command} has no golden payload from elsewhere");
    format!("{count}: {}", sources.join(", "))
}

fn short(source: &str) -> &'static str {
    match source {
        own if own.starts_with("this project") => "own",
        core if core.starts_with("Bitcoin Core") => "Bitcoin Core",
        btcd if btcd.starts_with("btcd") => "btcd",
        krate if krate.starts_with("crate bitcoin") => "crate `bitcoin`",
        reference if reference.starts_with("Bitcoin developer reference") => "developer reference",
        wiki if wiki.starts_with("Bitcoin wiki") => "Bitcoin wiki",
        other => panic!("a source without a short name: {other}"),
    }
}
