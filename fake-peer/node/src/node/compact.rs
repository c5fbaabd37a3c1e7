//! Compact blocks (BIP152).
//!
//! The node does not match short ids with its mempool. It requests every transaction that is not
//! prefilled, as a node with an empty mempool does.

use fake_peer_core::message::{Block, BlockTxn, CmpctBlock, GetBlockTxn, SendCmpct, Transaction};
use fake_peer_core::{Hash256, Header};

use super::merkle;
use super::turn::{Turn, Verdict, react};

/// The version of compact blocks whose short ids are made from wtxids.
const VERSION: u64 = 2;
/// The most peers from which the same block is fetched as a compact block
/// (`MAX_CMPCTBLOCKS_INFLIGHT_PER_BLOCK`).
const MAX_SOURCES: usize = 3;
/// The greatest depth below the tip, in blocks, at which `getblocktxn` is answered with `blocktxn`
/// (`MAX_BLOCKTXN_DEPTH`). For a deeper block the answer is the whole `block`.
const MAX_BLOCKTXN_DEPTH: u32 = 10;

/// What was negotiated with a peer about compact blocks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CompactState {
    /// Whether the peer supports them.
    pub(super) provides: bool,
    /// Whether the peer wants new blocks to be announced as compact blocks.
    pub(super) wants: bool,
    /// Whether the node asked the peer to announce new blocks as compact blocks.
    pub(super) asked: bool,
}

/// A compact block with missing transactions.
#[derive(Debug, Clone)]
pub(super) struct Partial {
    /// `None` once a `blocktxn` has arrived.
    header: Option<Header>,
    transactions: Vec<Option<Transaction>>,
}

impl Partial {
    /// Places the prefilled transactions (`PartiallyDownloadedBlock::InitData`). `None`: the block
    /// has no transactions, or an index is out of range.
    fn new(message: &CmpctBlock) -> Option<Self> {
        let count = message.short_ids.len() + message.prefilled.len();
        let mut transactions = vec![None; count];
        for (place, transaction) in message.prefilled_places() {
            let place = usize::try_from(place).ok()?;
            *transactions.get_mut(place)? = Some(transaction.clone());
        }
        (count > 0).then_some(Self {
            header: Some(message.header),
            transactions,
        })
    }

    /// Returns the indexes of the missing transactions, differentially encoded as in `getblocktxn`.
    fn missing(&self) -> Vec<u16> {
        let mut skipped = 0;
        let mut differences = Vec::new();
        for transaction in &self.transactions {
            if transaction.is_some() {
                skipped += 1;
            } else {
                differences.push(skipped);
                skipped = 0;
            }
        }
        differences
    }

    /// Inserts the missing transactions. `None`: there are too few or too many of them.
    fn fill(&mut self, came: Vec<Transaction>) -> Option<Vec<Transaction>> {
        let mut came = came.into_iter();
        let places = std::mem::take(&mut self.transactions).into_iter();
        let filled: Option<Vec<_>> = places.map(|it| it.or_else(|| came.next())).collect();
        filled.filter(|_| came.next().is_none())
    }
}

/// What to do with a compact block.
enum Use {
    /// Ignore it.
    None,
    /// Request the whole block: this peer was asked for it, and the compact form is of no use.
    Whole,
    /// Request the missing transactions.
    Fill,
}

