//! Single values in the text: numbers, words, times.

use std::str::FromStr;
use std::time::Duration;

use fake_peer_core::chain::{MeasuredFrom, ProofOfWork, RetargetBase};
use fake_peer_core::header::CompactTarget;
use fake_peer_core::message::Services;
use fake_peer_core::wire::{Bytes, Command};
use fake_peer_core::{Hash256, Network};
use kdl::{KdlEntry, KdlValue};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as TextError, StrDeserializer};

use super::context::Context;
use super::node::{entry, text, word};
use super::problem::ProblemKind;
use crate::model::{
    ChainRules, Class, DisconnectKind, FactName, FactSet, HeaderField, Level, Name, NetworkSpec,
    Path, RawPart, Role, Variable, Width,
};

/// A value that one entry holds.
pub trait Scalar: Sized {
    /// Reads the value, or notes what is wrong with it.
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self>;

    /// Returns the entry of the value: a property if there is a name.
    fn write(self, name: Option<&str>) -> KdlEntry;
}

/// Notes a value that is not `expected`.
pub(super) fn refuse<T>(
    entry: &KdlEntry,
    context: &Context,
    expected: &'static str,
    reason: Option<String>,
) -> Option<T> {
    context.add(entry.span(), ProblemKind::Value { expected, reason });
    None
}

/// Reads an entry that is text, and parses it. What is wrong with it is noted in `context`, with
/// `expected` as what should be there.
pub fn read_text<T>(
    entry: &KdlEntry,
    context: &Context,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    let Some(text) = entry.value().as_string() else {
        return refuse(entry, context, expected, None);
    };
    match parse(text) {
        Ok(value) => Some(value),
        Err(reason) => refuse(entry, context, expected, Some(reason)),
    }
}

impl Scalar for String {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        read_text(entry, context, "text", |text| Ok(text.to_owned()))
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        text(name, &self)
    }
}

impl Scalar for bool {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        match entry.value() {
            KdlValue::Bool(value) => Some(*value),
            _ => refuse(entry, context, "`#true` or `#false`", None),
        }
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        entry(name, self)
    }
}

macro_rules! numbers {
    ($($type:ty: $expected:literal;)*) => {$(
        impl Scalar for $type {
            fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
                let number = entry.value().as_integer();
                match number.and_then(|number| Self::try_from(number).ok()) {
                    Some(number) => Some(number),
                    None => refuse(entry, context, $expected, None),
                }
            }

            fn write(self, name: Option<&str>) -> KdlEntry {
                entry(name, i128::from(self))
            }
        }
    )*};
}

numbers! {
    u8: "a number from 0 to 255";
    u16: "a number from 0 to 65535";
    u32: "a number from 0 to 4294967295";
    i32: "a signed 32-bit number";
    u64: "an unsigned 64-bit number";
}

/// Types whose text form is that of `FromStr` and `Display`, written with `$write`.
macro_rules! texts {
    ($write:ident: $($type:ty: $expected:literal;)*) => {$(
        impl Scalar for $type {
            fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
                let parse = |text: &str| Self::from_str(text).map_err(|error| error.to_string());
                read_text(entry, context, $expected, parse)
            }

            fn write(self, name: Option<&str>) -> KdlEntry {
                $write(name, &self.to_string())
            }
        }
    )*};
}

texts! { word:
    Name: "a name";
    Path: "a path to a field";
    Network: "a built-in network";
    NetworkSpec: "a network";
    Variable: "a value such as `$now`";
}

texts! { text:
    Hash256: "a hash of 64 hexadecimal digits";
    CompactTarget: "`bits` of 8 hexadecimal digits";
    Bytes: "bytes in hexadecimal";
}

impl Scalar for Command {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        let parse = |text: &str| match text {
            "" => Err("a command cannot be empty".to_owned()),
            _ => Self::from_str(text).map_err(|error| error.to_string()),
        };
        read_text(entry, context, "a command", parse)
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        word(name, self.as_str())
    }
}

