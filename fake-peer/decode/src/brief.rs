//! A short text for a value of any type.
//!
//! `nonce=7`, `headers=[2000: {version=1 prev_block=00000000…0a8ce26f …} … {…}]`: the
//! first and the last item of a list, both ends of a long string, and nothing beyond a length.

use std::fmt::{self, Display, Write};

use serde::Serialize;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// The longest text, and the longest of one item in a list, in bytes.
const LIMIT: usize = 240;
const ITEM_LIMIT: usize = 64;
/// Strings up to this length, in bytes, are written whole.
const WHOLE_STRING: usize = 40;
const WHOLE_HEX: usize = 24;

/// The fields of a message.
pub fn brief(value: &impl Serialize) -> String {
    let mut brief = Brief {
        text: String::new(),
        limit: LIMIT,
        depth: 0,
    };
    // Only a value that cannot be serialized fails, and then the text holds its beginning.
    let _ = value.serialize(&mut brief);
    brief.text
}

struct Brief {
    text: String,
    limit: usize,
    depth: usize,
}

impl Brief {
    /// Whether the text is full.
    fn is_full(&self) -> bool {
        self.text.len() >= self.limit
    }

    fn put(&mut self, value: impl Display) {
        // Writing to a string cannot fail.
        let _ = write!(self.text, "{value}");
    }

    /// Writes a value, and leaves out its further fields after this many bytes.
    fn within<T: Serialize + ?Sized>(&mut self, size: usize, value: &T) -> Result<(), Never> {
        let outer = self.limit;
        self.limit = outer.min(self.text.len() + size);
        let result = value.serialize(&mut *self);
        self.limit = outer;
        result
    }

    /// Writes one field. If it does not fit, it is marked as left out.
    fn field<T: Serialize + ?Sized>(
        &mut self,
        first: bool,
        key: impl Display,
        value: &T,
    ) -> Result<(), Never> {
        if self.is_full() {
            if !self.text.ends_with('…') {
                self.text.push_str(" …");
            }
            return Ok(());
        }
        if !first {
            self.text.push(' ');
        }
        self.put(key);
        self.text.push('=');
        value.serialize(&mut *self)
    }

    fn string(&mut self, text: &str) {
        let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let ends = text.get(..8).zip(text.get(text.len().saturating_sub(8)..));
        match ends {
            Some((start, end)) if is_hex && text.len() > WHOLE_HEX => {
                self.put(format_args!("{start}…{end}"));
            }
            _ if text.len() > WHOLE_STRING => {
                let start: String = text.chars().take(WHOLE_STRING).collect();
                self.put(format_args!("\"{start}…\""));
            }
            _ if text.is_empty() || text.contains(' ') => self.put(format_args!("\"{text}\"")),
            _ => self.put(text),
        }
    }

    fn open(&mut self, name: &str) -> Parts<'_> {
        let top = self.depth == 0 && name.is_empty();
        if !top {
            self.text.push_str(name);
            self.text.push('{');
        }
        self.depth += 1;
        Parts {
            brief: self,
            count: 0,
            close: if top { "" } else { "}" },
        }
    }
}

/// Every value of ours can be serialized, but the trait needs an error type.
#[derive(Debug)]
struct Never;

impl Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot be shown")
    }
}

impl std::error::Error for Never {}

impl Error for Never {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

/// Fields, one after the other.
struct Parts<'b> {
    brief: &'b mut Brief,
    count: usize,
    close: &'static str,
}

impl Parts<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, key: impl Display, value: &T) -> Result<(), Never> {
        let first = self.count == 0;
        self.count += 1;
        self.brief.field(first, key, value)
    }

    fn close(self) {
        self.brief.depth -= 1;
        self.brief.text.push_str(self.close);
    }
}

/// The items of a list, of which the first and the last are written.
struct Items<'b> {
    brief: &'b mut Brief,
    length: Option<usize>,
    count: usize,
}

