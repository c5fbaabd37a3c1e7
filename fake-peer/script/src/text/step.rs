//! Steps, and blocks of them.

use fake_peer_core::wire::Command;
use kdl::KdlNode;

use super::context::Context;
use super::expect::{self, read_commands, read_row, write_commands};
use super::node::{Built, Reader};
use super::send;
use super::value;
use super::verb::{OBSERVATIONS, Read, Row, STEPS, Where, find};
use crate::model::{Expectation, Handshake, Name, Step};

pub(super) const ROWS: &[Row<Read<Step>>] = &[
    Row {
        name: "connection",
        about: "steps of another connection",
        read: read_connection,
    },
    Row {
        name: "repeat",
        about: "the same steps several times",
        read: read_repeat,
    },
    Row {
        name: "connect",
        about: "opens the connection",
        read: |r| Some(read_connect(r)),
    },
    Row {
        name: "handshake",
        about: "version and verack, both ways",
        read: |r| Some(read_handshake(r)),
    },
    Row {
        name: "send",
        about: "a message, or bytes",
        read: |r| send::read(r).map(Step::Send),
    },
    Row {
        name: "expect-one-of",
        about: "one of several outcomes",
        read: |r| Some(Step::Expect(Expectation::OneOf(expect::read_one_of(r)))),
    },
    Row {
        name: "ignore",
        about: "messages that do not break silence",
        read: |r| Some(Step::Ignore(read_commands(r))),
    },
    Row {
        name: "forbid",
        about: "messages that must not come",
        read: |r| Some(Step::Forbid(read_commands(r))),
    },
    Row {
        name: "answer-pings",
        about: "whether pings are answered",
        read: |r| r.arg("`#true` or `#false`").map(Step::AnswerPings),
    },
    Row {
        name: "reading",
        about: "whether we read",
        read: |r| r.arg("`#true` or `#false`").map(Step::Reading),
    },
    Row {
        name: "wait",
        about: "lets time pass",
        read: |r| r.arg("a time").map(Step::Wait),
    },
    Row {
        name: "close",
        about: "we end the connection",
        read: |_| Some(Step::Close),
    },
    Row {
        name: "half-close",
        about: "we end our direction",
        read: |_| Some(Step::HalfClose),
    },
    Row {
        name: "reset",
        about: "we reset the connection",
        read: |_| Some(Step::Reset),
    },
    Row {
        name: "be-honest",
        about: "an honest peer from here on",
        read: read_be_honest,
    },
];

/// Reads a step. `place` is where it stands, for the error if it is none.
pub(super) fn read(node: &KdlNode, context: &Context, place: Where) -> Option<Step> {
    let verb = node.name().value();
    context.step(node.name().span(), || {
        if let Some(row) = find(OBSERVATIONS, verb) {
            return read_row(row, node, context).map(Step::from);
        }
        let row = find(STEPS, verb);
        if row.is_none() {
            context.unknown_verb(node, place);
        }
        read_row(row?, node, context)
    })
}

/// Reads a block of steps.
pub(super) fn read_all(nodes: &[KdlNode], context: &Context) -> Vec<Step> {
    let read = |node| read(node, context, Where::Step);
    nodes.iter().filter_map(read).collect()
}

pub(super) fn write(step: &Step) -> KdlNode {
    match step {
        Step::Connection { name, steps } => Built::new("connection")
            .arg(name.clone())
            .block(write_all(steps))
            .done(),
        Step::Repeat { count, steps } => Built::new("repeat")
            .arg(*count)
            .block(write_all(steps))
            .done(),
        Step::Connect { count } => Built::new("connect").unless("count", *count, &1).done(),
        Step::Handshake(handshake) => write_handshake(handshake),
        Step::Send(send) => send::write(send),
        Step::Expect(Expectation::One(observation)) => expect::write(observation),
        Step::Expect(Expectation::OneOf(set)) => expect::write_one_of(set),
        Step::Ignore(commands) => write_commands(Built::new("ignore"), commands).done(),
        Step::Forbid(commands) => write_commands(Built::new("forbid"), commands).done(),
        Step::AnswerPings(answer) => Built::new("answer-pings").arg(*answer).done(),
        Step::Reading(read) => Built::new("reading").arg(*read).done(),
        Step::Wait(time) => Built::new("wait").arg(*time).done(),
        Step::Close => Built::new("close").done(),
        Step::HalfClose => Built::new("half-close").done(),
        Step::Reset => Built::new("reset").done(),
        Step::BeHonest { chain } => Built::new("be-honest")
            .unless("chain", chain.clone(), &Name::main())
            .done(),
    }
}

fn write_all(steps: &[Step]) -> impl Iterator<Item = KdlNode> {
    steps.iter().map(write)
}

fn read_connection(r: &mut Reader<'_>) -> Option<Step> {
    let name = r.arg("a name");
    let steps = read_all(r.children(), r.context());
    Some(Step::Connection { name: name?, steps })
}

fn read_repeat(r: &mut Reader<'_>) -> Option<Step> {
    let count = r.arg("how often");
    let steps = read_all(r.children(), r.context());
    Some(Step::Repeat {
        count: count?,
        steps,
    })
}

fn read_connect(r: &mut Reader<'_>) -> Step {
    let count = r.prop("count").unwrap_or(1);
    Step::Connect { count }
}

fn read_be_honest(r: &mut Reader<'_>) -> Option<Step> {
    let chain = if r.has_prop("chain") {
        r.prop("chain")?
    } else {
        Name::main()
    };
    Some(Step::BeHonest { chain })
}

fn read_handshake(r: &mut Reader<'_>) -> Step {
    let mut version = value::read_props(r, "");
    let mut offers: Vec<Command> = Vec::new();
    let context = r.context();
    for node in r.children() {
        if node.name().value() == "offer" && node.ty().is_none() {
            let mut offer = Reader::new(node, context);
            offers.extend(read_commands(&mut offer));
            offer.finish();
        } else {
            version.extend(value::read_field(node, "", context));
        }
    }
    Step::Handshake(Handshake { version, offers })
}

fn write_handshake(handshake: &Handshake) -> KdlNode {
    let node = Built::new("handshake");
    let (node, blocks) = value::write_fields(node, &handshake.version, &["offer"]);
    let offer = write_commands(Built::new("offer"), &handshake.offers).done();
    let offer = (!handshake.offers.is_empty()).then_some(offer);
    node.children(blocks).children(offer).done()
}
