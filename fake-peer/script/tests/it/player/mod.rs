//! Scripts played in memory, at small targets.

mod bounds;
mod connections;
mod delivery;
mod failures;
mod laws;
mod observing;
mod outcomes;
mod peer;
mod transport;

use std::fmt::Write as _;
use std::sync::Arc;

use fake_peer_core::wire::Command;
use fake_peer_machine::memory;
use fake_peer_script::model::Role;
use fake_peer_script::player::{
    EntryKind, Kept, PlayConfig, Played, Player, Prepared, Recorded, Transcript,
};
use peer::Peer;

/// The time at which every play starts, in seconds since 1970.
const NOW: u64 = 1_795_000_000;

fn prepare(steps: &str) -> Arc<Prepared> {
    let text = format!("script \"test\" network=regtest {{\n{steps}\n}}");
    let script = fake_peer_script::text::parse(&text).map(|parsed| parsed.script);
    let script = script.unwrap_or_else(|problems| panic!("{problems:?}"));
    let files = |name: &str| (name == "crash.bin").then(|| vec![1, 2, 3]);
    Arc::new(Prepared::new(script, NOW, &files).unwrap())
}

fn config() -> PlayConfig {
    PlayConfig {
        unix_time: NOW,
        seed: 5,
        ..PlayConfig::new(Role::Listens)
    }
}

fn play_with(steps: &str, config: PlayConfig, peer: &mut Peer) -> Played {
    let mut player = Player::new(prepare(steps), config);
    memory::run(&mut player, peer);
    player.finish()
}

fn play(steps: &str, peer: &mut Peer) -> Played {
    play_with(steps, config(), peer)
}

/// Returns the text of the verdict.
fn verdict(steps: &str, peer: &mut Peer) -> String {
    play(steps, peer).verdict.to_string()
}

/// An honest node that does nothing else.
fn honest() -> Peer {
    Peer::honest(|_, _| Vec::new())
}

/// Returns the name of what was sent or received in a line.
fn name(command: Option<Command>, bytes: &Recorded, other: &str) -> String {
    match (command, &bytes.kept) {
        (Some(command), _) => command.to_string(),
        (None, Kept::Control(_)) => "control".to_owned(),
        (None, _) => other.to_owned(),
    }
}

/// Formats a transcript as short lines.
fn lines(transcript: &Transcript) -> String {
    let mut text = String::new();
    for entry in &transcript.entries {
        let what = match &entry.kind {
            EntryKind::Opened => "* opened".to_owned(),
            EntryKind::Ended(end) => format!("* {end}"),
            EntryKind::Sent { command, bytes, .. } => {
                let name = name(*command, bytes, "raw");
                format!("> {name} ({})", bytes.size)
            }
            EntryKind::Received { command, bytes, .. } => {
                let name = name(*command, bytes, "noise");
                format!("< {name} ({})", bytes.size)
            }
            EntryKind::Note(fake_peer_script::player::Note::Step(_)) => continue,
            EntryKind::Note(note) => format!("* {note:?}"),
        };
        let _ = writeln!(text, "{:?} {} {what}", entry.at, entry.connection);
    }
    text
}
