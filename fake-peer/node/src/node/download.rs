//! Block download: which blocks to request from which peer, and how long to wait.

use std::collections::VecDeque;
use std::time::Duration;

use fake_peer_core::Hash256;
use fake_peer_core::message::{GetData, InvItem, InvType, Services};

use super::compact::Partial;
use super::shared::Shared;
use super::turn::{Stop, Turn, Verdict};
use crate::behaviour::{BlockRules, Freed};
use fake_peer_machine::ConnId;

/// The state of the block download from one peer.
#[derive(Debug, Clone, Default)]
pub(super) struct DownloadState {
    /// The blocks requested from the peer, in the order of the requests.
    pub(super) in_flight: VecDeque<Requested>,
    /// When the download of the first of them started (`m_downloading_since`).
    since: Duration,
    /// Since when the peer has stalled the download window (`m_stalling_since`). `None`: it does
    /// not.
    pub(super) stalling_since: Option<Duration>,
}

/// A block requested from a peer.
#[derive(Debug, Clone)]
pub(super) struct Requested {
    pub(super) hash: Hash256,
    /// The parts received so far, if the peer sent a compact block.
    pub(super) partial: Option<Partial>,
}

impl DownloadState {
    pub(super) fn find(&mut self, hash: &Hash256) -> Option<&mut Requested> {
        self.in_flight.iter_mut().find(|it| it.hash == *hash)
    }

    /// Returns when the peer will have taken too long.
    pub(super) fn deadline(&self, shared: &Shared, rules: &BlockRules) -> Option<Duration> {
        let slow = rules.timeout.filter(|_| !self.in_flight.is_empty());
        let others = u32::try_from(shared.serving_peers.saturating_sub(1)).unwrap_or(u32::MAX);
        let slow = slow.map(|limit| {
            let limit = limit.saturating_add(rules.timeout_per_peer.saturating_mul(others));
            self.since.saturating_add(limit)
        });
        let stalling = self.stalling_since.zip(rules.stalling_timeout);
        let stalling = stalling.map(|(since, limit)| since.saturating_add(limit));
        [slow, stalling].into_iter().flatten().min()
    }
}

