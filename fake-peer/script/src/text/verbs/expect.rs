//! `expect`: a message.

use std::fmt::Write as _;

use kdl::{KdlEntry, KdlNode};

use crate::model::{Capture, Expect, FieldTest, Observation, Op, Path, Value};
use crate::text::commands::{read_known, write_command};
use crate::text::context::Context;
use crate::text::node::{Built, Reader};
use crate::text::phrases;
use crate::text::problem::ProblemKind;
use crate::text::scalar::Scalar as _;
use crate::text::scope::Where;
use crate::text::value;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Observation>> = Row {
    name: "expect",
    about: "a message",
    read: |r| read(r).map(Observation::Message),
};

/// How a comparison is written: `(at-least)7`.
const OPS: &[(&str, Op)] = &[
    ("not", Op::Not),
    ("at-least", Op::AtLeast),
    ("at-most", Op::AtMost),
    ("count", Op::Count),
    ("has", Op::Has),
];

fn read(r: &mut Reader<'_>) -> Option<Expect> {
    let entry = r.next_arg().or_else(|| r.missing("a message"))?;
    let context = r.context();
    let command = match entry.value().as_string() {
        Some("unknown") => r.arg("a command")?,
        _ => read_known(entry, context)?,
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
    tests.shrink_to_fit();
    captures.shrink_to_fit();
    Some(Expect {
        command,
        tests,
        captures,
        within,
    })
}

pub(super) fn write(expect: &Expect) -> KdlNode {
    let node = write_command(Built::new(ROW.name), expect.command);
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

pub(super) fn explain(expect: &Expect) -> String {
    let mut text = format!("The target sends {}", expect.command);
    for (index, test) in expect.tests.iter().enumerate() {
        let join = if index == 0 { " where" } else { " and" };
        let op = match test.op {
            Op::Is => "is",
            Op::Not => "is not",
            Op::AtLeast => "is at least",
            Op::AtMost => "is at most",
            Op::Count => "has the length",
            Op::Has => "has",
        };
        let _ = write!(
            text,
            "{join} {} {op} {}",
            test.path,
            value::value_text(&test.value)
        );
    }
    text.push_str(&phrases::within(expect.within));
    for capture in &expect.captures {
        let _ = write!(text, "; its {} is kept as ${}", capture.path, capture.name);
    }
    text + "."
}
