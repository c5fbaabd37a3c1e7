//! The witness of an input.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 1.. | `count` | CompactSize |
//! | 1.. each | an item | CompactSize and bytes |
//!
//! Source: BIP144; Bitcoin Core `CScriptWitness` (`src/script/script.h`).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::wire::{Bytes, Malformed, Reader, Rules, Step, Tolerance, Wire, Writer};

/// The witness of an input: a list of byte strings.
///
/// ```
/// use fake_peer_core::message::Witness;
/// let witness: Witness = [b"sig".as_slice(), b""].into_iter().collect();
/// assert_eq!(witness.items().collect::<Vec<_>>(), [b"sig".as_slice(), b""]);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Witness {
    /// Each item as on the wire, with its length before it: as a vector of vectors, an empty
    /// item of one byte would take 24.
    items: Vec<u8>,
}

impl Witness {
    /// Whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The items, first to last.
    pub fn items(&self) -> impl Iterator<Item = &[u8]> {
        split(&self.items)
    }

    /// Appends an item.
    pub fn push(&mut self, item: &[u8]) {
        let mut w = Writer::after(std::mem::take(&mut self.items));
        w.var_bytes(item);
        self.items = w.into_bytes();
    }

    /// Steps over a witness, and returns how many items it has.
    pub(super) fn skip_items(r: &mut Reader<'_>) -> Result<usize, Malformed> {
        let limit = r.rules().max_size;
        let count = r.count("count", limit, 1)?;
        for index in 0..count {
            r.scope(Step::Index(index), |r| {
                let length = r.count("length", r.rules().max_witness_item, 1)?;
                r.bytes("bytes", length)
            })?;
        }
        Ok(count)
    }
}

/// The items of a witness without its count. The rules tolerate everything that a reader's may.
fn split(mut items: &[u8]) -> impl Iterator<Item = &[u8]> {
    const LAX: Rules = Rules {
        non_minimal_compact_size: Tolerance::Ignore,
        ..Rules::STRICT
    };
    std::iter::from_fn(move || {
        if items.is_empty() {
            return None;
        }
        let mut r = Reader::with_rules(items, &LAX);
        let item = r.var_bytes("item", u64::MAX).ok()?;
        items = r.rest();
        Some(item)
    })
}

impl<T: AsRef<[u8]>> FromIterator<T> for Witness {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut witness = Self::default();
        for item in items {
            witness.push(item.as_ref());
        }
        witness
    }
}

impl Wire for Witness {
    const MIN_SIZE: usize = 1;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let rest = r.rest();
        Self::skip_items(r)?;
        let taken = &rest[..rest.len() - r.rest().len()];
        let mut taken = Reader::with_rules(taken, r.rules());
        taken.compact_size("count")?;
        if r.rules().non_minimal_compact_size == Tolerance::Refuse {
            let items = taken.rest().to_vec();
            return Ok(Self { items });
        }
        let mut narrow = Self {
            items: Vec::with_capacity(taken.rest().len()),
        };
        for item in split(taken.rest()) {
            narrow.push(item);
        }
        Ok(narrow)
    }

    fn skip(r: &mut Reader<'_>) -> Result<(), Malformed> {
        Self::skip_items(r).map(drop)
    }

    fn write(&self, w: &mut Writer) {
        w.compact_size(self.items().count() as u64);
        w.bytes(&self.items);
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.items().map(Bytes::from))
            .finish()
    }
}

impl Serialize for Witness {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.items().map(Bytes::from))
    }
}

impl<'de> Deserialize<'de> for Witness {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<Bytes>::deserialize(deserializer)?;
        Ok(items.iter().map(|item| &**item).collect())
    }
}
