//! `tx`: a transaction.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 4 | `version` | u32 |
//! | 1 | `marker` | 0; only with witness |
//! | 1 | `flag` | 1; only with witness |
//! | 1.. | `inputs` | CompactSize and [`TxIn`]s |
//! | 1.. | `outputs` | CompactSize and [`TxOut`]s |
//! | 1.. each | `witnesses` | a [`Witness`] for each input; only with witness |
//! | 4 | `lock_time` | u32 |
//!
//! All little-endian. The form with witness is only for a transaction that has one: it is refused
//! if every witness is empty. Without marker, a count of inputs of 0 looks like a marker, so the
//! only transaction without inputs that can be read is the empty one, with a "flag" of 0.
//!
//! Anything in this form is a transaction here, whether or not it is valid. Scripts and witness
//! items are bytes.
//!
//! Source: Bitcoin Core `UnserializeTransaction` (`src/primitives/transaction.h`); BIP144.

use serde::{Deserialize, Serialize};

use super::{TxIn, TxOut, Witness};
use crate::hash::{Hash256, hash256};
use crate::wire::{Malformed, MalformedKind, Reader, Step, Wire, Writer};

/// A transaction.
///
/// The lists are boxed slices because a block may hold a transaction in ten bytes, and a decoder
/// must not need much more memory than the bytes it receives; `vec.into()` makes one from a vector.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Transaction {
    /// The version.
    pub version: u32,
    /// The outputs that it spends.
    pub inputs: Box<[TxIn]>,
    /// The outputs that it creates.
    pub outputs: Box<[TxOut]>,
    /// The block height, or the time in seconds since 1970, before which it is not final.
    pub lock_time: u32,
}

impl Transaction {
    /// The fewest bytes a transaction with an input takes.
    pub(super) const MIN_SIZE_WITH_INPUT: usize = Self::MIN_SIZE + TxIn::MIN_SIZE;

    /// The hash of the form without witness, by which inputs name the transaction.
    pub fn txid(&self) -> Hash256 {
        let mut w = Writer::new();
        self.write_form(&mut w, false);
        hash256(&w.into_bytes())
    }

    /// The hash of the whole transaction (BIP141). The witness commitment of a block takes the hash
    /// of its first transaction as zero; this method does not.
    pub fn wtxid(&self) -> Hash256 {
        hash256(&self.to_bytes())
    }

    /// Whether an input has a witness.
    pub fn has_witness(&self) -> bool {
        self.inputs.iter().any(|input| !input.witness.is_empty())
    }

    fn write_form(&self, w: &mut Writer, with_witness: bool) {
        w.u32(self.version);
        if with_witness {
            w.bytes(&[0, 1]); // marker, flag
        }
        w.list(&self.inputs);
        w.list(&self.outputs);
        if with_witness {
            for input in &self.inputs {
                input.witness.write(w);
            }
        }
        w.u32(self.lock_time);
    }
}

impl Default for Transaction {
    fn default() -> Self {
        Self {
            version: 2,
            inputs: Box::default(),
            outputs: Box::default(),
            lock_time: 0,
        }
    }
}

impl Wire for Transaction {
    const MIN_SIZE: usize = 10;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let version = r.u32("version")?;
        let form = read_form(r)?;
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        if form != Form::Empty {
            let limit = r.rules().max_size;
            inputs = r.list::<TxIn>("inputs", limit)?;
            outputs = r.list::<TxOut>("outputs", limit)?;
        }
        if let Form::Witness { flag_at } = form {
            read_witnesses(r, &mut inputs)?;
            refuse_superfluous(r, flag_at, inputs.iter().all(|input| input.witness.is_empty()))?;
        }
        Ok(Self {
            version,
            inputs: inputs.into(),
            outputs: outputs.into(),
            lock_time: r.u32("lock_time")?,
        })
    }

    fn skip(r: &mut Reader<'_>) -> Result<(), Malformed> {
        r.u32("version")?;
        let form = read_form(r)?;
        let mut inputs = 0;
        if form != Form::Empty {
            inputs = r.skip_list::<TxIn>("inputs", r.rules().max_size)?;
            r.skip_list::<TxOut>("outputs", r.rules().max_size)?;
        }
        if let Form::Witness { flag_at } = form {
            let mut items = 0;
            for _ in 0..inputs {
                items += Witness::skip_items(r)?;
            }
            refuse_superfluous(r, flag_at, items == 0)?;
        }
        r.u32("lock_time").map(drop)
    }

    fn write(&self, w: &mut Writer) {
        self.write_form(w, self.has_witness());
    }
}

/// The form of a transaction, as read after its version.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Witness { flag_at: usize },
    Empty,
}

/// Reads marker and flag, if there are any.
fn read_form(r: &mut Reader<'_>) -> Result<Form, Malformed> {
    if r.rest().first() != Some(&0) {
        return Ok(Form::Plain);
    }
    r.u8("marker")?;
    let flag_at = r.offset();
    match r.u8("flag")? {
        0 => Ok(Form::Empty),
        1 => Ok(Form::Witness { flag_at }),
        other => {
            let kind = MalformedKind::Unexpected {
                found: other.into(),
                expected: "1, or 0 in an empty transaction",
            };
            Err(r.error_at(flag_at, "flag", kind))
        }
    }
}

fn read_witnesses(r: &mut Reader<'_>, inputs: &mut [TxIn]) -> Result<(), Malformed> {
    r.scope(Step::Field("witnesses"), |r| {
        for (index, input) in inputs.iter_mut().enumerate() {
            input.witness = r.scope(Step::Index(index), Witness::read)?;
        }
        Ok(())
    })
}

/// "Superfluous witness record" in Bitcoin Core.
fn refuse_superfluous(r: &Reader<'_>, flag_at: usize, superfluous: bool) -> Result<(), Malformed> {
    if superfluous {
        let kind = MalformedKind::Unexpected {
            found: 1,
            expected: "a witness that is not empty",
        };
        return Err(r.error_at(flag_at, "flag", kind));
    }
    Ok(())
}
