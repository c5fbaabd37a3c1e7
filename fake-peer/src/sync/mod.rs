//! A header download, as a state machine: batches in, requests out.
//!
//! [`HeaderSync`] asks for headers from the tip it has, checks what comes, and knows when to end.
//! It trusts nobody: a server can neither make it go round in circles nor grow without bound.
//!
//! | what a server does | what becomes of it |
//! |---|---|
//! | an invalid header | [`SyncError::Invalid`], with the height and the rule |
//! | a batch again, or from another place | [`SyncError::NotNext`] |
//! | no headers, or fewer than 2,000 | the end: it has no more ([`Ended::NoMore`]) |
//! | headers without end | the end at [`Limits`] |
//! | nothing, or other messages without end | the driver's time limit |
//!
//! In memory it keeps one hash a batch, and no headers.

mod locator;

use fake_peer_core::Header;
use fake_peer_core::chain::{HeaderError, Params, Rule, Tip, Validator};
use fake_peer_core::message::{GetHeaders, Headers};
use locator::Locator;

/// A download from block 0 on.
#[derive(Debug, Clone)]
pub struct HeaderSync {
    chain: Validator,
    locator: Locator,
    limits: Limits,
    batches: u32,
    ended: Option<Ended>,
}

/// Where to end at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// After this many batches.
    pub batches: Option<u32>,
    /// At this height. What lies above it in the last batch is not looked at.
    pub height: u32,
}

impl Default for Limits {
    /// Ten million headers: twice what the longest public chain (testnet3) has.
    fn default() -> Self {
        Self {
            batches: None,
            height: 10_000_000,
        }
    }
}

/// Why a download ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The server has no more.
    NoMore,
    /// As many batches came as were wanted.
    Batches,
    /// The greatest height was reached.
    Height,
}

/// Why a download failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// A header breaks a rule. Those before it were accepted.
    #[error(transparent)]
    Invalid(#[from] HeaderError),
    /// The headers follow one that we have, but not the one that was asked for: they bring
    /// nothing new, or the server changed its mind.
    #[error("asked for the headers after height {asked}, the peer sent those after height {found}")]
    NotNext {
        /// The height of our tip.
        asked: u32,
        /// The height of the header that they follow.
        found: u32,
    },
}

impl HeaderSync {
    /// A download that has block 0 and nothing else.
    pub fn new(params: Params, limits: Limits) -> Self {
        let chain = Validator::new(params);
        let locator = Locator::new(chain.tip().hash);
        Self {
            chain,
            locator,
            limits,
            batches: 0,
            ended: None,
        }
    }

    /// The next request, or `None` at the end.
    pub fn request(&self) -> Option<GetHeaders> {
        if self.ended().is_some() {
            return None;
        }
        Some(GetHeaders {
            locator: self.locator.hashes(),
            ..GetHeaders::default()
        })
    }

    /// Checks the answer to the request at the time `now`, in seconds since 1970, and returns how
    /// many of its headers were accepted.
    ///
    /// # Errors
    /// If the server answers with what was not asked for, or breaks a rule.
    pub fn receive(&mut self, headers: &[Header], now: u64) -> Result<usize, SyncError> {
        self.batches = self.batches.saturating_add(1);
        let room = self.limits.height.saturating_sub(self.tip().height);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let wanted = &headers[..headers.len().min(room)];
        self.check_place(wanted)?;
        for header in wanted {
            let tip = self.chain.push(header, now)?;
            self.locator.push(tip.height, tip.hash);
        }
        self.locator.end_batch();
        // What was cut off shows that it has more.
        if headers.len() < Headers::MAX && headers.len() == wanted.len() {
            self.ended = Some(Ended::NoMore);
        }
        Ok(wanted.len())
    }

    /// The last accepted header.
    pub fn tip(&self) -> &Tip {
        self.chain.tip()
    }

    /// The chain so far.
    pub fn chain(&self) -> &Validator {
        &self.chain
    }

    /// How many answers came.
    pub fn batches(&self) -> u32 {
        self.batches
    }

    /// Whether the download is at its end, and why.
    pub fn ended(&self) -> Option<Ended> {
        if self.ended.is_some() {
            return self.ended;
        }
        if self.tip().height >= self.limits.height {
            return Some(Ended::Height);
        }
        let enough = self.limits.batches.is_some_and(|most| self.batches >= most);
        enough.then_some(Ended::Batches)
    }

    /// Tells headers that go on from elsewhere in our chain from such as are wrong.
    fn check_place(&self, headers: &[Header]) -> Result<(), SyncError> {
        let tip = self.tip();
        let Some(first) = headers.first() else {
            return Ok(());
        };
        if first.prev_block == tip.hash {
            return Ok(());
        }
        match self.locator.height_of(&first.prev_block) {
            Some(found) => Err(SyncError::NotNext {
                asked: tip.height,
                found,
            }),
            None => Ok(()), // The validator names the parent that it misses.
        }
    }
}

impl SyncError {
    /// The rule that a header broke.
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Self::Invalid(error) => Some(error.rule()),
            Self::NotNext { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