impl Items<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
        let at = self.count;
        self.count += 1;
        match self.length {
            _ if at == 0 => self.brief.within(ITEM_LIMIT, value),
            Some(length) if at + 1 == length => {
                self.brief
                    .text
                    .push_str(if length == 2 { ", " } else { " … " });
                self.brief.within(ITEM_LIMIT, value)
            }
            _ => Ok(()),
        }
    }

    fn close(self) {
        self.brief.depth -= 1;
        self.brief.text.push(']');
    }
}

macro_rules! shown {
    ($($method:ident: $type:ty,)*) => {
        $(fn $method(self, value: $type) -> Result<(), Never> {
            self.put(value);
            Ok(())
        })*
    };
}

impl<'b> Serializer for &'b mut Brief {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Items<'b>;
    type SerializeTuple = Items<'b>;
    type SerializeTupleStruct = Items<'b>;
    type SerializeTupleVariant = Items<'b>;
    type SerializeMap = Parts<'b>;
    type SerializeStruct = Parts<'b>;
    type SerializeStructVariant = Parts<'b>;

    shown! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_f32: f32,
        serialize_f64: f64,
    }

    fn serialize_char(self, value: char) -> Result<(), Never> {
        self.put(value.escape_debug());
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Never> {
        self.string(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Never> {
        self.string(&const_hex::encode(value));
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Never> {
        self.put("none");
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Never> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Never> {
        self.put("none");
        Ok(())
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Never> {
        self.put(name);
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Never> {
        self.put(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        let mut parts = self.open("");
        parts.add(variant, value)?;
        parts.close();
        Ok(())
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items<'b>, Never> {
        self.depth += 1;
        self.text.push('[');
        if let Some(length @ 2..) = length {
            self.put(format_args!("{length}: "));
        }
        Ok(Items {
            brief: self,
            length,
            count: 0,
        })
    }

    fn serialize_tuple(self, length: usize) -> Result<Items<'b>, Never> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Items<'b>, Never> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Items<'b>, Never> {
        self.put(variant);
        self.serialize_seq(Some(length))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'b>, Never> {
        Ok(self.open(""))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'b>, Never> {
        Ok(self.open(""))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'b>, Never> {
        Ok(self.open(variant))
    }
}

macro_rules! items {
    ($($trait:ident::$method:ident,)*) => {
        $(impl $trait for Items<'_> {
            type Ok = ();
            type Error = Never;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
                self.add(value)
            }

            fn end(self) -> Result<(), Never> {
                self.close();
                Ok(())
            }
        })*
    };
}

items! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
}

macro_rules! parts {
    ($($trait:ident,)*) => {
        $(impl $trait for Parts<'_> {
            type Ok = ();
            type Error = Never;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), Never> {
                self.add(key, value)
            }

            fn end(self) -> Result<(), Never> {
                self.close();
                Ok(())
            }
        })*
    };
}

parts! { SerializeStruct, SerializeStructVariant, }

impl SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Never;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Never> {
        let first = self.count == 0;
        self.count += 1;
        if !first {
            self.brief.put(' ');
        }
        key.serialize(&mut *self.brief)?;
        self.brief.put('=');
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
        value.serialize(&mut *self.brief)
    }

    fn end(self) -> Result<(), Never> {
        self.close();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_values_are_shortened() {
        let hash = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";
        let header =
            json!({"bits": 486_604_799, "hash": hash, "x": [], "y": "long enough to be left out"});
        let value = json!({
            "a": [], "b": ["1"], "c": [1, 2], "d": [1, 2, 3], "e": "", "f": "a b", "g": null,
            "headers": [header, header, header], "i": {"j": true}, "z": 1,
        });
        insta::assert_snapshot!(brief(&value), @r#"a=[] b=[1] c=[2: 1, 2] d=[3: 1 … 3] e="" f="a b" g=none headers=[3: {bits=486604799 hash=00000000…0a8ce26f x=[] y="long enough to be left out"} … {bits=486604799 hash=00000000…0a8ce26f x=[] y="long enough to be left out"}] i={j=true} z=1"#);
    }
}