impl Scalar for Services {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        let parse = |text: &str| {
            let text: StrDeserializer<'_, TextError> = text.into_deserializer();
            Self::deserialize(text).map_err(|error| error.to_string())
        };
        read_text(entry, context, "services such as `NETWORK|WITNESS`", parse)
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        let text = serde_json::to_value(self).ok();
        let text = text.and_then(|text| text.as_str().map(ToOwned::to_owned));
        super::node::text(name, &text.unwrap_or_default())
    }
}

/// Facts: their words, with `|` between them.
impl Scalar for FactSet {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        let Some(text) = entry.value().as_string() else {
            return refuse(entry, context, "facts such as `speaks-first`", None);
        };
        let read = |word: &str| {
            let name = FactName::from_word(word);
            if name.is_none() {
                let known = FactName::ALL.iter().map(|name| name.word()).collect();
                let (what, found) = ("fact", word.to_owned());
                let kind = ProblemKind::UnknownWord { what, found, known };
                context.add(entry.span(), kind);
            }
            name
        };
        text.split('|').map(str::trim).map(read).collect()
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        let words: Vec<_> = self.iter().map(FactName::word).collect();
        word(name, &words.join("|"))
    }
}

impl Scalar for Duration {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        let parse = |text: &str| humantime::parse_duration(text).map_err(|error| error.to_string());
        read_text(
            entry,
            context,
            "a time such as `\"5s\"` or `\"20m\"`",
            parse,
        )
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        text(name, &humantime::format_duration(self).to_string())
    }
}

/// Whole seconds, written as a time.
#[derive(PartialEq)]
pub(super) struct Seconds(pub(super) u32);

impl Scalar for Seconds {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        const EXPECTED: &str = "whole seconds, one or more";
        let time = Duration::read(entry, context)?;
        match u32::try_from(time.as_secs()) {
            Ok(seconds) if seconds > 0 && time.subsec_nanos() == 0 => Some(Self(seconds)),
            _ => refuse(
                entry,
                context,
                EXPECTED,
                Some("not whole seconds".to_owned()),
            ),
        }
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        Duration::from_secs(self.0.into()).write(name)
    }
}

/// A value, or the word `none`.
#[derive(PartialEq)]
pub(super) struct OrNone<T>(pub(super) Option<T>);

impl<T: Scalar> Scalar for OrNone<T> {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        match entry.value().as_string() {
            Some(NONE) => Some(Self(None)),
            _ => T::read(entry, context).map(|value| Self(Some(value))),
        }
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        match self.0 {
            Some(value) => value.write(name),
            None => word(name, NONE),
        }
    }
}

const NONE: &str = "none";

/// Exactly `N` bytes in hexadecimal.
#[derive(PartialEq)]
pub(super) struct Hex<const N: usize>(pub(super) [u8; N]);

impl<const N: usize> Scalar for Hex<N> {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        let parse = |text: &str| match const_hex::decode_to_array(text) {
            Ok(bytes) => Ok(Self(bytes)),
            Err(_) => Err(format!("expected {} hexadecimal digits ({N} bytes)", 2 * N)),
        };
        read_text(entry, context, "bytes in hexadecimal", parse)
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        text(name, &const_hex::encode(self.0))
    }
}

/// The magic of the network, in the text of a script.
const MAGIC: &str = "$magic";

