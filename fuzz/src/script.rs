//! A script, played at the honest model peer in memory: this fuzzes the player, the peer and the
//! text of scripts at once.
//!
//! A finding is a script. `cargo run -p fake-peer-fuzz --example as_script FINDING > finding.kdl`
//! writes its text, which can be run, shrunk and kept as a case.

mod bound;
mod metered;

use std::str;
use std::sync::Arc;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use fake_peer::decode::text::Colour;
use fake_peer::drive::play::{in_memory, model_peer, role_for};
use fake_peer::node::Condition;
use fake_peer::script::explain;
use fake_peer::script::model::{Base, Handshake, Script, Step};
use fake_peer::script::player::{Limits, PlayConfig, PlayError, Played, Prepared, Verdict};
use fake_peer::script::text::{ProblemKind, parse, print};
use fake_peer::target::{Attempt, Health};
use fake_peer::transcript::{self, Capture, PlayedAt, Style};

use self::bound::bounded;
use self::metered::Metered;

/// The time at which a play starts, in seconds since 1970. The check uses the same one, so that
/// both build the same chains.
const NOW: u64 = 1_795_000_000;

const LIMITS: Limits = Limits {
    inbox: 1 << 16,
    entry: 1 << 10,
    transcript: 1 << 18,
    messages: 1 << 16,
    entries: 1 << 12,
    connections: 16,
    steps: 500,
    sent: 1 << 30,
};

/// The text of a script, or input for crate `arbitrary` that gives one.
///
/// # Panics
/// If a law is broken; the message contains the text of the script.
pub fn script(data: &[u8]) {
    let Some(script) = any_script(data) else {
        return;
    };
    is_read_back(&script);
    let Some(script) = bounded(script) else {
        return;
    };
    let text = print(&script);
    explain(&script);
    let Some(prepared) = prepare(script, &text) else {
        return;
    };
    let played = play(&prepared, &text);
    assert!(
        played == play(&prepared, &text),
        "the same seed gave another play:\n{text}"
    );
    write_transcripts(&prepared, &played, &text);
}

/// The script that is played for these bytes, if there is one.
pub fn script_of(data: &[u8]) -> Option<Script> {
    bounded(any_script(data)?)
}

fn any_script(data: &[u8]) -> Option<Script> {
    let text = str::from_utf8(data).ok();
    // The KDL parser is slow on text that is not KDL.
    let parsed = text.filter(|text| text.contains("script"));
    let parsed = parsed.and_then(|text| parse(text).ok());
    parsed.map(|parsed| parsed.script).or_else(|| {
        let mut bytes = Unstructured::new(data);
        let greets = bool::arbitrary(&mut bytes).ok()?;
        let mut script = Script::arbitrary(&mut bytes).ok()?;
        if greets {
            let handshake = Step::Handshake(Handshake::default());
            script.steps.insert(0, handshake);
        }
        Some(script)
    })
}

/// A printed script is read back, unless its blocks are nested too deeply.
fn is_read_back(script: &Script) {
    let text = print(script);
    match parse(&text) {
        Ok(parsed) => assert!(parsed.script == *script, "read back differently:\n{text}"),
        Err(problems) => assert!(
            problems
                .iter()
                .all(|problem| matches!(problem.kind, ProblemKind::TooDeep { .. })),
            "not read back: {problems:?}\n{text}"
        ),
    }
}

/// Every form of a transcript can be written.
fn write_transcripts(script: &Prepared, played: &Played, text: &str) {
    let style = Style {
        colour: Colour::Never,
        bytes: true,
    };
    transcript::text(&played.transcript, script, style);
    let mut capture = Capture::default();
    let at = PlayedAt {
        target: role_for(script.script()),
        port: 18_444,
        start: Duration::from_secs(NOW),
        magic: script.network().magic,
    };
    capture.add(&played.transcript, at);
    capture.into_file();
    let attempt = Attempt::new(played.clone(), Health::NotAsked);
    let json = transcript::document(script, &attempt);
    assert!(json.is_ok(), "no JSON: {:?}\n{text}", json.err());
}

/// The check knows everything except chains from files.
fn prepare(script: Script, text: &str) -> Option<Arc<Prepared>> {
    let mut chains = script.chains.iter();
    let has_files = chains.any(|chain| matches!(chain.base, Base::File(_)));
    let file = |name: &str| Some(name.as_bytes().to_vec());
    let prepared = Prepared::new(script, NOW, &file);
    assert!(
        has_files || prepared.is_ok(),
        "a valid script cannot be prepared: {:?}\n{text}",
        prepared.err()
    );
    prepared.ok().map(Arc::new)
}

fn play(script: &Arc<Prepared>, text: &str) -> Played {
    let config = PlayConfig {
        seed: 1,
        unix_time: NOW,
        limits: LIMITS,
        ..PlayConfig::new(role_for(script.script()))
    };
    let mut target = Metered::new(model_peer(script, &[], &config));
    let total = config.total;
    let played = in_memory(Arc::clone(script), config, &mut target);

    let condition = target.node.condition();
    assert!(
        condition == Condition::Alive,
        "the node is {condition:?}:\n{text}"
    );
    if let Some((held, received)) = target.excess {
        unreachable!("the node holds {held} bytes after receiving {received}:\n{text}");
    }
    assert!(
        played.verdict != Verdict::Error(PlayError::Stopped),
        "the play does not end:\n{text}"
    );
    assert!(
        played.elapsed <= total + Duration::from_secs(1),
        "the play takes {:?}:\n{text}",
        played.elapsed
    );
    assert!(
        played.connections.len() <= LIMITS.connections
            && played.transcript.entries.len() <= LIMITS.entries,
        "the play is over its limits:\n{text}"
    );
    played
}
