//! `expect` and the other observations, and `expect-one-of`.

use fake_peer_core::wire::Command;
use kdl::{KdlEntry, KdlNode};

use super::context::Context;
use super::node::{Built, Reader};
use super::problem::ProblemKind;
use super::scalar::Scalar;
use super::step;
use super::value;
use super::verb::{OBSERVATIONS, Read, Row, Where, find};
use crate::model::{
    Capture, Class, DisconnectKind, Expect, FieldTest, Observation, Op, Outcome, OutcomeSet, Path,
    Value,
};

pub(super) const ROWS: &[Row<Read<Observation>>] = &[
    Row {
        name: "expect",
        about: "a message",
        read: |r| read_expect(r).map(Observation::Message),
    },
    Row {
        name: "disconnect",
        about: "the target ends the connection",
        read: |r| Some(read_disconnect(r)),
    },
    Row {
        name: "silence",
        about: "the target sends nothing",
        read: read_silence,
    },
    Row {
        name: "barrier",
        about: "the target answers a ping",
        read: |r| Some(read_barrier(r)),
    },
];

/// How a comparison is written: `(at-least)7`.
const OPS: &[(&str, Op)] = &[
    ("not", Op::Not),
    ("at-least", Op::AtLeast),
    ("at-most", Op::AtMost),
    ("count", Op::Count),
    ("has", Op::Has),
];

fn read_disconnect(r: &mut Reader<'_>) -> Observation {
    let how = r.prop("how").unwrap_or_default();
    Observation::Disconnect {
        how,
        within: r.prop("within"),
    }
}

fn read_silence(r: &mut Reader<'_>) -> Option<Observation> {
    let length = r.needed_prop("for", "a time `for=`")?;
    Some(Observation::Silence { length })
}

fn read_barrier(r: &mut Reader<'_>) -> Observation {
    Observation::Barrier {
        within: r.prop("within"),
    }
}

pub(super) fn write(observation: &Observation) -> KdlNode {
    match observation {
        Observation::Message(expect) => write_expect(expect),
        Observation::Disconnect { how, within } => Built::new("disconnect")
            .unless("how", *how, &DisconnectKind::Any)
            .opt("within", *within)
            .done(),
        Observation::Silence { length } => Built::new("silence").prop("for", *length).done(),
        Observation::Barrier { within } => Built::new("barrier").opt("within", *within).done(),
    }
}

fn read_expect(r: &mut Reader<'_>) -> Option<Expect> {
    let entry = r.next_arg().or_else(|| r.missing("a message"))?;
    let context = r.context();
    let command = match entry.value().as_string() {
        Some("unknown") => r.arg("a command")?,
        _ => super::send::read_known(entry, context)?,
    };
    let within = r.prop("within");
    let mut tests: Vec<_> = r
        .rest_of_props()
        .into_iter()
        .filter_map(|entry| read_test(entry.name()?.value(), entry, context))
        .collect();
    r.no_children_but(Where::Expect, &["capture", "field"]);
    let mut captures = Vec::new();
    for node in r.children() {
        match node.name().value() {
            "capture" => captures.extend(read_capture(Reader::new(node, context))),
            "field" => tests.extend(read_field(Reader::new(node, context))),
            _ => {}
        }
    }
    Some(Expect {
        command,
        tests,
        captures,
        within,
    })
}

fn write_expect(expect: &Expect) -> KdlNode {
    let node = Built::new("expect");
    let node = if fake_peer_core::Message::COMMANDS.contains(&expect.command) {
        node.arg(expect.command)
    } else {
        node.word("unknown").arg(expect.command)
    };
    // Properties come before the block, and the order of tests stays.
    let props = expect
        .tests
        .iter()
        .take_while(|test| test.path.as_str() != "within")
        .count();
    let (props, fields) = expect.tests.split_at(props);
    let node = props.iter().fold(node, |node, test| {
        node.entry(write_test(Some(test.path.as_str()), test))
    });
    let fields = fields.iter().map(|test| {
        let node = Built::new("field").arg(test.path.clone());
        node.entry(write_test(None, test)).done()
    });
    let captures = expect.captures.iter().map(|capture| {
        let node = Built::new("capture").arg(capture.path.clone());
        node.prop("as", capture.name.clone()).done()
    });
    node.opt("within", expect.within)
        .children(fields)
        .children(captures)
        .done()
}

fn read_field(mut r: Reader<'_>) -> Option<FieldTest> {
    let path: Path = r.arg("a field")?;
    let entry = r.next_arg().or_else(|| r.missing("a value"))?;
    let test = read_test(path.as_str(), entry, r.context());
    r.finish();
    test
}