impl Turn<'_> {
    pub(super) fn on_sendcmpct(&mut self, message: SendCmpct) {
        if message.version == VERSION {
            self.peer.compact.provides = true;
            self.peer.compact.wants = message.announce;
        }
    }

    pub(super) fn on_cmpctblock(&mut self, message: &CmpctBlock) -> Verdict {
        let header = message.header;
        if self
            .shared
            .chain
            .headers()
            .get(&header.prev_block)
            .is_none()
        {
            if !self.shared.is_initial_download() {
                self.ask_for_headers(self.best_locator());
            }
            return Ok(());
        }
        if self.rules.params.check_work(&header).is_err() {
            return react(self.rules.reactions.header_without_work);
        }
        self.take_headers(std::slice::from_ref(&header))?;
        let hash = header.hash();
        match self.use_of(hash) {
            Use::None => Ok(()),
            Use::Whole => {
                self.ask_for_whole_block(hash);
                Ok(())
            }
            Use::Fill => self.fill(hash, message),
        }
    }

    pub(super) fn on_blocktxn(&mut self, message: BlockTxn) -> Verdict {
        let hash = message.block_hash;
        let requested = self.peer.blocks.find(&hash);
        let Some(partial) = requested.and_then(|it| it.partial.as_mut()) else {
            return Ok(());
        };
        let Some(header) = partial.header.take() else {
            self.forget_request(&hash);
            return react(self.rules.reactions.second_blocktxn);
        };
        let Some(transactions) = partial.fill(message.transactions) else {
            self.forget_request(&hash);
            return react(self.rules.reactions.bad_compact_block);
        };
        self.complete(&Block {
            header,
            transactions,
        })
    }

    pub(super) fn on_getblocktxn(&mut self, message: &GetBlockTxn) -> Verdict {
        let hash = message.block_hash;
        let chain = &self.shared.chain;
        let Some(block) = chain.block(&hash).and_then(|payload| decode(payload)) else {
            return Ok(());
        };
        let height = chain.active().get(&hash).map_or(0, |found| found.height);
        if height.saturating_add(MAX_BLOCKTXN_DEPTH) < chain.active().tip().height {
            self.peer.send(block);
            return Ok(());
        }
        let at = |place: u64| {
            block
                .transactions
                .get(usize::try_from(place).ok()?)
                .cloned()
        };
        let Some(transactions) = message.places().map(at).collect() else {
            return react(self.rules.reactions.bad_getblocktxn);
        };
        self.peer.send(BlockTxn {
            block_hash: hash,
            transactions,
        });
        Ok(())
    }

    /// Asks a peer that sent a valid block to announce new blocks as compact blocks.
    pub(super) fn ask_for_compact_announcements(&mut self) {
        let full = self.shared.high_bandwidth_peers >= self.rules.blocks.high_bandwidth_peers;
        let state = &mut self.peer.compact;
        if state.provides && !state.asked && !full {
            state.asked = true;
            self.shared.high_bandwidth_peers += 1;
            self.peer.send(SendCmpct {
                announce: true,
                version: VERSION,
            });
        }
    }

    fn use_of(&mut self, hash: Hash256) -> Use {
        let chain = &self.shared.chain;
        let tip = chain.active().tip();
        let asked_this_peer = self.peer.blocks.in_flight.iter().any(|it| it.hash == hash);
        let Some(found) = chain.headers().get(&hash) else {
            return Use::None; // the header is too far in the future
        };
        let unless_asked = if asked_this_peer {
            Use::Whole
        } else {
            Use::None
        };
        if found.work <= tip.work || chain.has_block(&hash) || chain.is_invalid(&hash) {
            return unless_asked;
        }
        let sources = self.shared.blocks_in_flight.get(&hash).map_or(0, Vec::len);
        if sources == 0 && !self.shared.can_fetch_directly() {
            return Use::None; // the regular download will fetch it
        }
        if found.height > tip.height.saturating_add(2) {
            return unless_asked;
        }
        let room = self.peer.blocks.in_flight.len() < self.rules.blocks.max_in_flight;
        if asked_this_peer || sources < MAX_SOURCES && room {
            Use::Fill
        } else {
            Use::None
        }
    }

    fn fill(&mut self, hash: Hash256, message: &CmpctBlock) -> Verdict {
        if self.peer.blocks.find(&hash).is_none() {
            self.note_request(hash);
        }
        let Some(partial) = Partial::new(message) else {
            self.forget_request(&hash);
            return react(self.rules.reactions.bad_compact_block);
        };
        let Some(requested) = self.peer.blocks.find(&hash) else {
            return Ok(());
        };
        if requested.partial.is_some() {
            return Ok(()); // it is being completed
        }
        let skipped = partial.missing();
        if skipped.is_empty() {
            let transactions = partial.transactions.into_iter().flatten().collect();
            return match partial.header {
                Some(header) => self.complete(&Block {
                    header,
                    transactions,
                }),
                None => Ok(()),
            };
        }
        requested.partial = Some(partial);
        self.peer.send(GetBlockTxn {
            block_hash: hash,
            skipped,
        });
        Ok(())
    }

    /// Processes a reconstructed block. If it does not match its header, two short ids may have
    /// collided: the peer is not to blame, and the whole block is requested.
    fn complete(&mut self, block: &Block) -> Verdict {
        let hash = block.header.hash();
        let hashes = block.transactions.iter().map(Transaction::txid).collect();
        let (root, repeats) = merkle::root(hashes);
        if root != block.header.merkle_root || repeats {
            self.ask_for_whole_block(hash);
            return Ok(());
        }
        self.forget_request(&hash);
        self.process_block(block, hash, true)
    }
}

pub(super) fn decode(payload: &[u8]) -> Option<Block> {
    use fake_peer_core::message::{Message, Payload as _};
    Message::decode(Block::COMMAND, payload)
        .ok()
        .and_then(Block::from_message)
}
