//! An attempt as one JSON document.

use fake_peer_core::network::NetworkName;
use serde::Serialize;

use crate::outcome::Outcome;
use crate::script::model::Level;
use crate::script::player::{Played, Prepared};
use crate::target::Attempt;

/// A script and the result of playing it.
#[derive(Debug, Serialize)]
struct Document<'a> {
    /// The version of the format. It increases when the meaning of a field changes.
    version: u32,
    script: Head<'a>,
    outcome: Outcome,
    #[serde(flatten)]
    played: &'a Played,
}

#[derive(Debug, Serialize)]
struct Head<'a> {
    name: &'a str,
    network: NetworkName,
    about: Option<&'a str>,
    level: Option<Level>,
    sources: &'a [String],
}

impl<'a> From<&'a Prepared> for Head<'a> {
    fn from(prepared: &'a Prepared) -> Self {
        let script = prepared.script();
        Self {
            name: &script.name,
            network: prepared.network().name,
            about: script.about.as_deref(),
            level: script.level,
            sources: &script.sources,
        }
    }
}

/// Returns the document on one line: the head of the script, the outcome, the player's verdict, the
/// connections, the duration, the seed, and the transcript with its bytes in hexadecimal.
///
/// # Errors
/// None that are known: every part can be written as JSON.
pub fn document(script: &Prepared, attempt: &Attempt) -> serde_json::Result<String> {
    serde_json::to_string(&Document {
        version: 2,
        script: script.into(),
        outcome: Outcome::new(attempt),
        played: &attempt.played,
    })
}