fn read_test(path: &str, entry: &KdlEntry, context: &Context) -> Option<FieldTest> {
    let span = entry
        .name()
        .map_or_else(|| entry.span(), kdl::KdlIdentifier::span);
    let path = match path.parse::<Path>() {
        Ok(path) => path,
        Err(error) => {
            let (expected, reason) = ("a path to a field", Some(error.to_string()));
            context.add(span, ProblemKind::Value { expected, reason });
            return None;
        }
    };
    context.path_at(&path, entry.span());
    let op = read_op(entry, context)?;
    let value = Value::read(entry, context)?;
    Some(FieldTest { path, op, value })
}

fn read_op(entry: &KdlEntry, context: &Context) -> Option<Op> {
    let Some(found) = entry.ty() else {
        return Some(Op::Is);
    };
    let op = OPS.iter().find(|(name, _)| *name == found.value());
    if op.is_none() {
        let known = OPS.iter().map(|(name, _)| *name).collect();
        let (what, found_text) = ("comparison", found.value().to_owned());
        context.add(
            entry.span(),
            ProblemKind::UnknownWord {
                what,
                found: found_text,
                known,
            },
        );
    }
    op.map(|(_, op)| *op)
}

fn write_test(name: Option<&str>, test: &FieldTest) -> KdlEntry {
    let mut entry = value::write_scalar(name, &test.value);
    if let Some((op, _)) = OPS.iter().find(|(_, op)| *op == test.op) {
        entry.set_ty(*op);
    }
    entry
}

fn read_capture(mut r: Reader<'_>) -> Option<Capture> {
    let entry = r.next_arg().or_else(|| r.missing("a field"))?;
    let path = Path::read(entry, r.context())?;
    r.context()
        .field_at(format!("capture {path}"), entry.span());
    let name = r.needed_prop("as", "a name `as=`")?;
    r.finish();
    Some(Capture { path, name })
}

pub(super) fn read_one_of(r: &mut Reader<'_>) -> OutcomeSet {
    let within = r.prop("within");
    r.no_children_but(Where::Outcome, &["pass", "weaker", "fail"]);
    let context = r.context();
    let outcomes = r.children().iter().filter_map(|node| {
        let class = match node.name().value() {
            "pass" => Class::Pass,
            "weaker" => Class::Weaker,
            "fail" => Class::Fail,
            _ => return None,
        };
        let r = Reader::new(node, context);
        context.step(r.span(), || read_outcome(class, r))
    });
    let outcomes = outcomes.collect();
    OutcomeSet { within, outcomes }
}

fn read_outcome(class: Class, mut r: Reader<'_>) -> Option<Outcome> {
    let note = match r.args_left() {
        0 => None,
        _ => r.arg("a note"),
    };
    let context = r.context();
    let Some((first, rest)) = r.children().split_first() else {
        return r.missing("what is observed, in braces");
    };
    let row = find(OBSERVATIONS, first.name().value());
    if row.is_none() {
        context.unknown_verb(first, Where::Observation);
    }
    let observation = row.and_then(|row| read_row(row, first, context));
    let then = step::read_all(rest, context);
    r.finish();
    Some(Outcome {
        class,
        note,
        observation: observation?,
        then,
    })
}

/// Reads a node that begins with the word of a row.
pub(super) fn read_row<T>(row: &Row<Read<T>>, node: &KdlNode, context: &Context) -> Option<T> {
    let mut r = Reader::new(node, context);
    let value = (row.read)(&mut r);
    if value.is_some() {
        r.finish();
    }
    value
}

pub(super) fn write_one_of(set: &OutcomeSet) -> KdlNode {
    let outcome = |outcome: &Outcome| {
        let word = match outcome.class {
            Class::Pass => "pass",
            Class::Weaker => "weaker",
            Class::Fail => "fail",
        };
        Built::new(word)
            .args(outcome.note.clone())
            .children([write(&outcome.observation)])
            .children(outcome.then.iter().map(step::write))
            .done()
    };
    Built::new("expect-one-of")
        .opt("within", set.within)
        .block(set.outcomes.iter().map(outcome))
        .done()
}

/// A list of commands, known or not.
pub(super) fn read_commands(r: &mut Reader<'_>) -> Vec<Command> {
    let mut commands = Vec::new();
    while let Some(entry) = r.next_arg() {
        let is_unknown = entry.ty().is_some_and(|ty| ty.value() == "unknown");
        commands.extend(if is_unknown {
            Command::read(entry, r.context())
        } else {
            super::send::read_known(entry, r.context())
        });
    }
    commands
}

pub(super) fn write_commands(node: Built, commands: &[Command]) -> Built {
    commands.iter().fold(node, |node, command| {
        let mut entry = command.write(None);
        if !fake_peer_core::Message::COMMANDS.contains(command) {
            entry.set_ty("unknown");
        }
        node.entry(entry)
    })
}