impl Turn<'_> {
    /// Disconnects a peer that takes too long to deliver a block, so that the block is requested
    /// from another one.
    pub(super) fn give_up_slow_peer(&mut self) -> Verdict {
        let now = self.shared.now;
        if self.shared.staller == Some(self.peer.id) {
            self.peer.blocks.stalling_since.get_or_insert(now);
        } else {
            self.peer.blocks.stalling_since = None;
        }
        let deadline = self.peer.blocks.deadline(self.shared, &self.rules.blocks);
        match deadline {
            Some(deadline) if now >= deadline => Err(Stop::Disconnect),
            _ => Ok(()),
        }
    }

    /// Requests the next blocks that the peer has and that no peer was asked for yet
    /// (`FindNextBlocksToDownload`).
    pub(super) fn fetch_blocks(&mut self) {
        self.look_up_unknown();
        let room = self.rules.blocks.max_in_flight;
        let room = room.saturating_sub(self.peer.blocks.in_flight.len());
        if room == 0 || !self.serves_blocks() {
            return;
        }
        let wanted = self.next_blocks(room);
        let [only] = wanted[..] else {
            return self.ask_for_blocks(&wanted, InvType::WITNESS_BLOCK);
        };
        let kind = self.kind_for_single(&only);
        self.ask_for_blocks(&wanted, kind);
    }

    /// Requests a whole block, whatever was requested before.
    pub(super) fn ask_for_whole_block(&mut self, hash: Hash256) {
        let kind = InvType::WITNESS_BLOCK;
        let inventory = vec![InvItem { kind, hash }];
        self.peer.send(GetData { inventory });
    }

    /// Records that a block was requested from the peer (`BlockRequested`).
    pub(super) fn note_request(&mut self, hash: Hash256) {
        if self.peer.blocks.in_flight.is_empty() {
            self.peer.blocks.since = self.shared.now;
            self.shared.serving_peers += 1;
        }
        let requested = Requested {
            hash,
            partial: None,
        };
        self.peer.blocks.in_flight.push_back(requested);
        let askers = self.shared.blocks_in_flight.entry(hash).or_default();
        askers.push(self.peer.id);
    }

    /// Removes the record that a block was requested from the peer (`RemoveBlockRequest`).
    pub(super) fn forget_request(&mut self, hash: &Hash256) {
        let state = &mut self.peer.blocks;
        let Some(at) = state.in_flight.iter().position(|it| it.hash == *hash) else {
            return;
        };
        state.in_flight.remove(at);
        if at == 0 {
            state.since = self.shared.now;
        }
        state.stalling_since = None;
        self.shared.serving_peers -= usize::from(self.peer.blocks.in_flight.is_empty());
        self.release(hash, self.peer.id);
        if self.shared.staller == Some(self.peer.id) {
            self.shared.staller = None;
        }
    }

    /// Drops requests for a block of which a mutated copy arrived.
    pub(super) fn forget_mutated(&mut self, hash: &Hash256) {
        self.forget_request(hash);
        if self.rules.blocks.freed == Freed::Everyones {
            self.shared.blocks_in_flight.remove(hash);
        }
    }

    /// Returns whether the peer can serve blocks with witnesses (`CanServeBlocks`,
    /// `CanServeWitnesses`). During the initial download it has to serve old blocks too.
    fn serves_blocks(&self) -> bool {
        let enough = if self.shared.is_initial_download() {
            Services::NETWORK
        } else {
            Services::NETWORK | Services::NETWORK_LIMITED
        };
        self.peer.offers(enough) && self.peer.offers(Services::WITNESS)
    }

    fn next_blocks(&mut self, room: usize) -> Vec<Hash256> {
        let chain = &self.shared.chain;
        let (tree, active) = (chain.headers(), chain.active());
        let best = self
            .peer
            .headers
            .best_known
            .and_then(|hash| tree.get(&hash));
        let Some(best) = best.filter(|best| best.work > active.tip().work) else {
            return Vec::new();
        };
        let first = chain.fork_height(&best.hash) + 1;
        let window = first.saturating_add(self.rules.blocks.window);
        let (mut wanted, mut waiting_for) = (Vec::new(), None);
        for height in first..=best.height.min(window) {
            let Some(next) = tree.ancestor(&best.hash, height) else {
                break;
            };
            if chain.is_invalid(&next.hash) {
                break;
            }
            if chain.has_block(&next.hash) {
                continue;
            }
            if let Some(askers) = self.shared.blocks_in_flight.get(&next.hash) {
                waiting_for = waiting_for.or(askers.first().copied());
                continue;
            }
            if height == window {
                if wanted.is_empty() {
                    self.shared.staller = waiting_for.filter(|id| *id != self.peer.id);
                }
                break;
            }
            wanted.push(next.hash);
            if wanted.len() == room {
                break;
            }
        }
        wanted
    }

    /// Returns how to request a single block: as a compact block if it follows the tip and nothing
    /// else is being downloaded (`HeadersDirectFetchBlocks`).
    fn kind_for_single(&self, hash: &Hash256) -> InvType {
        let chain = &self.shared.chain;
        let on_tip = chain
            .headers()
            .get(hash)
            .is_some_and(|it| it.header.prev_block == chain.active().tip().hash);
        let nothing_else = self.shared.blocks_in_flight.is_empty();
        if on_tip && nothing_else && self.peer.compact.provides && self.shared.can_fetch_directly()
        {
            InvType::CMPCT_BLOCK
        } else {
            InvType::WITNESS_BLOCK
        }
    }

    fn ask_for_blocks(&mut self, hashes: &[Hash256], kind: InvType) {
        if hashes.is_empty() {
            return;
        }
        for hash in hashes {
            self.note_request(*hash);
        }
        let inventory = hashes.iter().map(|&hash| InvItem { kind, hash }).collect();
        self.peer.send(GetData { inventory });
    }

    fn release(&mut self, hash: &Hash256, id: ConnId) {
        if let Some(askers) = self.shared.blocks_in_flight.get_mut(hash) {
            askers.retain(|asked| *asked != id);
            if askers.is_empty() {
                self.shared.blocks_in_flight.remove(hash);
            }
        }
    }
}
