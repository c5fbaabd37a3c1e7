//! The handshake, as far as it is not the session's.

use fake_peer_core::message::{FeeFilter, GetAddr, SendCmpct, Version};

use super::turn::{Turn, Verdict, react};

/// The first protocol version that knows `sendcmpct` (BIP152).
const COMPACT_BLOCKS_VERSION: i32 = 70_014;
/// The first protocol version that knows `sendheaders` (BIP130).
const SEND_HEADERS_VERSION: i32 = 70_012;
/// The first protocol version that knows `feefilter` (BIP133).
const FEE_FILTER_VERSION: i32 = 70_013;
/// The first protocol version that knows `feature` (BIP434).
const FEATURE_VERSION: i32 = 70_017;

/// The fee rate below which we want no transaction: `DEFAULT_MIN_RELAY_TX_FEE`, per 1,000 bytes.
const FEE_RATE: i64 = 100;
/// The highest rate that `FeeFilterRounder` rounds to: no transactions, please.
const NO_TRANSACTIONS: i64 = 9_170_997;

impl Turn<'_> {
    /// Checks what the session does not know: our other connections, and the time.
    pub(super) fn check_version(&self, version: &Version) -> Verdict {
        if version.version < self.rules.session.min_version {
            return Ok(()); // the session's business
        }
        if self.peer.is_inbound() && self.is_ours(version.nonce) {
            react(self.rules.reactions.self_connection)?;
        }
        if clock_difference(version.timestamp, self.shared.unix_time()).is_none() {
            react(self.rules.reactions.clock_overflow)?;
        }
        Ok(())
    }

    /// The peer's version has come and was answered.
    pub(super) fn on_greeted(&mut self) {
        let relays = self.peer.session.peer_version().is_some_and(|v| v.relay);
        self.peer.inventory.relays = relays;
        if !self.peer.is_inbound() {
            self.peer.send(GetAddr {});
            self.peer.addresses.asked(self.rules.addresses.burst);
        }
    }

    /// The handshake is done.
    pub(super) fn on_ready(&mut self) {
        self.shared.dialled_nonces.remove(&self.peer.id);
        if self.common_version() >= COMPACT_BLOCKS_VERSION {
            self.peer.send(SendCmpct::default());
        }
    }

    /// A `feature` whose time is right. We know none by name.
    pub(super) fn on_feature(&self) -> Verdict {
        if self.common_version() < FEATURE_VERSION {
            return react(self.rules.reactions.early_feature);
        }
        Ok(())
    }

    /// Tells which transactions we want, when that changes (`MaybeSendFeefilter`).
    pub(super) fn send_fee_filter(&mut self) {
        let fee_rate = if self.shared.is_initial_download() {
            NO_TRANSACTIONS
        } else {
            FEE_RATE
        };
        let told = &mut self.peer.inventory.told_fee_rate;
        if *told != Some(fee_rate) {
            *told = Some(fee_rate);
            if self.common_version() >= FEE_FILTER_VERSION {
                self.peer.send(FeeFilter { fee_rate });
            }
        }
    }

    /// Whether the peer knows `sendheaders`.
    pub(super) fn knows_sendheaders(&self) -> bool {
        self.common_version() >= SEND_HEADERS_VERSION
    }

    fn common_version(&self) -> i32 {
        self.peer.common_version(&self.rules.session.version)
    }

    /// Whether a connection that we dialled said this nonce (`CheckIncomingNonce`).
    fn is_ours(&self, nonce: u64) -> bool {
        nonce != 0
            && self
                .shared
                .dialled_nonces
                .values()
                .any(|ours| *ours == nonce)
    }
}

/// How far the peer's clock is ahead of ours, in microseconds, if that is a number.
fn clock_difference(theirs: i64, ours: u64) -> Option<i64> {
    let seconds = theirs.checked_sub_unsigned(ours)?;
    seconds.checked_mul(1_000_000)
}
