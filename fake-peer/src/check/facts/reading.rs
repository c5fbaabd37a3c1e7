//! Each fact, derived from what happened in a probe.

use std::time::Duration;

use fake_peer_core::message::Services;
use fake_peer_core::wire::Command;
use fake_peer_core::{Hash256, Header, Message};

use super::portrait::{Answer, Fact, Latency, Portrait, Unasked};
use super::probe::Results;
use super::view::{Received, View};
use crate::script::model::FactName;

/// What a probe showed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reading {
    answer: Answer,
    detail: Option<String>,
    after: Option<Latency>,
}

/// How long a target has to react before a reaction that most targets show at once counts as
/// absent. The probes wait at least one second for each.
const PATIENCE: Duration = Duration::from_millis(900);

/// How long a target has to do something that most targets do not do.
const GLANCE: Duration = Duration::from_millis(200);

/// How many connections the probe `connections` opens.
const MANY: usize = 50;

/// A v2 peer answers with a key of so many bytes, and garbage after it (BIP324).
const KEY: u64 = 64;

const NOT_SENT: &str = "the probe did not come so far";
const NO_CONNECTION: &str = "there was no connection";
const ENDED: &str = "it ended the connection";
const TOO_EARLY: &str = "the probe ended too early";

/// Derives the portrait of a target from its probes.
pub(super) fn portrait(results: &Results) -> Portrait {
    Portrait {
        unasked: unasked(results).unwrap_or_default(),
        facts: FactName::ALL
            .iter()
            .map(|name| fact(*name, results))
            .collect(),
    }
}

fn fact(name: FactName, results: &Results) -> Fact {
    let (probe, source) = origin(name);
    let reading = match results.missing(probe) {
        Some(reason) => Reading::unknown(reason),
        None => read(name, results),
    };
    Fact {
        name,
        answer: reading.answer,
        detail: reading.detail,
        after: reading.after,
        probe: probe.to_owned(),
        source: source.to_owned(),
    }
}

/// Returns the probe that shows a fact, and where the property is specified or allowed.
fn origin(name: FactName) -> (&'static str, &'static str) {
    match name {
        FactName::SpeaksFirst => ("greeting", "protocol documentation, \"version\""),
        FactName::AcceptsV2Transport => ("greeting", "BIP324, Transport layer specification"),
        FactName::RelaysTransactions => ("handshake", "BIP37, Extensions to existing messages"),
        FactName::NegotiatesWtxidrelay => ("handshake", "BIP339"),
        FactName::NegotiatesAddrv2 => ("handshake", "BIP155"),
        FactName::NegotiatesCompactBlocks => ("handshake", "BIP152, sendcmpct"),
        FactName::AsksForHeaders => ("handshake", "protocol documentation, \"getheaders\""),
        FactName::AnswersGetheaders => ("requests", "reference: ProcessMessage, GETHEADERS"),
        FactName::ActsOnBlockInv => ("requests", "protocol documentation, \"inv\""),
        FactName::AnswersPingBeforeVerack => ("greeting", "reference: ProcessMessage"),
        FactName::IgnoresUnknownMessages => ("tolerance", "reference: ProcessMessage"),
        FactName::ToleratesUnaskedTransactions => ("tolerance", "reference: ProcessMessage, TX"),
        FactName::AllowsManyConnections => ("connections", "reference: AttemptToEvictConnection"),
        FactName::FollowsChain => ("chain", "protocol documentation, \"headers\""),
    }
}

