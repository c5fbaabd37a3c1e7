//! `lie`: a part of the message that is not what an honest peer would send.

use fake_peer_core::wire::{Bytes, Command, ParseVarStrError, VarStr};
use kdl::{KdlEntry, KdlNode};

use super::context::Context;
use super::node::{Built, Reader, text};
use super::phrases;
use super::problem::ProblemKind;
use super::scalar::{Hex, Scalar, read_text, refuse};
use super::verb::{Read, Row, find};
use crate::model::{Lie, RawPart};

pub(super) const ROWS: &[Row<Read<Lie>>] = &[
    Row {
        name: "magic",
        about: "other bytes for the magic",
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
        about: "bytes after the payload",
        read: |r| Some(Lie::Append(r.args())),
    },
];

pub(super) fn read(mut r: Reader<'_>) -> Option<Lie> {
    let entry = r.next_arg().or_else(|| r.missing("a kind of lie"))?;
    let found = String::read(entry, r.context())?;
    let Some(row) = find(ROWS, &found) else {
        let known = ROWS.iter().map(|row| row.name).collect();
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

pub(super) fn write(lie: &Lie) -> KdlNode {
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

pub(super) fn explain(lie: &Lie) -> String {
    match lie {
        Lie::Magic(bytes) => format!("the magic is {}", const_hex::encode(bytes)),
        Lie::Command(bytes) => format!("the command is \"{}\"", bytes.escape_ascii()),
        Lie::Length(length) => format!("the length is {length}"),
        Lie::Checksum(bytes) => format!("the checksum is {}", const_hex::encode(bytes)),
        Lie::CompactSize { path, width, value } => {
            let value = value
                .map(|value| format!(" says {value}"))
                .unwrap_or_default();
            let width = width
                .map(|width| format!(" takes {} bytes", width.bytes()))
                .unwrap_or_default();
            let and = if value.is_empty() || width.is_empty() {
                ""
            } else {
                " and"
            };
            format!("{path}{value}{and}{width}")
        }
        Lie::Overwrite { at, bytes } => format!("the payload has {bytes} at byte {at}"),
        Lie::Cut(length) => format!("the payload ends after {length} bytes"),
        Lie::Append(parts) => format!("the payload is followed by {}", phrases::raw(parts)),
    }
}

/// Any number of bytes in hexadecimal.
struct HexBytes(Bytes);

impl Scalar for HexBytes {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        match RawPart::read(entry, context)? {
            RawPart::Hex(bytes) => Some(Self(bytes)),
            RawPart::File(_) | RawPart::Random(_) | RawPart::Zeros(_) | RawPart::Magic => {
                refuse(entry, context, "bytes in hexadecimal", None)
            }
        }
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        RawPart::Hex(self.0).write(name)
    }
}

/// The bytes of a command: as text with escapes (`ping\\x00x`), filled up with NUL to twelve bytes.
struct CommandBytes([u8; Command::SIZE]);

impl Scalar for CommandBytes {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        const EXPECTED: &str = "the bytes of a command";
        read_text(entry, context, EXPECTED, |text| {
            let text: VarStr = text
                .parse()
                .map_err(|error: ParseVarStrError| error.to_string())?;
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
        let bytes = VarStr(self.0[..length].to_vec());
        text(name, &bytes.to_string())
    }
}
