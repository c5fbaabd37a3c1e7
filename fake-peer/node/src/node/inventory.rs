//! Handlers of `inv`, `getdata`, `notfound`, `tx` and `mempool`.

use std::collections::VecDeque;
use std::time::Duration;

use fake_peer_core::Hash256;
use fake_peer_core::message::{
    GetData, GetHeaders, InvItem, InvType, NotFound, Transaction, Witness,
};

use super::connection::Known;
use super::shared::News;
use super::turn::{Stop, Turn, Verdict, react};
use crate::behaviour::{Absent, AnnouncedBlocks, InventoryRules};

/// The most items in a `getdata` that the node sends (`MAX_GETDATA_SZ`).
const MAX_ASKED: usize = 1_000;
/// The most items in an `inv` that the node sends (`INVENTORY_BROADCAST_MAX`).
pub(super) const MAX_BROADCAST: usize = 1_000;

/// The transactions that a peer announced, those requested from it, and those to announce to it.
#[derive(Debug, Clone, Default)]
pub(super) struct InventoryState {
    /// Whether the peer wants transactions to be announced to it.
    pub(super) relays: bool,
    /// The fee rate of the last `feefilter`, in satoshis per 1,000 virtual bytes. `None`: none was
    /// sent.
    pub(super) sent_fee_rate: Option<i64>,
    pub(super) known: Known,
    /// Announced transactions, and when each may be requested.
    announced: VecDeque<(Duration, InvItem)>,
    /// Requested transactions, and when each was requested.
    in_flight: VecDeque<(Duration, InvItem)>,
    /// The wtxids of the transactions to announce.
    pub(super) to_announce: Vec<Hash256>,
    pub(super) next_broadcast: Duration,
}

