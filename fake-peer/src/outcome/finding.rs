//! The finding of a play, which is used to compare two plays.

use fake_peer_core::wire::Command;

use super::{Outcome, Verdict};
use crate::script::model::{Expect, Observation};
use crate::script::player::{
    self, ConnectionEnd, EntryKind, FailureKind, Label, Played, Transcript,
};
use crate::target::{Attempt, Death, Health};

/// The finding of a play: the verdict, what the failing step expected, and the kind of what was
/// observed.
///
/// The step is compared by its content, since steps are renumbered when others are left out. Its
/// time limit and its connection are not compared. A failure before the handshake is another
/// finding than the same failure after it, and so is an answer that was not requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    verdict: Verdict,
    expectations: Vec<Observation>,
    observed: Observed,
    after_handshake: bool,
    asked: bool,
}

/// The kind of what was observed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Observed {
    /// The expectation, with the note of the outcome, and how the connections ended.
    AsExpected(Option<String>, Vec<ConnectionEnd>),
    TimedOut,
    Unresponsive,
    Ended(ConnectionEnd),
    Spoke(Option<Command>),
    Forbidden(Command),
    NotAllowed,
    NoEnvelope,
    NoConnection,
    /// The process ended with this status code, or by a signal.
    Died(Option<i32>),
    /// The script could not be judged.
    Nothing,
}

impl Finding {
    /// Returns the finding of an attempt.
    pub fn new(attempt: &Attempt) -> Self {
        let verdict = Outcome::new(attempt).verdict;
        if let Some(observed) = of_health(&attempt.health) {
            return Self {
                verdict,
                expectations: Vec::new(),
                observed,
                after_handshake: false,
                asked: false,
            };
        }
        let played = &attempt.played;
        match &played.verdict {
            player::Verdict::Pass { note } | player::Verdict::Weaker { note } => Self {
                verdict,
                expectations: Vec::new(),
                observed: Observed::AsExpected(note.clone(), ends(played)),
                after_handshake: false,
                asked: false,
            },
            player::Verdict::Fail(failure) => Self {
                verdict,
                expectations: failure.expectations.iter().map(untimed).collect(),
                observed: of_failure(&failure.kind),
                after_handshake: shook_hands(&played.transcript, &failure.connection),
                asked: asked(
                    &failure.expectations,
                    &played.transcript,
                    &failure.connection,
                ),
            },
            player::Verdict::Unsupported(_) | player::Verdict::Error(_) => Self {
                verdict,
                expectations: Vec::new(),
                observed: Observed::Nothing,
                after_handshake: false,
                asked: false,
            },
        }
    }
}

impl Finding {
    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Returns whether a control, such as the honest model peer, has the same result with two
    /// scripts: the same verdict and, if it fails, the same reason.
    pub fn agrees_with(&self, other: &Self) -> bool {
        match self.verdict {
            Verdict::Fail => self == other,
            Verdict::Pass
            | Verdict::Weaker
            | Verdict::Varies
            | Verdict::Inconclusive
            | Verdict::Unsupported
            | Verdict::Error
            | Verdict::Skipped => self.verdict == other.verdict,
        }
    }
}

fn of_health(health: &Health) -> Option<Observed> {
    match health {
        Health::NotAsked | Health::Well | Health::TurnsUsAway => None,
        Health::Unresponsive => Some(Observed::Unresponsive),
        Health::Died(Death::Process(process)) => {
            let status = process.status();
            Some(Observed::Died(status.and_then(|status| status.code())))
        }
        Health::Died(Death::Flaw(_) | Death::NoConnections | Death::OneOf(_)) => {
            Some(Observed::Died(None))
        }
    }
}

fn of_failure(kind: &FailureKind) -> Observed {
    match kind {
        FailureKind::TimedOut => Observed::TimedOut,
        FailureKind::Unresponsive => Observed::Unresponsive,
        FailureKind::Ended(end) | FailureKind::OtherEnd(end) => Observed::Ended(*end),
        FailureKind::Spoke { command } => Observed::Spoke(*command),
        FailureKind::Forbidden { command } => Observed::Forbidden(*command),
        FailureKind::NotAllowed { .. } => Observed::NotAllowed,
        FailureKind::NoEnvelope(_) => Observed::NoEnvelope,
        FailureKind::Refused | FailureKind::Died | FailureKind::DidNotDial => {
            Observed::NoConnection
        }
    }
}

/// Returns how the target ended connections, without repetitions.
fn ends(played: &Played) -> Vec<ConnectionEnd> {
    let by_target =
        |end: &ConnectionEnd| matches!(end, ConnectionEnd::Closed | ConnectionEnd::Reset);
    let ends = played.connections.iter().map(|connection| connection.end);
    let mut ends: Vec<_> = ends.filter(by_target).collect();
    ends.sort_by_key(|end| *end == ConnectionEnd::Reset);
    ends.dedup();
    ends
}

/// Returns an expectation without its time limit.
fn untimed(observation: &Observation) -> Observation {
    match observation.clone() {
        Observation::Message(expect) => Observation::Message(Expect {
            within: None,
            ..expect
        }),
        Observation::Disconnect { how, .. } => Observation::Disconnect { how, within: None },
        Observation::Silence { .. } => Observation::Silence {
            length: std::time::Duration::ZERO,
        },
        Observation::Barrier { .. } => Observation::Barrier { within: None },
    }
}

/// Returns whether both ends sent `version` and `verack` on a connection.
fn shook_hands(transcript: &Transcript, label: &Label) -> bool {
    let commands = ["version", "verack"];
    let mut said = commands
        .iter()
        .map(|command| [true, false].map(|by_us| said(command, by_us, transcript, label)));
    said.all(|said| said == [true, true])
}

/// Returns whether every expected message that must be requested was requested.
fn asked(expectations: &[Observation], transcript: &Transcript, label: &Label) -> bool {
    expectations.iter().all(|expected| match expected {
        Observation::Message(expect) => match request(&expect.command.to_string()) {
            Some(request) => said(request, true, transcript, label),
            None => true,
        },
        Observation::Disconnect { .. }
        | Observation::Silence { .. }
        | Observation::Barrier { .. } => true,
    })
}

/// Returns the request that a message answers, if the message is only sent as an answer.
fn request(command: &str) -> Option<&'static str> {
    Some(match command {
        "pong" => "ping",
        "headers" => "getheaders",
        "block" | "merkleblock" | "notfound" | "tx" => "getdata",
        "blocktxn" => "getblocktxn",
        "cfilter" => "getcfilters",
        "cfheaders" => "getcfheaders",
        "cfcheckpt" => "getcfcheckpt",
        _ => return None,
    })
}

/// Returns whether we or the target sent a message on a connection.
fn said(wanted: &str, by_us: bool, transcript: &Transcript, label: &Label) -> bool {
    let mut entries = transcript.entries.iter();
    entries.any(|entry| {
        let (command, ours) = match &entry.kind {
            EntryKind::Sent { command, .. } => (command, true),
            EntryKind::Received { command, .. } => (command, false),
            EntryKind::Opened | EntryKind::Ended(_) | EntryKind::Note(_) => return false,
        };
        let is_it = command.is_some_and(|command| command.to_string() == wanted);
        entry.connection.number == label.number && ours == by_us && is_it
    })
}
