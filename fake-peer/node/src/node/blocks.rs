//! The handler of `block`, and the answers to requests for blocks.

use fake_peer_core::Hash256;
use fake_peer_core::message::{
    Block, CmpctBlock, InvItem, InvType, Message, OutPoint, Payload as _, PrefilledTransaction,
    Transaction, TxIn, Witness,
};

use super::merkle;
use super::shared::News;
use super::turn::{Turn, Verdict, react};
use crate::behaviour::{MerkleTail, OnMutated};

impl Turn<'_> {
    pub(super) fn on_block(&mut self, block: &Block) -> Verdict {
        let hash = block.header.hash();
        let parent_known = self
            .shared
            .chain
            .headers()
            .get(&block.header.prev_block)
            .is_some();
        if parent_known && self.is_mutated(block) {
            self.forget_mutated(&hash);
            if self.rules.blocks.mutated == OnMutated::RememberInvalid {
                self.shared.chain.remember_invalid(hash);
            }
            return react(self.rules.reactions.mutated_block);
        }
        let requested = self.shared.blocks_in_flight.contains_key(&hash);
        self.forget_request(&hash);
        self.process_block(block, hash, requested)
    }

    /// Checks a block whose transactions match its header, and stores it (`ProcessNewBlock`).
    pub(super) fn process_block(
        &mut self,
        block: &Block,
        hash: Hash256,
        requested: bool,
    ) -> Verdict {
        if self.shared.chain.has_block(&hash) {
            return Ok(());
        }
        let tree = self.shared.chain.headers();
        if tree.get(&block.header.prev_block).is_none() {
            return react(self.rules.reactions.unconnecting_block);
        }
        if self.rules.params.check_work(&block.header).is_err() {
            return react(self.rules.reactions.header_without_work);
        }
        self.take_headers(std::slice::from_ref(&block.header))?;
        if self.shared.chain.is_invalid(&hash) || !self.is_wanted(hash, requested) {
            return Ok(());
        }
        if !has_only_one_coinbase(&block.transactions) || !self.has_height_in_coinbase(block) {
            self.shared.chain.remember_invalid(hash);
            return react(self.rules.reactions.invalid_block);
        }
        let complete = self.shared.chain.keep(block, hash);
        let was_initial_download = self.shared.is_initial_download();
        self.shared.look_at_tip();
        for hash in complete {
            self.shared.pool.confirm(self.shared.chain.block(&hash));
            if !was_initial_download {
                self.shared.announce(News::Block(hash));
            }
        }
        if !was_initial_download {
            self.ask_for_compact_announcements();
        }
        Ok(())
    }

    /// Answers one item of a `getdata` that names a block (`ProcessGetBlockData`). Returns whether
    /// it was answered.
    pub(super) fn serve_block(&mut self, item: &InvItem) -> bool {
        let Some(payload) = self.shared.chain.block(&item.hash) else {
            return false;
        };
        if item.kind == InvType::WITNESS_BLOCK {
            let payload = payload.to_vec();
            self.peer.send_payload(Block::COMMAND, payload);
            return true;
        }
        let Ok(Message::Block(block)) = Message::decode(Block::COMMAND, payload) else {
            return false;
        };
        match item.kind {
            InvType::FILTERED_BLOCK if self.peer.filters.is_loaded() => self.serve_filtered(block),
            InvType::BLOCK => self.peer.send(without_witnesses(block)),
            InvType::CMPCT_BLOCK if self.is_near_tip(&item.hash) => {
                self.peer.send(compact(block));
            }
            InvType::CMPCT_BLOCK => self.peer.send(block),
            _ => return false,
        }
        true
    }

    /// Sends a `merkleblock` followed by all its transactions, as for a filter that matches
    /// everything: filters may have false positives (BIP37, Filter matching algorithm).
    fn serve_filtered(&mut self, block: Block) {
        let txids = block.transactions.iter().map(Transaction::txid);
        self.peer.send(merkle::all(block.header, txids.collect()));
        for transaction in block.transactions {
            self.peer.send(transaction);
        }
    }

    /// Returns whether the transactions do not match the header, or whether another list of
    /// transactions has the same Merkle root (`IsBlockMutated`).
    fn is_mutated(&self, block: &Block) -> bool {
        let hashes = block.transactions.iter().map(Transaction::txid).collect();
        let (root, repeats) = merkle::root(hashes);
        let repeats = repeats && self.rules.blocks.merkle_tail == MerkleTail::Refused;
        root != block.header.merkle_root || repeats
    }

    /// Returns whether to store a block. An unrequested one needs at least the work of the tip, and
    /// must not be too far ahead of it (`AcceptBlock`).
    fn is_wanted(&self, hash: Hash256, requested: bool) -> bool {
        let Some(found) = self.shared.chain.headers().get(&hash) else {
            return false;
        };
        let tip = self.shared.chain.active().tip();
        requested || found.work >= tip.work && found.height <= tip.height.saturating_add(MAX_AHEAD)
    }

    /// Returns whether the script of the coinbase starts with the block's height, where BIP34
    /// requires it (`ContextualCheckBlock`).
    fn has_height_in_coinbase(&self, block: &Block) -> bool {
        let [bip34, ..] = &self.rules.params.version_floors;
        let parent = self.shared.chain.headers().get(&block.header.prev_block);
        let Some(height) = parent.map(|parent| parent.height.saturating_add(1)) else {
            return true;
        };
        let coinbase = block.transactions.first().and_then(|it| it.inputs.first());
        height < bip34.height
            || coinbase.is_some_and(|it| it.script_sig.starts_with(&pushed(height)))
    }

    /// Returns whether a block is recent enough to be served as a compact block
    /// (`MAX_CMPCTBLOCK_DEPTH`).
    fn is_near_tip(&self, hash: &Hash256) -> bool {
        let active = self.shared.chain.active();
        let height = active.get(hash).map(|found| found.height);
        height.is_some_and(|height| height.saturating_add(5) >= active.tip().height)
    }
}