impl InventoryState {
    /// Returns when the next announcement or request is due, or a requested transaction is overdue.
    pub(super) fn deadline(&self, rules: &InventoryRules) -> Option<Duration> {
        let broadcast = (!self.to_announce.is_empty()).then_some(self.next_broadcast);
        let room = self.in_flight.len() < rules.max_in_flight;
        let announced = self.announced.front().filter(|_| room);
        let late = self.in_flight.front().zip(rules.timeout);
        [
            broadcast,
            announced.map(|(due, _)| *due),
            late.map(|((asked, _), limit)| asked.saturating_add(limit)),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Returns the number of hashes held.
    pub(super) fn len(&self) -> usize {
        self.known.len() + self.announced.len() + self.in_flight.len() + self.to_announce.len()
    }
}

impl Turn<'_> {
    pub(super) fn on_inv(&mut self, inventory: &[InvItem]) {
        let mut last_block = None;
        for item in inventory {
            match item.kind {
                InvType::BLOCK if self.is_new_block(item.hash) => last_block = Some(item.hash),
                InvType::TX | InvType::WTX => self.on_announced_transaction(*item),
                _ => {}
            }
        }
        if let Some(hash) = last_block {
            self.ask_for_announced_block(hash);
        }
    }

    pub(super) fn on_getdata(&mut self, inventory: &[InvItem]) -> Verdict {
        let mut not_found = Vec::new();
        for item in inventory {
            let (there, absent) = match item.kind {
                InvType::TX | InvType::WITNESS_TX | InvType::WTX => {
                    (self.serve_transaction(item), self.rules.inventory.absent)
                }
                InvType::BLOCK
                | InvType::WITNESS_BLOCK
                | InvType::CMPCT_BLOCK
                | InvType::FILTERED_BLOCK => (self.serve_block(item), self.rules.blocks.absent),
                _ => {
                    react(self.rules.reactions.unknown_getdata)?;
                    continue;
                }
            };
            match absent {
                _ if there => {}
                Absent::NotFound => not_found.push(*item),
                Absent::Silence => {}
                Absent::Hang => return Err(Stop::Hang),
            }
        }
        if !not_found.is_empty() {
            self.peer.send(NotFound {
                inventory: not_found,
            });
        }
        Ok(())
    }

    pub(super) fn on_notfound(&mut self, inventory: &[InvItem]) {
        for item in inventory.iter().take(MAX_ASKED) {
            self.forget_transaction(&item.hash);
        }
    }

    pub(super) fn on_transaction(&mut self, transaction: Transaction) {
        let (txid, wtxid) = (transaction.txid(), transaction.wtxid());
        self.forget_transaction(&txid);
        self.forget_transaction(&wtxid);
        self.peer.inventory.known.insert(wtxid);
        if self.shared.is_initial_download() {
            return;
        }
        let limit = self.rules.inventory.max_pool;
        if self.shared.pool.accept(transaction, txid, wtxid, limit) {
            self.shared.announce(News::Transaction(wtxid, self.peer.id));
        }
    }

    pub(super) fn on_mempool(&mut self) -> Verdict {
        self.needs_bloom()?;
        let wtxids = self.shared.pool.wtxids();
        for chunk in wtxids.chunks(MAX_BROADCAST) {
            self.announce_transactions(chunk);
        }
        Ok(())
    }

    /// Requests the announced transactions that are due.
    pub(super) fn fetch_transactions(&mut self) {
        self.give_up_late_transactions();
        let mut inventory = Vec::new();
        let now = self.shared.now;
        let waiting = self.peer.inventory.announced.len();
        for _ in 0..waiting {
            let state = &mut self.peer.inventory;
            let room = state.in_flight.len() < self.rules.inventory.max_in_flight;
            let due = state.announced.front().is_some_and(|(due, _)| *due <= now);
            if !room || !due || inventory.len() == MAX_ASKED {
                break;
            }
            let Some((_, item)) = state.announced.pop_front() else {
                break;
            };
            if self.shared.pool.get(&item.hash).is_some() {
                continue;
            }
            if self.shared.transactions_in_flight.contains_key(&item.hash) {
                // Another peer was asked, which may not deliver.
                let again = now + self.rules.inventory.inbound_delay;
                state.announced.push_back((again, item));
                continue;
            }
            state.in_flight.push_back((now, item));
            let in_flight = &mut self.shared.transactions_in_flight;
            in_flight.insert(item.hash, self.peer.id);
            inventory.push(asked_as(item));
        }
        if !inventory.is_empty() {
            self.peer.send(GetData { inventory });
        }
    }

    fn is_new_block(&mut self, hash: Hash256) -> bool {
        self.note_availability(hash);
        let new = !self.shared.chain.has_block(&hash)
            && !self.shared.blocks_in_flight.contains_key(&hash);
        if new && self.rules.inventory.blocks == AnnouncedBlocks::AskForEach {
            self.ask_for_headers_again();
        }
        new
    }

    /// Sends a `getheaders` even if an earlier one is unanswered, as old versions of Bitcoin Core
    /// did.
    fn ask_for_headers_again(&mut self) {
        let locator = self.best_locator();
        self.peer.send(GetHeaders {
            locator,
            ..GetHeaders::default()
        });
    }

    fn ask_for_announced_block(&mut self, hash: Hash256) {
        if self.rules.inventory.blocks != AnnouncedBlocks::AskOnce {
            return;
        }
        let state = &self.peer.headers;
        let before_its_time = !state.asked_by_inv && self.shared.last_inv_block != Some(hash);
        if !state.sync_started && !before_its_time {
            return;
        }
        self.ask_for_headers(self.best_locator());
        if !self.peer.headers.sync_started {
            self.peer.headers.asked_by_inv = true;
            self.shared.last_inv_block = Some(hash);
        }
    }

    fn on_announced_transaction(&mut self, item: InvItem) {
        let by_wtxid = self.peer.session.features().wtxidrelay;
        if by_wtxid != (item.kind == InvType::WTX) {
            return;
        }
        let new = self.peer.inventory.known.insert(item.hash);
        if self.shared.is_initial_download() || !new || self.shared.pool.get(&item.hash).is_some() {
            return;
        }
        let delay = if self.peer.is_inbound() {
            self.rules.inventory.inbound_delay
        } else {
            Duration::ZERO
        };
        let state = &mut self.peer.inventory;
        if state.announced.len() + state.in_flight.len() < self.rules.inventory.max_announced {
            state.announced.push_back((self.shared.now + delay, item));
        }
    }

    fn give_up_late_transactions(&mut self) {
        let Some(limit) = self.rules.inventory.timeout else {
            return;
        };
        let now = self.shared.now;
        let late = |asked: &Duration| now >= asked.saturating_add(limit);
        while let Some((asked, item)) = self.peer.inventory.in_flight.front()
            && late(asked)
        {
            let hash = item.hash;
            self.forget_transaction(&hash);
        }
    }

    fn forget_transaction(&mut self, hash: &Hash256) {
        let state = &mut self.peer.inventory;
        let Some(at) = state.in_flight.iter().position(|(_, it)| it.hash == *hash) else {
            return;
        };
        state.in_flight.remove(at);
        self.shared.transactions_in_flight.remove(hash);
    }

    fn serve_transaction(&mut self, item: &InvItem) -> bool {
        let Some(transaction) = self.shared.pool.get(&item.hash) else {
            return false;
        };
        let mut transaction = transaction.clone();
        if item.kind == InvType::TX {
            for input in &mut transaction.inputs {
                input.witness = Witness::default();
            }
        }
        self.peer.send(transaction);
        true
    }
}

/// Returns the item that requests an announced transaction, always with its witness.
fn asked_as(item: InvItem) -> InvItem {
    let kind = match item.kind {
        InvType::TX => InvType::WITNESS_TX,
        kind => kind,
    };
    InvItem { kind, ..item }
}
