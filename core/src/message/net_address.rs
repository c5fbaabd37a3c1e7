//! Addresses as `version` and `addr` carry them.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 0..8 | `services` | u64, little-endian |
//! | 8..24 | `ip` | IPv6; IPv4 as `::ffff:a.b.c.d` |
//! | 24..26 | `port` | u16, **big-endian** |
//!
//! In `addr` the time the address was last seen, u32 little-endian, comes before it.
//!
//! Source: Bitcoin Core `CAddress` (`src/protocol.h`).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::services::Services;
use crate::wire::{Malformed, Reader, Wire, Writer};

/// The IP address of a peer, and its services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetAddress {
    /// The services that the peer offers.
    pub services: Services,
    /// The address; IPv4 is `::ffff:a.b.c.d`.
    pub ip: Ipv6Addr,
    /// The TCP port.
    pub port: u16,
}

impl NetAddress {
    /// The address `[::]:0` without services, for a peer that does not disclose its own.
    pub const UNSPECIFIED: Self = Self {
        services: Services::empty(),
        ip: Ipv6Addr::UNSPECIFIED,
        port: 0,
    };

    /// The wire form of a socket address.
    pub fn new(services: Services, address: SocketAddr) -> Self {
        let ip = match address.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        Self {
            services,
            ip,
            port: address.port(),
        }
    }

    /// The socket address, with IPv4 taken out of its IPv6 form.
    pub fn socket_addr(&self) -> SocketAddr {
        SocketAddr::new(self.ip.to_canonical(), self.port)
    }
}

impl Default for NetAddress {
    fn default() -> Self {
        Self::UNSPECIFIED
    }
}

impl Wire for NetAddress {
    const MIN_SIZE: usize = 26;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            services: Services::read(r)?,
            ip: r.fixed("ip", |bytes: [u8; 16]| Ipv6Addr::from(bytes))?,
            port: r.u16_be("port")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u64(self.services.bits());
        w.bytes(&self.ip.octets());
        w.u16_be(self.port);
    }
}

/// An address and when it was last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimedAddress {
    /// When the peer was last seen, in seconds since 1970.
    pub time: u32,
    /// The address.
    pub address: NetAddress,
}

impl Wire for TimedAddress {
    const MIN_SIZE: usize = 4 + NetAddress::MIN_SIZE;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            time: r.u32("time")?,
            address: r.value("address")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(self.time);
        self.address.write(w);
    }
}
