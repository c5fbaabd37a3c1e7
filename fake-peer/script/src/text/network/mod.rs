//! The text of a network, in KDL 2. `docs/network.md` describes it.
//!
//! | file | holds |
//! |---|---|
//! | `rows` | how each verb is read |
//! | `write` | how a network is printed |

mod rows;
mod write;

use fake_peer_core::Network;
use fake_peer_core::network::NetworkName;
use kdl::{KdlDocument, KdlNode};

use self::rows::{Draft, ROWS, VERSION_FLOOR};
use super::context::Context;
use super::diagnostics::Diagnostics;
use super::node::Reader;
use super::problem::ProblemKind;
use super::scalar::read_text;
use super::verb::find;
use super::{document, format};

/// Reads a network file. `file` is the name of the file.
///
/// # Errors
/// Returns everything that is wrong with it, with its place in the text.
pub fn parse(file: &str, text: &str) -> Result<Network, Diagnostics> {
    let error = |problems| Diagnostics::new(file, text, problems);
    let document = document::read(text).map_err(error)?;
    let context = Context::default();
    let network = read(document.nodes(), &context);
    match context.into_parts() {
        (problems, _) if problems.is_empty() => Ok(network),
        (problems, _) => Err(error(problems)),
    }
}

/// The text of a custom network whose base is built in.
///
/// [`parse`] reads it back to the same value, except for rules that only a faulty implementation
/// has, for which the text has no word.
pub fn print(network: &Network) -> String {
    let mut document = KdlDocument::new();
    document.nodes_mut().push(write::write(network));
    format::layout(&document)
}

/// The property that a verb sets. Two verbs set the magic.
fn property_of(verb: &'static str) -> &'static str {
    match verb {
        "signet-challenge" => "magic",
        _ => verb,
    }
}

/// Every verb, and its description.
pub fn verbs() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROWS.iter().map(|row| (row.name, row.about))
}

fn read(nodes: &[KdlNode], context: &Context) -> Network {
    let Some((first, more)) = nodes.split_first() else {
        let (expected, reason) = (
            "`network NAME base=NETWORK { … }`",
            Some("the file is empty".to_owned()),
        );
        context.add((0..0).into(), ProblemKind::Value { expected, reason });
        return Network::default();
    };
    for node in more {
        let r = Reader::new(node, context);
        match r.verb() {
            "network" => twice(&r, "network"),
            _ => unknown(&r, vec!["network"]),
        }
    }
    let r = Reader::new(first, context);
    if r.verb() == "network" {
        return read_network(r);
    }
    unknown(&r, vec!["network"]);
    Network::default()
}

fn read_network(mut r: Reader<'_>) -> Network {
    let name = read_name(&mut r);
    let base: Network = r
        .needed_prop("base", "`base=` and a built-in network")
        .unwrap_or_default();
    let mut draft = Draft::new(Network {
        name: name.unwrap_or(base.name),
        base: base.name,
        ..base
    });
    let context = r.context();
    let mut found = Vec::new();
    for node in r.children() {
        let mut child = Reader::new(node, context);
        let verb = child.verb();
        let Some(row) = find(ROWS, verb) else {
            unknown(&child, ROWS.iter().map(|row| row.name).collect());
            continue;
        };
        let what = property_of(row.name);
        let before = found.iter().find(|(property, _)| *property == what);
        match before {
            Some(_) if what == VERSION_FLOOR => {}
            Some((_, other)) if *other != verb => child.problem(ProblemKind::Value {
                expected: "either `magic` or `signet-challenge`, which gives the magic",
                reason: Some(format!("`{other}` gives it already")),
            }),
            Some(_) => twice(&child, what),
            None => {}
        }
        found.push((what, verb));
        // What is missing has been noted.
        let _ = (row.read)(&mut child, &mut draft);
        child.finish();
    }
    let network = draft.finish(&r);
    r.finish();
    network
}

/// The name, which must not be that of another network.
fn read_name(r: &mut Reader<'_>) -> Option<NetworkName> {
    let entry = r.next_arg().or_else(|| r.missing("a name"))?;
    read_text(entry, r.context(), "the name of a network", |text| {
        let name: NetworkName = text.parse().map_err(|error| format!("{error}"))?;
        match Network::from_name(name) {
            Some(_) => Err("a built-in network has this name".to_owned()),
            None => Ok(name),
        }
    })
}

fn unknown(r: &Reader<'_>, known: Vec<&'static str>) {
    r.problem(ProblemKind::UnknownWord {
        what: "verb",
        found: r.verb().to_owned(),
        known,
    });
}

fn twice(r: &Reader<'_>, what: &str) {
    r.problem(ProblemKind::Twice {
        what: what.to_owned(),
    });
}