fn read(name: FactName, results: &Results) -> Reading {
    match name {
        FactName::SpeaksFirst => speaks_first(results),
        FactName::AcceptsV2Transport => accepts_v2(results),
        FactName::RelaysTransactions => relays_transactions(results),
        FactName::NegotiatesWtxidrelay => {
            offers(results, |message| matches!(message, Message::WtxidRelay(_)))
        }
        FactName::NegotiatesAddrv2 => {
            offers(results, |message| matches!(message, Message::SendAddrV2(_)))
        }
        FactName::NegotiatesCompactBlocks => {
            offers(results, |message| matches!(message, Message::SendCmpct(_)))
        }
        FactName::AsksForHeaders => {
            let view = results.since_sent("handshake", "main", Some("version"));
            let is_it = |message: &Message| matches!(message, Message::GetHeaders(_));
            reaction(view, PATIENCE, is_it)
        }
        FactName::AnswersGetheaders => {
            let view = results.since_sent("requests", "main", Some("getheaders"));
            let is_it = |message: &Message| matches!(message, Message::Headers(_));
            reaction(view, PATIENCE, is_it)
        }
        FactName::ActsOnBlockInv => {
            let view = results.since_sent("requests", "main", Some("inv"));
            let is_it =
                |message: &Message| matches!(message, Message::GetHeaders(_) | Message::GetData(_));
            reaction(view, PATIENCE, is_it)
        }
        FactName::AnswersPingBeforeVerack => {
            let view = results.since_sent("greeting", "early", Some("ping"));
            let is_it = |message: &Message| matches!(message, Message::Pong(_));
            reaction(view, GLANCE, is_it)
        }
        FactName::IgnoresUnknownMessages => kept(results, "hello"),
        FactName::ToleratesUnaskedTransactions => kept(results, "tx"),
        FactName::AllowsManyConnections => many_connections(results),
        FactName::FollowsChain => follows_chain(results),
    }
}

impl Reading {
    fn yes(after: Option<Duration>, detail: Option<&str>) -> Self {
        Self {
            answer: Answer::Yes,
            detail: detail.map(ToOwned::to_owned),
            after: after.map(Latency),
        }
    }

    fn no(detail: Option<String>) -> Self {
        Self {
            answer: Answer::No,
            detail,
            after: None,
        }
    }

    fn unknown(reason: impl Into<String>) -> Self {
        Self {
            answer: Answer::Unknown,
            detail: Some(reason.into()),
            after: None,
        }
    }
}

/// Reads a fact that a message shows. The view begins with what the target reacts to.
fn reaction(
    view: Option<View<'_>>,
    patience: Duration,
    shows: impl Fn(&Message) -> bool,
) -> Reading {
    let Some(view) = view else {
        return Reading::unknown(NOT_SENT);
    };
    match view.messages().find(|it| shows(it.message)) {
        Some(Received { after, message }) => {
            Reading::yes(Some(after), Some(message.command().as_str()))
        }
        None if view.was_ended() => Reading::no(Some(ENDED.to_owned())),
        None if view.lasted(patience) => Reading::no(None),
        None => Reading::unknown(TOO_EARLY),
    }
}

/// Reads a fact that a message in or after the handshake shows. The probe sends a ping after it,
/// whose answer comes after all offers.
fn offers(results: &Results, shows: impl Fn(&Message) -> bool) -> Reading {
    let Some(view) = results.main("handshake") else {
        return Reading::unknown(NO_CONNECTION);
    };
    let mut messages = view.messages();
    if messages.any(|it| shows(it.message)) {
        return Reading::yes(None, None);
    }
    let is_pong = |it: Received<'_>| matches!(it.message, Message::Pong(_));
    if view.messages().any(is_pong) {
        Reading::no(None)
    } else {
        Reading::unknown("the handshake was not completed")
    }
}

fn relays_transactions(results: &Results) -> Reading {
    match results.version() {
        Some(version) if version.relay => Reading::yes(None, None),
        Some(_) => Reading::no(None),
        None => Reading::unknown("there was no version"),
    }
}

fn speaks_first(results: &Results) -> Reading {
    let view = results.connection("greeting", "silent");
    let Some(view) = view.and_then(|view| view.since_opened()) else {
        return Reading::unknown(NO_CONNECTION);
    };
    match view.bytes() {
        Some((after, _)) => {
            let first = view.messages().next();
            let command = first.map(|it| it.message.command());
            Reading::yes(Some(after), command.as_ref().map(Command::as_str))
        }
        None if view.lasted(GLANCE) => Reading::no(None),
        None => Reading::unknown(TOO_EARLY),
    }
}

