//! Fields and their values.
//!
//! A single value is a property, or a node with one value. A list is a node with several values, or
//! with a block of `-` and `times`; a record is one with properties, or with a block of fields. A
//! block that is empty is an empty list, `(record)` before the name makes it an empty record.

use kdl::{KdlEntry, KdlNode, KdlValue};

use super::context::Context;
use super::node::{Built, Reader, entry, text, word};
use super::problem::ProblemKind;
use super::scalar::{Scalar, refuse};
use super::scope::Where;
use crate::model::{Field, Item, Name, Value, Variable};

/// Reads the properties that are left as fields. `path` is that of the record.
pub(super) fn read_props(r: &mut Reader<'_>, path: &str) -> Vec<Field> {
    let context = r.context();
    let read = |entry: &KdlEntry| {
        let name = entry.name()?;
        let name = read_name(name.value(), name.span(), context)?;
        context.field_at(join(path, name.as_str()), entry.span());
        let value = Value::read(entry, context)?;
        Some(Field { name, value })
    };
    r.rest_of_props().into_iter().filter_map(read).collect()
}

/// Reads a node as a field. `path` is that of the record it is in.
pub(super) fn read_field(node: &KdlNode, path: &str, context: &Context) -> Option<Field> {
    let r = Reader::new(node, context);
    let name = read_name(r.verb(), r.span(), context)?;
    let path = join(path, name.as_str());
    context.field_at(path.clone(), r.span());
    let value = read_node(r, &path)?;
    Some(Field { name, value })
}

/// Writes fields as properties up to the first that is not a single value, and the rest as nodes,
/// so that the order does not change. `reserved` are words that have another meaning here.
pub(super) fn write_fields(
    node: Built,
    fields: &[Field],
    reserved: &[&str],
) -> (Built, Vec<KdlNode>) {
    let is_prop =
        |field: &Field| field.value.is_scalar() && !reserved.contains(&field.name.as_str());
    let props = fields.iter().take_while(|field| is_prop(field)).count();
    let (props, blocks) = fields.split_at(props);
    let node = props.iter().fold(node, |node, field| {
        node.entry(write_scalar(Some(field.name.as_str()), &field.value))
    });
    let blocks = blocks.iter().map(|field| {
        let node = Built::new(field.name.as_str());
        let node = if reserved.contains(&field.name.as_str()) {
            node.ty("field")
        } else {
            node
        };
        write_node(node, &field.value)
    });
    (node, blocks.collect())
}

fn read_name(text: &str, span: miette::SourceSpan, context: &Context) -> Option<Name> {
    let parsed = text.parse();
    parsed
        .map_err(|error: crate::model::NameError| {
            let reason = Some(error.to_string());
            context.add(
                span,
                ProblemKind::Value {
                    expected: "the name of a field",
                    reason,
                },
            );
        })
        .ok()
}

fn join(path: &str, step: &str) -> String {
    match path {
        "" => step.to_owned(),
        _ => format!("{path}.{step}"),
    }
}

/// Reads the values and the block of a node, whose name has been read.
fn read_node(mut r: Reader<'_>, path: &str) -> Option<Value> {
    let value = match (r.args_left(), r.ty()) {
        (0, Some("record")) => Some(Value::Record(read_record(&mut r, path))),
        (0, _) if r.has_entries() => Some(Value::Record(read_record(&mut r, path))),
        (0, _) => Some(read_block(&mut r, path)),
        (1, _) => r.arg("a value"),
        _ => {
            let values = r.args::<Value>();
            let mut items = Vec::with_capacity(values.len());
            items.extend(values.into_iter().map(Item::from));
            Some(Value::List(items))
        }
    };
    r.finish();
    value
}

fn read_record(r: &mut Reader<'_>, path: &str) -> Vec<Field> {
    let mut fields = read_props(r, path);
    let context = r.context();
    let nodes = r.children().iter();
    fields.extend(nodes.filter_map(|node| read_field(node, path, context)));
    fields.shrink_to_fit();
    fields
}

/// A block of items is a list, one of fields is a record.
fn read_block(r: &mut Reader<'_>, path: &str) -> Value {
    let is_item = |node: &KdlNode| matches!(node.name().value(), "-" | "times");
    let nodes = r.children();
    match nodes.first() {
        Some(first) if !is_item(first) => Value::Record(read_record(r, path)),
        _ => {
            let context = r.context();
            let items = nodes.iter().enumerate();
            let items = items
                .filter_map(|(at, node)| read_item(node, &join(path, &at.to_string()), context));
            let mut items: Vec<_> = items.collect();
            items.shrink_to_fit();
            Value::List(items)
        }
    }
}

fn read_item(node: &KdlNode, path: &str, context: &Context) -> Option<Item> {
    let mut r = Reader::new(node, context);
    let times = match r.verb() {
        "-" => 1,
        "times" => r.arg("a count")?,
        _ => {
            context.unknown_verb(node, Where::List);
            return None;
        }
    };
    context.field_at(path, r.span());
    let value = read_node(r, path)?;
    Some(Item { times, value })
}

fn write_node(node: Built, value: &Value) -> KdlNode {
    match value {
        Value::Record(fields) if fields.is_empty() => node.ty("record").done(),
        Value::Record(fields) => {
            // A block that starts with no property would have to start with a field, too.
            let (node, blocks) = write_fields(node, fields, &[]);
            node.children(blocks).done()
        }
        Value::List(items) if items.len() > 1 && items.iter().all(is_plain) => {
            let node = items.iter().fold(node, |node, item| {
                node.entry(write_scalar(None, &item.value))
            });
            node.done()
        }
        Value::List(items) => node.block(items.iter().map(write_item)).done(),
        scalar => node.entry(write_scalar(None, scalar)).done(),
    }
}

fn is_plain(item: &Item) -> bool {
    item.times == 1 && item.value.is_scalar()
}

fn write_item(item: &Item) -> KdlNode {
    let node = match item.times {
        1 => Built::new("-"),
        times => Built::new("times").arg(times),
    };
    write_node(node, &item.value)
}

/// A single value in its text form.
pub(crate) fn value_text(value: &Value) -> String {
    write_scalar(None, value).to_string().trim().to_owned()
}

/// The entry of a single value.
pub(super) fn write_scalar(name: Option<&str>, value: &Value) -> KdlEntry {
    let value = match value {
        Value::Bool(value) => KdlValue::Bool(*value),
        Value::Int(number) => KdlValue::Integer(*number),
        Value::Text(plain) if plain.starts_with('$') => return text(name, &format!("${plain}")),
        Value::Text(plain) if plain.contains(|char: char| char.is_ascii_digit()) => {
            return text(name, plain);
        }
        Value::Text(plain) => return word(name, plain),
        Value::Variable(variable) => return word(name, &variable.to_string()),
        Value::Null | Value::List(_) | Value::Record(_) => KdlValue::Null,
    };
    entry(name, value)
}

impl Scalar for Value {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        Some(match entry.value() {
            KdlValue::Null => Self::Null,
            KdlValue::Bool(value) => Self::Bool(*value),
            KdlValue::Integer(number) => Self::Int(*number),
            KdlValue::Float(_) => {
                return refuse(
                    entry,
                    context,
                    "a whole number",
                    Some("fields hold whole numbers only".to_owned()),
                );
            }
            KdlValue::String(text) => match text.strip_prefix('$') {
                Some(rest) if rest.starts_with('$') => Self::Text(rest.to_owned()),
                Some(_) => Self::Variable(Variable::read(entry, context)?),
                None => Self::Text(text.clone()),
            },
        })
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        write_scalar(name, &self)
    }
}
