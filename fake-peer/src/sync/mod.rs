//! A header download as a state machine: batches in, requests out.
//!
//! [`HeaderSync`] requests headers from its tip on, checks the answers, and decides when to end. It
//! does not trust the server, which can make it neither repeat itself nor grow without bound:
//!
//! | the server sends | result |
//! |---|---|
//! | an invalid header | [`SyncError::Invalid`], with the height and the rule |
//! | a batch that was not requested, such as an earlier one | [`SyncError::NotNext`] |
//! | no headers, or fewer than 2,000 | the download ends with [`Ended::NoMore`] |
//! | headers without end | the download ends at its [`Limits`] |
//! | nothing, or other messages without end | the driver's time limit applies |
//!
//! In memory it keeps one hash per batch, and no headers.

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

/// The limits of a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most batches, if there is a limit.
    pub batches: Option<u32>,
    /// The greatest height. Headers above it in the last batch are ignored.
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
    /// The server has no more headers.
    NoMore,
    /// [`Limits::batches`] was reached.
    Batches,
    /// [`Limits::height`] was reached.
    Height,
}

/// Why a download failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// A header breaks a rule. The headers before it were accepted.
    #[error(transparent)]
    Invalid(#[from] HeaderError),
    /// The headers follow another header of ours than the tip: they are not new, or the server
    /// switched to another branch.
    #[error(
        "asked for the headers after height {asked}, but the peer sent those after height {found}"
    )]
    NotNext {
        /// The height of our tip.
        asked: u32,
        /// The height of the header that they follow.
        found: u32,
    },
}

impl HeaderSync {
    /// Creates a download that has only block 0.
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

    /// Returns the next request, or `None` at the end of the download.
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
    /// [`SyncError`] if the headers were not requested, or if one breaks a rule.
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
        // Headers that were cut off show that the server has more.
        if headers.len() < Headers::MAX && headers.len() == wanted.len() {
            self.ended = Some(Ended::NoMore);
        }
        Ok(wanted.len())
    }

    /// Returns the last accepted header.
    pub fn tip(&self) -> &Tip {
        self.chain.tip()
    }

    /// Returns the chain so far.
    pub fn chain(&self) -> &Validator {
        &self.chain
    }

    /// Returns the number of answers so far.
    pub fn batches(&self) -> u32 {
        self.batches
    }

    /// Returns why the download has ended, or `None` if it has not.
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

    /// Refuses headers that follow another header of our chain than its tip.
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
            None => Ok(()), // The validator reports the unknown parent.
        }
    }
}

impl SyncError {
    /// Returns the rule that a header broke.
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Self::Invalid(error) => Some(error.rule()),
            Self::NotNext { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