/// A target that does not read our 64 bytes as a key closes the connection or waits for more. One
/// that speaks first sends its v1 `version`, which is a message.
fn accepts_v2(results: &Results) -> Reading {
    let services = results.version().map(|version| version.services);
    if services.is_some_and(|services| services.contains(Services::P2P_V2)) {
        return Reading::yes(None, Some("service bit P2P_V2"));
    }
    let Some(view) = results.since_sent("greeting", "key", None) else {
        return Reading::unknown(NOT_SENT);
    };
    match view.bytes() {
        Some((after, KEY..)) if view.messages().next().is_none() => {
            Reading::yes(Some(after), Some("key"))
        }
        None if view.was_ended() => Reading::no(Some(ENDED.to_owned())),
        _ if view.lasted(GLANCE) => Reading::no(None),
        _ => Reading::unknown(TOO_EARLY),
    }
}

/// Reads whether the target kept the connection after a message of ours: it answered the ping after
/// it.
fn kept(results: &Results, command: &str) -> Reading {
    let Some(view) = results.since_sent("tolerance", "main", Some(command)) else {
        return Reading::unknown(NOT_SENT);
    };
    let is_pong = |it: Received<'_>| matches!(it.message, Message::Pong(_));
    if view.messages().any(is_pong) {
        Reading::yes(None, None)
    } else if view.was_ended() {
        Reading::no(Some(ENDED.to_owned()))
    } else {
        Reading::unknown("it sent no pong")
    }
}

/// The target names one of the headers that we served: it requests the block or a filter, or more
/// headers.
fn follows_chain(results: &Results) -> Reading {
    let view = results.main("chain");
    let served = view.and_then(|view| view.message_sent("headers"));
    let served: Vec<_> = match served {
        Some(Message::Headers(served)) => served.headers.iter().map(Header::hash).collect(),
        _ => return Reading::unknown(NOT_SENT),
    };
    let view = results.since_sent("chain", "main", Some("headers"));
    reaction(view, PATIENCE, |message| names_one_of(message, &served))
}

/// Returns whether a request names one of these blocks.
fn names_one_of(request: &Message, blocks: &[Hash256]) -> bool {
    let names = |hash: &Hash256| blocks.contains(hash);
    match request {
        Message::GetData(request) => request.inventory.iter().any(|item| names(&item.hash)),
        Message::GetHeaders(request) => request.locator.iter().any(names),
        Message::GetBlocks(request) => request.locator.iter().any(names),
        Message::GetCFHeaders(request) => names(&request.stop_hash),
        Message::GetCFCheckpt(request) => names(&request.stop_hash),
        Message::GetCFilters(request) => names(&request.stop_hash),
        _ => false,
    }
}

fn many_connections(results: &Results) -> Reading {
    let views = results.connections("connections", "many");
    let is_verack = |it: Received<'_>| matches!(it.message, Message::Verack(_));
    let accepted = views.iter().filter(|view| view.messages().any(is_verack));
    let (accepted, ended) = (accepted.count(), views.iter().any(View::was_ended));
    match accepted {
        MANY.. => Reading::yes(None, None),
        _ if ended => Reading::no(Some(format!("it accepted {accepted}"))),
        _ => Reading::unknown(format!("only {accepted} handshakes were completed")),
    }
}

/// Returns what the target sent unasked in the probe `requests`: after both veracks, and before our
/// ping.
fn unasked(results: &Results) -> Option<Vec<Unasked>> {
    let view = results.since_sent("requests", "main", Some("verack"))?;
    // Its verack may have come before ours.
    let view = view.since_verack().unwrap_or(view);
    let view = view.until_sent("ping")?;
    let unasked = view.messages().map(|it| Unasked {
        command: it.message.command().as_str().to_owned(),
        after: it.after,
    });
    Some(unasked.collect())
}