/// How many blocks ahead of the tip an unrequested block may be (`MIN_BLOCKS_TO_KEEP`).
const MAX_AHEAD: u32 = 288;

/// Returns whether the first transaction is a coinbase and no other one is (`CheckBlock`).
fn has_only_one_coinbase(transactions: &[Transaction]) -> bool {
    let is_coinbase = |it: &Transaction| matches!(&*it.inputs, [input] if input.previous_output == OutPoint::NULL);
    transactions.first().is_some_and(is_coinbase) && !transactions.iter().skip(1).any(is_coinbase)
}

/// Returns the script that pushes a height (`CScript::push_int64`): a single opcode up to 16, and
/// above that the length and the bytes, lowest first, with room for the sign bit.
fn pushed(height: u32) -> Vec<u8> {
    const OP_0: u8 = 0x00;
    const OP_1: u8 = 0x51;
    match u8::try_from(height) {
        Ok(0) => return vec![OP_0],
        Ok(small @ 1..=16) => return vec![OP_1 + small - 1],
        _ => {}
    }
    let mut bytes = u64::from(height).to_le_bytes().to_vec();
    while let [.., before, 0] = &*bytes
        && *before < 0x80
    {
        bytes.pop();
    }
    let mut script = vec![u8::try_from(bytes.len()).unwrap_or(u8::MAX)];
    script.append(&mut bytes);
    script
}

fn without_witnesses(mut block: Block) -> Block {
    for transaction in &mut block.transactions {
        for TxIn { witness, .. } in &mut transaction.inputs {
            *witness = Witness::default();
        }
    }
    block
}

/// Returns the block as a compact block with every transaction prefilled, because the node does not
/// know which transactions the peer has.
pub(super) fn compact(
    Block {
        header,
        transactions,
    }: Block,
) -> CmpctBlock {
    let prefilled = transactions
        .into_iter()
        .map(|transaction| PrefilledTransaction {
            skipped: 0,
            transaction,
        });
    CmpctBlock {
        header,
        nonce: 0,
        short_ids: Vec::new(),
        prefilled: prefilled.collect(),
    }
}
