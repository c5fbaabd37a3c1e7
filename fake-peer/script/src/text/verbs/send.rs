//! `send`: a message, or bytes; with lies, and piece by piece.

use fake_peer_core::Network;
use kdl::KdlNode;

use super::Explained;
use crate::check::sample::Sample;
use crate::model::{ChainRange, Content, Delivery, Field, Name, Send, Step};
use crate::text::commands::{read_known, write_command};
use crate::text::context::Context;
use crate::text::node::{Built, Reader};
use crate::text::scalar::Scalar as _;
use crate::text::scope::Where;
use crate::text::verb::{Read, Row};
use crate::text::{delivery, lie, phrases, value};
use crate::wire;

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "send",
    about: "a message, or bytes",
    read: |r| read(r).map(Step::Send),
};

/// The words in the block of `send` that are not fields.
const RESERVED: &[&str] = &["lie", "split", "truncate", "copies"];

/// The messages that may hold a part of a chain.
const OF_CHAIN: &[&str] = &["headers", "block"];

/// The properties of these messages that select a part of a chain and are not fields.
const RANGE: &[&str] = &["from", "count", "chain"];

fn read(r: &mut Reader<'_>) -> Option<Send> {
    let said = read_content(r);
    let mut lies = Vec::new();
    let mut delivered = Delivery::default();
    let mut fields = Vec::new();
    for node in r.children() {
        let is_field = node.ty().is_some(); // `(field)lie` is a field whose name is a word of `send`
        match node.name().value() {
            "lie" if !is_field => lies.extend(lie::read(Reader::new(node, r.context()))),
            word if delivery::WORDS.contains(&word) && !is_field => {
                delivery::read(Reader::new(node, r.context()), &mut delivered);
            }
            _ => fields.push(node),
        }
    }
    let content = add_fields(said?, &fields, r.context());
    lies.shrink_to_fit();
    Some(Send {
        content,
        lies,
        delivery: delivered,
    })
}

pub(super) fn write(send: &Send) -> KdlNode {
    let node = Built::new(ROW.name);
    let (node, blocks) = match &send.content {
        Content::Headers(range) => (write_range(node.word("headers"), range), Vec::new()),
        Content::Blocks(range) => (write_range(node.word("block"), range), Vec::new()),
        Content::Raw(parts) => (node.word("raw").args(parts.clone()), Vec::new()),
        Content::Message { command, fields } => {
            let node = write_command(node, *command);
            let reserved: Vec<_> = if OF_CHAIN.contains(&command.as_str()) {
                RESERVED.iter().chain(RANGE).copied().collect()
            } else {
                RESERVED.to_vec()
            };
            value::write_fields(node, fields, &reserved)
        }
    };
    node.children(blocks)
        .children(send.lies.iter().map(lie::write))
        .children(delivery::write(&send.delivery))
        .done()
}

/// Reads the values of `send`, but not its block.
fn read_content(r: &mut Reader<'_>) -> Option<Content> {
    let entry = r.next_arg().or_else(|| r.missing("a message"))?;
    let name = String::read(entry, r.context())?;
    if name == "raw" {
        return Some(Content::Raw(r.args()));
    }
    let is_range = RANGE.iter().any(|name| r.has_prop(name));
    let command = match name.as_str() {
        "headers" if is_range => return read_range(r).map(Content::Headers),
        "block" if is_range => return read_range(r).map(Content::Blocks),
        "unknown" => r.arg("a command")?,
        _ => read_known(entry, r.context())?,
    };
    r.context().field_at("", entry.span());
    let fields = value::read_props(r, "");
    Some(Content::Message { command, fields })
}

fn read_range(r: &mut Reader<'_>) -> Option<ChainRange> {
    let chain = if r.has_prop("chain") {
        r.prop("chain")
    } else {
        Some(Name::main())
    };
    let from = r.needed_prop("from", "the height `from=` of the first");
    let count = if r.has_prop("count") {
        r.prop("count")
    } else {
        Some(1)
    };
    Some(ChainRange {
        chain: chain?,
        from: from?,
        count: count?,
    })
}

fn write_range(node: Built, range: &ChainRange) -> Built {
    node.prop("from", range.from)
        .unless("count", range.count, &1)
        .unless("chain", range.chain.clone(), &Name::main())
}

/// Adds the fields that are in the block.
fn add_fields(said: Content, nodes: &[&KdlNode], context: &Context) -> Content {
    let Content::Message {
        command,
        mut fields,
    } = said
    else {
        for node in nodes {
            context.unknown_verb(node, Where::Send);
        }
        return said;
    };
    let read = nodes
        .iter()
        .filter_map(|node| value::read_field(node, "", context));
    fields.extend::<Vec<Field>>(read.collect());
    fields.shrink_to_fit();
    Content::Message { command, fields }
}

/// What is sent, and the number of bytes if it is known before a run.
pub(super) fn explain(send: &Send, network: Network, sample: &mut Sample) -> Explained {
    let what = match &send.content {
        Content::Message { command, .. } => command.to_string(),
        Content::Headers(range) => format!("headers with {}", part(range)),
        Content::Blocks(range) => format!("block for {}", part(range)),
        Content::Raw(parts) => format!("bytes without an envelope: {}", phrases::raw(parts)),
    };
    let sentence = match wire::encode(send, network, sample) {
        Ok(bytes) => format!("Send {what} ({} bytes).", bytes.concat().len()),
        Err(_) => format!("Send {what} (length known only during a run)."),
    };
    let lies = send.lies.iter();
    let lies = lies.map(|lie| format!("lie: {}", lie::explain(lie)));
    Explained {
        sentence,
        details: lies.chain(delivery::explain(&send.delivery)).collect(),
    }
}

fn part(range: &ChainRange) -> String {
    let last = range.from.saturating_add(range.count).saturating_sub(1);
    let heights = match range.count {
        0 => "nothing".to_owned(),
        1 => range.from.to_string(),
        _ => format!("{} to {last}", range.from),
    };
    format!("{heights} of the chain {}", range.chain)
}
