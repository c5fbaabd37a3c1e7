//! The parts of the handshake that the session does not handle.

use fake_peer_core::message::{FeeFilter, GetAddr, SendCmpct, Version};

use super::turn::{Turn, Verdict, react};

/// The first protocol version with `sendcmpct` (BIP152).
const COMPACT_BLOCKS_VERSION: i32 = 70_014;
/// The first protocol version with `sendheaders` (BIP130).
const SEND_HEADERS_VERSION: i32 = 70_012;
/// The first protocol version with `feefilter` (BIP133).
const FEE_FILTER_VERSION: i32 = 70_013;
/// The first protocol version with `feature` (BIP434).
const FEATURE_VERSION: i32 = 70_017;

/// The fee rate below which the node wants no transactions, in satoshis per 1,000 virtual bytes
/// (`DEFAULT_MIN_RELAY_TX_FEE`).
const FEE_RATE: i64 = 100;
/// The highest fee rate that `FeeFilterRounder` returns, which asks for no transactions.
const NO_TRANSACTIONS: i64 = 9_170_997;

impl Turn<'_> {
    /// Checks what the session cannot: the nonces of our other connections, and the time.
    pub(super) fn check_version(&self, version: &Version) -> Verdict {
        if version.version < self.rules.session.min_version {
            return Ok(()); // the session rejects it
        }
        if self.peer.is_inbound() && self.is_ours(version.nonce) {
            react(self.rules.reactions.self_connection)?;
        }
        if clock_difference(version.timestamp, self.shared.unix_time()).is_none() {
            react(self.rules.reactions.clock_overflow)?;
        }
        Ok(())
    }

    /// Continues after the peer's `version` was received and answered.
    pub(super) fn on_greeted(&mut self) {
        let relays = self.peer.session.peer_version().is_some_and(|v| v.relay);
        self.peer.inventory.relays = relays;
        if !self.peer.is_inbound() {
            self.peer.send(GetAddr {});
            self.peer.addresses.asked(self.rules.addresses.burst);
        }
    }

    /// Continues after the handshake.
    pub(super) fn on_ready(&mut self) {
        self.shared.dialled_nonces.remove(&self.peer.id);
        if self.common_version() >= COMPACT_BLOCKS_VERSION {
            self.peer.send(SendCmpct::default());
        }
    }

    /// Handles a `feature` at the right time. The node supports no particular feature.
    pub(super) fn on_feature(&self) -> Verdict {
        if self.common_version() < FEATURE_VERSION {
            return react(self.rules.reactions.early_feature);
        }
        Ok(())
    }

    /// Sends a `feefilter` if the fee rate has changed (`MaybeSendFeefilter`).
    pub(super) fn send_fee_filter(&mut self) {
        let fee_rate = if self.shared.is_initial_download() {
            NO_TRANSACTIONS
        } else {
            FEE_RATE
        };
        let sent = &mut self.peer.inventory.sent_fee_rate;
        if *sent != Some(fee_rate) {
            *sent = Some(fee_rate);
            if self.common_version() >= FEE_FILTER_VERSION {
                self.peer.send(FeeFilter { fee_rate });
            }
        }
    }

    /// Returns whether the peer supports `sendheaders`.
    pub(super) fn knows_sendheaders(&self) -> bool {
        self.common_version() >= SEND_HEADERS_VERSION
    }

    fn common_version(&self) -> i32 {
        self.peer.common_version(&self.rules.session.version)
    }

    /// Returns whether the node sent this nonce on a connection that it dialled
    /// (`CheckIncomingNonce`).
    fn is_ours(&self, nonce: u64) -> bool {
        nonce != 0
            && self
                .shared
                .dialled_nonces
                .values()
                .any(|ours| *ours == nonce)
    }
}

/// Returns how far the peer's clock is ahead of ours, in microseconds. `None`: it overflows.
fn clock_difference(theirs: i64, ours: u64) -> Option<i64> {
    let seconds = theirs.checked_sub_unsigned(ours)?;
    seconds.checked_mul(1_000_000)
}
