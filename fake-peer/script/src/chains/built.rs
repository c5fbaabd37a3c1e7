//! A chain that is built: its headers, and the seeds of their blocks.

use fake_peer_core::Header;
use fake_peer_core::message::Block;
use fake_peer_fixtures::{genesis_block, synthetic};

use super::ChainError;
use crate::model::At;

/// A chain from the genesis header on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Built {
    /// The header of block 0, before any fault.
    genesis: Header,
    pub(super) headers: Vec<Header>,
    /// Sorted by height.
    mined: Vec<Mined>,
}

/// Headers that are mined here: from a height on, up to the start of the next entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mined {
    from: u32,
    seed: u64,
}

impl Built {
    /// A chain of recorded headers, whose blocks are not available, except for block 0.
    pub(super) fn recorded(genesis: Header, headers: Vec<Header>) -> Self {
        Self {
            genesis,
            headers,
            mined: Vec::new(),
        }
    }

    /// The part of the chain up to this height, inclusive.
    pub(super) fn up_to(&self, height: u32) -> Result<Self, ChainError> {
        let mined = self.mined.iter().copied();
        Ok(Self {
            genesis: self.genesis,
            headers: up_to(&self.headers, height)?,
            mined: mined.filter(|mined| mined.from <= height).collect(),
        })
    }

    pub(super) fn tip(&self) -> u32 {
        tip_of(&self.headers)
    }

    /// Appends headers that were mined from a seed.
    pub(super) fn extend(&mut self, seed: u64, headers: Vec<Header>) {
        let from = self.tip().saturating_add(1);
        self.mined.push(Mined { from, seed });
        self.headers.extend(headers);
    }

    pub(super) fn height_of(&self, at: At) -> u32 {
        match at {
            At::Height(height) => height,
            At::Tip => self.tip(),
        }
    }

    pub(super) fn header(&self, at: At) -> Option<Header> {
        self.headers.get(self.height_of(at) as usize).copied()
    }

    pub(super) fn block(&self, at: At) -> Option<Block> {
        let (height, header) = (self.height_of(at), self.header(at)?);
        if height == 0 {
            let genesis = genesis_block(&self.genesis)?;
            return Some(Block { header, ..genesis });
        }
        let here = self.mined.iter().rfind(|mined| mined.from <= height)?;
        Some(synthetic::block(header, here.seed, height))
    }
}

/// The headers up to this height, inclusive.
pub(super) fn up_to(headers: &[Header], wanted: u32) -> Result<Vec<Header>, ChainError> {
    let tip = tip_of(headers);
    match headers.get(..=wanted as usize) {
        Some(headers) => Ok(headers.to_vec()),
        None => Err(ChainError::BaseTooShort { tip, wanted }),
    }
}

/// The height of the last header.
pub(super) fn tip_of(headers: &[Header]) -> u32 {
    u32::try_from(headers.len().saturating_sub(1)).unwrap_or(u32::MAX)
}
