//! Handlers of `addr`, `addrv2` and `getaddr`: addresses of other nodes.

use std::time::Duration;

use fake_peer_core::message::{Addr, AddrV2, AddressNetwork, AddressV2, TimedAddress};
use fake_peer_core::wire::Tolerance;

use super::addrman::{to_v1, to_v2, wraps_ipv4};
use super::turn::{Turn, Verdict, react};

/// The most addresses in an answer to `getaddr` (`MAX_ADDR_TO_SEND`).
const MAX_ADDRESSES: usize = 1_000;

/// The address state of one peer: its rate limit (a token bucket), and whether it got an answer.
#[derive(Debug, Clone)]
pub(super) struct AddressState {
    /// The number of addresses that the peer could send at the time `counted`.
    tokens: u32,
    counted: Duration,
    /// Whether its `getaddr` was answered. Later ones are ignored.
    answered: bool,
}

impl AddressState {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            tokens: 1,
            counted: now,
            answered: false,
        }
    }

    /// Accepts `burst` more addresses, because the node sent a `getaddr`.
    pub(super) fn asked(&mut self, burst: u32) {
        self.tokens = self.tokens.saturating_add(burst);
    }
}

impl Turn<'_> {
    pub(super) fn on_getaddr(&mut self) {
        if !self.peer.is_inbound() || self.peer.addresses.answered {
            return;
        }
        self.peer.addresses.answered = true;
        let percent = self.rules.addresses.told_percent;
        let addresses = self.shared.addrman.some(percent, MAX_ADDRESSES).to_vec();
        if self.peer.session.features().sendaddrv2 && !addresses.is_empty() {
            self.peer.send(AddrV2 { addresses });
        } else {
            let addresses: Vec<_> = addresses.iter().filter_map(to_v1).collect();
            if !addresses.is_empty() {
                self.peer.send(Addr { addresses });
            }
        }
    }

    pub(super) fn on_addr(&mut self, addresses: &[TimedAddress]) -> Verdict {
        for address in addresses {
            self.keep_address(to_v2(address))?;
        }
        Ok(())
    }

    pub(super) fn on_addrv2(&mut self, addresses: &[AddressV2]) -> Verdict {
        for address in addresses {
            self.keep_address(address.clone())?;
        }
        Ok(())
    }

    fn keep_address(&mut self, address: AddressV2) -> Verdict {
        let lax = self.rules.addresses.wrapped_ipv4 == Tolerance::Ignore;
        if !self.may_send_address() || wraps_ipv4(&address) && !lax {
            return Ok(());
        }
        if !KNOWN_NETWORKS.contains(&address.network) {
            return react(self.rules.reactions.unknown_network);
        }
        let limit = self.rules.addresses.max_stored;
        self.shared.addrman.insert(address, limit);
        Ok(())
    }

    /// Takes a token for one address. Returns whether there was one.
    fn may_send_address(&mut self) -> bool {
        let rules = &self.rules.addresses;
        let Some(interval) = rules.interval.filter(|it| !it.is_zero()) else {
            return true;
        };
        let state = &mut self.peer.addresses;
        let passed = self.shared.now.saturating_sub(state.counted).as_nanos() / interval.as_nanos();
        let new = u32::try_from(passed).unwrap_or(u32::MAX);
        state.counted += interval.saturating_mul(new);
        let more = state.tokens.saturating_add(new).min(rules.burst);
        state.tokens = state.tokens.max(more);
        let Some(left) = state.tokens.checked_sub(1) else {
            return false;
        };
        state.tokens = left;
        true
    }
}

/// The networks whose addresses Bitcoin Core stores.
const KNOWN_NETWORKS: [AddressNetwork; 5] = [
    AddressNetwork::IPV4,
    AddressNetwork::IPV6,
    AddressNetwork::TORV3,
    AddressNetwork::I2P,
    AddressNetwork::CJDNS,
];
