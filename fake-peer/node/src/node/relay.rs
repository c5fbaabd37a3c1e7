//! Relay of new blocks and transactions.

use std::time::Duration;

use fake_peer_core::Hash256;
use fake_peer_core::message::{Headers, Inv, InvItem, InvType};

use super::blocks::compact;
use super::compact::decode;
use super::inventory::MAX_BROADCAST;
use super::shared::News;
use super::turn::Turn;
use fake_peer_machine::ConnId;

impl Turn<'_> {
    /// Announces new blocks immediately, and queues new transactions for the next broadcast.
    pub(super) fn relay(&mut self, news: &[News]) {
        for item in news {
            match *item {
                News::Block(hash) => self.announce_block(hash),
                News::Transaction(wtxid, from) => self.note_transaction(wtxid, from),
            }
        }
    }

    /// Announces the queued transactions when the broadcast is due.
    pub(super) fn broadcast(&mut self) {
        let (now, interval) = (self.shared.now, self.broadcast_interval());
        let state = &mut self.peer.inventory;
        if state.to_announce.is_empty() || now < state.next_broadcast {
            return;
        }
        let count = state.to_announce.len().min(MAX_BROADCAST);
        let wtxids: Vec<Hash256> = state.to_announce.drain(..count).collect();
        state.next_broadcast = now + interval;
        self.announce_transactions(&wtxids);
    }

    fn note_transaction(&mut self, wtxid: Hash256, from: ConnId) {
        let interval = self.broadcast_interval();
        let state = &mut self.peer.inventory;
        if from == self.peer.id || !state.relays || state.known.contains(&wtxid) {
            return;
        }
        if state.to_announce.is_empty() {
            state.next_broadcast = state.next_broadcast.max(self.shared.now + interval);
        }
        state.to_announce.push(wtxid);
    }

    pub(super) fn announce_transactions(&mut self, wtxids: &[Hash256]) {
        let by_wtxid = self.peer.session.features().wtxidrelay;
        let mut inventory = Vec::new();
        for wtxid in wtxids {
            let Some(transaction) = self.shared.pool.get(wtxid) else {
                continue; // it is in a block by now
            };
            self.peer.inventory.known.insert(*wtxid);
            let (kind, hash) = if by_wtxid {
                (InvType::WTX, *wtxid)
            } else {
                (InvType::TX, transaction.txid())
            };
            inventory.push(InvItem { kind, hash });
        }
        if !inventory.is_empty() {
            self.peer.send(Inv { inventory });
        }
    }

    /// Announces a new block as the peer wants it: as a compact block or by its header if the peer
    /// has the parent, or else by its hash.
    fn announce_block(&mut self, hash: Hash256) {
        let Some(found) = self.shared.chain.active().get(&hash).copied() else {
            return;
        };
        if self.shared.chain.active().tip().hash != hash || self.has_header(&hash) {
            return;
        }
        let connects = self.has_header(&found.header.prev_block);
        self.peer.headers.best_sent = Some(hash);
        if connects && self.peer.compact.wants {
            let block = self.shared.chain.block(&hash).and_then(|it| decode(it));
            if let Some(block) = block {
                self.peer.send(compact(block));
                return;
            }
        }
        if connects && self.peer.session.features().sendheaders {
            let headers = vec![found.header];
            self.peer.send(Headers { headers });
            return;
        }
        let kind = InvType::BLOCK;
        let inventory = vec![InvItem { kind, hash }];
        self.peer.send(Inv { inventory });
    }

    /// Returns whether the peer is known to have a header (`PeerHasHeader`).
    fn has_header(&self, hash: &Hash256) -> bool {
        let tree = self.shared.chain.headers();
        let Some(height) = tree.get(hash).map(|found| found.height) else {
            return false;
        };
        let state = &self.peer.headers;
        let shown = [state.best_known, state.best_sent].into_iter().flatten();
        shown
            .filter_map(|shown| tree.ancestor(&shown, height))
            .any(|found| found.hash == *hash)
    }

    fn broadcast_interval(&self) -> Duration {
        let interval = self.rules.inventory.broadcast_interval;
        if self.peer.is_inbound() {
            interval
        } else {
            interval / 2
        }
    }
}
