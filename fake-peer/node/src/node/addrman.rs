//! The table of addresses of other nodes.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;

use fake_peer_core::message::{AddressNetwork, AddressV2, NetAddress, TimedAddress};

/// The addresses of other nodes, without duplicates.
#[derive(Debug, Clone, Default)]
pub(super) struct AddrMan {
    addresses: Vec<AddressV2>,
    places: BTreeMap<Vec<u8>, usize>,
}

/// The memory used by an address, in bytes (`AddrInfo` and its entries in the tables).
const ADDRESS_COST: u64 = 200;

impl AddrMan {
    pub(super) fn new(addresses: &[AddressV2]) -> Self {
        let mut addrman = Self::default();
        for address in addresses {
            addrman.insert(address.clone(), usize::MAX);
        }
        addrman
    }

    /// Stores an address, unless there are `limit` already. A known address gets the later of the
    /// two times.
    pub(super) fn insert(&mut self, address: AddressV2, limit: usize) {
        let key = key(&address);
        if let Some(&place) = self.places.get(&key) {
            if let Some(known) = self.addresses.get_mut(place) {
                known.time = known.time.max(address.time);
            }
        } else if self.addresses.len() < limit {
            self.places.insert(key, self.addresses.len());
            self.addresses.push(address);
        }
    }

    /// Returns `percent` of the addresses, rounded up, but at most `limit` of them.
    pub(super) fn some(&self, percent: usize, limit: usize) -> &[AddressV2] {
        let count = (self.addresses.len() * percent).div_ceil(100).min(limit);
        self.addresses.get(..count).unwrap_or_default()
    }

    /// Returns the number of bytes held.
    pub(super) fn held(&self) -> u64 {
        self.addresses.len() as u64 * ADDRESS_COST
    }
}

fn key(address: &AddressV2) -> Vec<u8> {
    let mut key = vec![address.network.0];
    key.extend_from_slice(&address.address);
    key.extend_from_slice(&address.port.to_be_bytes());
    key
}

/// Converts an entry of an `addr` to its `addrv2` form.
pub(super) fn to_v2(entry: &TimedAddress) -> AddressV2 {
    let NetAddress { services, ip, port } = entry.address;
    let (network, address) = match ip.to_ipv4_mapped() {
        Some(ip) => (AddressNetwork::IPV4, ip.octets().to_vec()),
        None => (AddressNetwork::IPV6, ip.octets().to_vec()),
    };
    AddressV2 {
        time: entry.time,
        services,
        network,
        address: address.into(),
        port,
    }
}

/// Converts an address to its `addr` form. `None`: its network has none.
pub(super) fn to_v1(address: &AddressV2) -> Option<TimedAddress> {
    let ip = match address.network {
        AddressNetwork::IPV4 | AddressNetwork::IPV6 => address.ip()?,
        _ => return None,
    };
    let ip = match ip {
        std::net::IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        std::net::IpAddr::V6(ip) => ip,
    };
    Some(TimedAddress {
        time: address.time,
        address: NetAddress {
            services: address.services,
            ip,
            port: address.port,
        },
    })
}

/// Returns whether an address is an IPv4-mapped IPv6 address, which `addrv2` must not contain
/// (BIP155).
pub(super) fn wraps_ipv4(address: &AddressV2) -> bool {
    let octets = <[u8; 16]>::try_from(&*address.address).ok();
    address.network == AddressNetwork::IPV6
        && octets.is_some_and(|octets| Ipv6Addr::from(octets).to_ipv4_mapped().is_some())
}