/// Bytes: in hexadecimal, `(file)"NAME"`, `$random.N`, `$zeros.N` or `$magic`.
impl Scalar for RawPart {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        const EXPECTED: &str =
            "bytes: hexadecimal, `(file)\"NAME\"`, `$random.N`, `$zeros.N` or `$magic`";
        let is_file = entry.ty().is_some_and(|ty| ty.value() == "file");
        read_text(entry, context, EXPECTED, |text| match text.parse() {
            _ if is_file => Ok(Self::File(text.to_owned())),
            _ if text == MAGIC => Ok(Self::Magic),
            Ok(Variable::RandomBytes(count)) => Ok(Self::Random(count)),
            Ok(Variable::Zeros(count)) => Ok(Self::Zeros(count)),
            _ => const_hex::decode(text)
                .map(|bytes| Self::Hex(Bytes::from(bytes)))
                .map_err(|error| error.to_string()),
        })
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        match self {
            Self::Hex(bytes) => text(name, &bytes.to_string()),
            Self::Random(count) => Variable::RandomBytes(count).write(name),
            Self::Zeros(count) => Variable::Zeros(count).write(name),
            Self::Magic => word(name, MAGIC),
            Self::File(file) => {
                let mut entry = text(name, &file);
                entry.set_ty("file");
                entry
            }
        }
    }
}

/// The word `none`.
pub(super) struct Off;

/// Values that are one of a few words.
macro_rules! words {
    ($($type:ty, $what:literal: $($word:literal => $value:path),*;)*) => {$(
        impl Scalar for $type {
            fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
                let Some(text) = entry.value().as_string() else {
                    return refuse(entry, context, concat!("a ", $what), None);
                };
                match text {
                    $($word => Some($value),)*
                    _ => {
                        let (what, found) = ($what, text.to_owned());
                        let kind = ProblemKind::UnknownWord { what, found, known: vec![$($word),*] };
                        context.add(entry.span(), kind);
                        None
                    }
                }
            }

            fn write(self, name: Option<&str>) -> KdlEntry {
                word(name, match self { $($value => $word,)* })
            }
        }
    )*};
}

words! {
    Level, "level":
        "must" => Level::Must, "reference" => Level::Reference, "varies" => Level::Varies;
    Role, "role": "listens" => Role::Listens, "dials" => Role::Dials;
    ChainRules, "set of rules":
        "network" => ChainRules::Network,
        "without-work" => ChainRules::WithoutWork,
        "small-period" => ChainRules::SmallPeriod;
    DisconnectKind, "way to end a connection":
        "any" => DisconnectKind::Any,
        "closed" => DisconnectKind::Closed,
        "reset" => DisconnectKind::Reset;
    HeaderField, "field of a header":
        "version" => HeaderField::Version,
        "prev_block" => HeaderField::PrevBlock,
        "merkle_root" => HeaderField::MerkleRoot,
        "time" => HeaderField::Time,
        "bits" => HeaderField::Bits,
        "nonce" => HeaderField::Nonce;
    ProofOfWork, "proof-of-work function":
        "sha256d" => ProofOfWork::Sha256d, "scrypt" => ProofOfWork::Scrypt;
    MeasuredFrom, "block":
        "first-of-period" => MeasuredFrom::FirstOfPeriod,
        "last-of-previous" => MeasuredFrom::LastOfPrevious;
    RetargetBase, "block":
        "last-block" => RetargetBase::LastBlock,
        "first-block" => RetargetBase::FirstBlock;
    Off, "value": "none" => Off;
    Class, "class": "pass" => Class::Pass, "weaker" => Class::Weaker, "fail" => Class::Fail;
}

/// A width is written as the number of bytes.
impl Scalar for Width {
    fn read(entry: &KdlEntry, context: &Context) -> Option<Self> {
        match entry.value().as_integer() {
            Some(1) => Some(Self::One),
            Some(3) => Some(Self::Three),
            Some(5) => Some(Self::Five),
            Some(9) => Some(Self::Nine),
            _ => refuse(entry, context, "a width of 1, 3, 5 or 9 bytes", None),
        }
    }

    fn write(self, name: Option<&str>) -> KdlEntry {
        let bytes: i128 = match self {
            Self::One => 1,
            Self::Three => 3,
            Self::Five => 5,
            Self::Nine => 9,
        };
        entry(name, bytes)
    }
}
