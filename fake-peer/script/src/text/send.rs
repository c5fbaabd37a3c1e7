//! `send`: a message, its lies and its delivery.

use fake_peer_core::Message;
use fake_peer_core::wire::{Bytes, Command};
use kdl::{KdlEntry, KdlNode};

use super::context::Context;
use super::node::{Built, Reader};
use super::problem::ProblemKind;
use super::scalar::{Hex, Scalar, refuse};
use super::value;
use super::verb::{Read, Row, Where, find};
use crate::model::{ChainRange, Content, Delivery, Field, Lie, Name, Pieces, RawPart, Send};

/// The words of a block of `send` that are no fields.
const RESERVED: &[&str] = &["lie", "split", "truncate", "copies"];

/// The messages that may hold a part of a chain.
const OF_CHAIN: &[&str] = &["headers", "block"];

/// Their properties that are no fields then.
const RANGE: &[&str] = &["from", "count", "chain"];

pub(super) const LIES: &[Row<Read<Lie>>] = &[
    Row {
        name: "magic",
        about: "other first four bytes",
        read: |r| r.arg("four bytes").map(|Hex(b)| Lie::Magic(b)),
    },
    Row {
        name: "command",
        about: "other bytes for the command",
        read: |r| r.arg("twelve bytes").map(|CommandBytes(b)| Lie::Command(b)),
    },
    Row {
        name: "length",
        about: "another length of the payload",
        read: |r| r.arg("a length").map(Lie::Length),
    },
    Row {
        name: "checksum",
        about: "another checksum",
        read: |r| r.arg("four bytes").map(|Hex(b)| Lie::Checksum(b)),
    },
    Row {
        name: "compact-size",
        about: "another width or value of a count",
        read: read_compact_size,
    },
    Row {
        name: "overwrite",
        about: "other bytes at an offset of the payload",
        read: read_overwrite,
    },
    Row {
        name: "cut",
        about: "the payload ends early",
        read: |r| r.arg("a number of bytes").map(Lie::Cut),
    },
    Row {
        name: "append",
        about: "bytes behind the payload",
        read: |r| Some(Lie::Append(r.args())),
    },
];

pub(super) fn read(r: &mut Reader<'_>) -> Option<Send> {
    let said = read_content(r);
    let mut lies = Vec::new();
    let mut delivery = Delivery::default();
    let mut fields = Vec::new();
    for node in r.children() {
        let is_field = node.ty().is_some(); // `(field)lie` is a field whose name is a word of `send`
        match node.name().value() {
            "lie" if !is_field => lies.extend(read_lie(Reader::new(node, r.context()))),
            "split" | "truncate" | "copies" if !is_field => {
                read_delivery(Reader::new(node, r.context()), &mut delivery);
            }
            _ => fields.push(node),
        }
    }
    let content = add_fields(said?, &fields, r.context());
    Some(Send {
        content,
        lies,
        delivery,
    })
}

pub(super) fn write(send: &Send) -> KdlNode {
    let node = Built::new("send");
    let (node, blocks) = match &send.content {
        Content::Headers(range) => (write_range(node.word("headers"), range), Vec::new()),
        Content::Blocks(range) => (write_range(node.word("block"), range), Vec::new()),
        Content::Raw(parts) => (node.word("raw").args(parts.clone()), Vec::new()),
        Content::Message { command, fields } => {
            let node = if is_known(*command) {
                node.arg(*command)
            } else {
                node.word("unknown").arg(*command)
            };
            let reserved: Vec<_> = if OF_CHAIN.contains(&command.as_str()) {
                RESERVED.iter().chain(RANGE).copied().collect()
            } else {
                RESERVED.to_vec()
            };
            value::write_fields(node, fields, &reserved)
        }
    };
    node.children(blocks)
        .children(send.lies.iter().map(write_lie))
        .children(write_delivery(&send.delivery))
        .done()
}

fn is_known(command: Command) -> bool {
    Message::COMMANDS.contains(&command)
}

/// Reads the values of `send`, and leaves its block.
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

/// A command of the table of messages. Another is most often a slip, and has to be asked for.
pub(super) fn read_known(entry: &KdlEntry, context: &Context) -> Option<Command> {
    let command = Command::read(entry, context)?;
    if is_known(command) {
        return Some(command);
    }
    let known = Message::COMMANDS.iter().map(Command::as_str).collect();
    let (what, found) = ("message", command.to_string());
    context.add(
        entry.span(),
        ProblemKind::UnknownWord { what, found, known },
    );
    None
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

/// Adds the fields that stand in the block.
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
    Content::Message { command, fields }
}

