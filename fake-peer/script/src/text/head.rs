//! `script`, and the nodes before its steps.

use fake_peer_core::message::Services;
use kdl::KdlNode;

use super::chain;
use super::node::{Built, Reader};
use super::problem::ProblemKind;
use super::scope::Where;
use super::verb::{ReadHead, Row, find};
use super::verbs;
use crate::model::{FactSet, Requires, Script};

pub(super) const ROWS: &[Row<ReadHead>] = &[
    Row {
        name: "about",
        about: "the requirement, in a sentence",
        read: about,
    },
    Row {
        name: "source",
        about: "where it comes from",
        read: source,
    },
    Row {
        name: "level",
        about: "how binding it is",
        read: level,
    },
    Row {
        name: "requires",
        about: "what the target must be",
        read: requires,
    },
    Row {
        name: "chain",
        about: "headers to serve",
        read: chain::read,
    },
];

/// Reads a script. It returns a script even if parts of it cannot be read.
pub(super) fn read(mut r: Reader<'_>) -> Script {
    let context = r.context();
    context.script_at(r.span());
    let mut script = Script {
        name: r.arg("a name").unwrap_or_default(),
        network: r.needed_prop("network", "`network=`").unwrap_or_default(),
        ..Script::default()
    };
    script.steps.reserve_exact(r.max_children());
    r.each_child(|mut child| match find(ROWS, child.verb()) {
        Some(row) => {
            (row.read)(&mut child, &mut script);
            child.finish();
        }
        None => script.steps.extend(verbs::read(child, Where::Head)),
    });
    r.finish();
    script
}

/// A script without its steps.
pub(super) fn write(script: &Script) -> KdlNode {
    let text = |verb: &str, text: &String| Built::new(verb).arg(text.clone()).done();
    let about = script.about.iter().map(|about| text("about", about));
    let sources = script.sources.iter().map(|source| text("source", source));
    let level = script
        .level
        .map(|level| Built::new("level").arg(level).done());
    let requires =
        (script.requires != Requires::default()).then(|| write_requires(&script.requires));
    Built::new("script")
        .arg(script.name.clone())
        .prop("network", script.network.clone())
        .children(about)
        .children(sources)
        .children(level)
        .children(requires)
        .children(script.chains.iter().map(chain::write))
        .done()
}

fn about(r: &mut Reader<'_>, script: &mut Script) {
    let about = r.arg("a sentence");
    once(r, &mut script.about, about);
}

fn source(r: &mut Reader<'_>, script: &mut Script) {
    script.sources.extend(r.arg::<String>("a source"));
}

fn level(r: &mut Reader<'_>, script: &mut Script) {
    let level = r.arg("a level");
    once(r, &mut script.level, level);
}

fn requires(r: &mut Reader<'_>, script: &mut Script) {
    if script.requires != Requires::default() {
        r.problem(ProblemKind::Twice {
            what: r.verb().to_owned(),
        });
    }
    script.requires = Requires {
        role: r.prop("role"),
        services: r.prop("services").unwrap_or_default(),
        protocol: r.prop("protocol"),
        facts: r.prop("fact").unwrap_or_default(),
        without_facts: r.prop("without-fact").unwrap_or_default(),
    };
}

fn write_requires(requires: &Requires) -> KdlNode {
    Built::new("requires")
        .opt("role", requires.role)
        .unless("services", requires.services, &Services::empty())
        .opt("protocol", requires.protocol)
        .unless("fact", requires.facts, &FactSet::default())
        .unless("without-fact", requires.without_facts, &FactSet::default())
        .done()
}

/// Sets a value that may be given only once.
fn once<T>(r: &Reader<'_>, place: &mut Option<T>, value: Option<T>) {
    if place.is_some() {
        r.problem(ProblemKind::Twice {
            what: r.verb().to_owned(),
        });
    }
    *place = value;
}