fn read_lie(mut r: Reader<'_>) -> Option<Lie> {
    let entry = r.next_arg().or_else(|| r.missing("a kind of lie"))?;
    let found = String::read(entry, r.context())?;
    let Some(row) = find(LIES, &found) else {
        let known = LIES.iter().map(|row| row.name).collect();
        r.context().add(
            entry.span(),
            ProblemKind::UnknownWord {
                what: "lie",
                found,
                known,
            },
        );
        return None;
    };
    let lie = (row.read)(&mut r);
    r.finish();
    lie
}

fn read_compact_size(r: &mut Reader<'_>) -> Option<Lie> {
    let entry = r
        .next_arg()
        .or_else(|| r.missing("a field such as `headers.count`"))?;
    let path = Scalar::read(entry, r.context())?;
    r.context().field_at(format!("lie {path}"), entry.span());
    let (width, value) = (r.prop("width"), r.prop("value"));
    Some(Lie::CompactSize { path, width, value })
}

fn read_overwrite(r: &mut Reader<'_>) -> Option<Lie> {
    let at = r.needed_prop("at", "an offset `at=` of the payload");
    let HexBytes(bytes) = r.arg("bytes")?;
    Some(Lie::Overwrite { at: at?, bytes })
}

fn write_lie(lie: &Lie) -> KdlNode {
    let node = |kind: &str| Built::new("lie").word(kind);
    match lie {
        Lie::Magic(bytes) => node("magic").arg(Hex(*bytes)),
        Lie::Command(bytes) => node("command").arg(CommandBytes(*bytes)),
        Lie::Length(length) => node("length").arg(*length),
        Lie::Checksum(bytes) => node("checksum").arg(Hex(*bytes)),
        Lie::CompactSize { path, width, value } => {
            let node = node("compact-size").arg(path.clone());
            node.opt("width", *width).opt("value", *value)
        }
        Lie::Overwrite { at, bytes } => node("overwrite")
            .prop("at", *at)
            .arg(HexBytes(bytes.clone())),
        Lie::Cut(length) => node("cut").arg(*length),
        Lie::Append(parts) => node("append").args(parts.clone()),
    }
    .done()
}

fn read_delivery(mut r: Reader<'_>, delivery: &mut Delivery) {
    match r.verb() {
        "split" => {
            delivery.pause = r.prop("pause").unwrap_or_default();
            delivery.pieces = match (r.prop("each"), r.args()) {
                (Some(each), _) => Pieces::Each(each),
                (None, offsets) => Pieces::At(offsets),
            };
        }
        "truncate" => delivery.truncate = r.arg("a number of bytes"),
        _ => delivery.copies = r.arg("a number").unwrap_or(1),
    }
    r.finish();
}

fn write_delivery(delivery: &Delivery) -> Vec<KdlNode> {
    let honest = Delivery::default();
    let split = Built::new("split");
    let split = match &delivery.pieces {
        Pieces::Each(size) => split.prop("each", *size),
        Pieces::At(offsets) => split.args(offsets.iter().copied()),
    };
    let split = split.unless("pause", delivery.pause, &honest.pause).done();
    let is_split = delivery.pieces != honest.pieces || delivery.pause != honest.pause;
    let truncate = delivery
        .truncate
        .map(|size| Built::new("truncate").arg(size).done());
    let copies = (delivery.copies != 1).then(|| Built::new("copies").arg(delivery.copies).done());
    is_split
        .then_some(split)
        .into_iter()
        .chain(truncate)
        .chain(copies)
        .collect()
}

/// Bytes in hexadecimal, as many as there are.
struct HexBytes(Bytes);

impl Scalar for HexBytes {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        match RawPart::read(entry, context)? {
            RawPart::Hex(bytes) => Some(Self(bytes)),
            _ => refuse(entry, context, "bytes in hexadecimal", None),
        }
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        RawPart::Hex(self.0).write(name)
    }
}

/// The bytes of a command: as text with escapes (`ping\\x00x`), and NUL up to twelve.
struct CommandBytes([u8; Command::SIZE]);

impl Scalar for CommandBytes {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        const EXPECTED: &str = "the bytes of a command";
        super::scalar::read_text(entry, context, EXPECTED, |text| {
            let text: fake_peer_core::wire::VarStr = text
                .parse()
                .map_err(|error: fake_peer_core::wire::ParseVarStrError| error.to_string())?;
            let mut bytes = [0; Command::SIZE];
            bytes
                .get_mut(..text.0.len())
                .ok_or("at most 12 bytes fit")?
                .copy_from_slice(&text.0);
            Ok(Self(bytes))
        })
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        let length = self
            .0
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1);
        let text = fake_peer_core::wire::VarStr(self.0[..length].to_vec());
        super::node::text(name, &text.to_string())
    }
}
