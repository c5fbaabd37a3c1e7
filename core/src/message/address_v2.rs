//! An address as `addrv2` carries it.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 4 | `time` | u32, little-endian: seconds since 1970 |
//! | 1.. | `services` | CompactSize |
//! | 1 | `network` | [`AddressNetwork`] |
//! | 1.. | `address` | CompactSize and at most 512 bytes |
//! | 2 | `port` | u16, **big-endian** |
//!
//! On a network with a name the address must have the network's length. Bitcoin Core knows neither
//! `TORv2` nor Yggdrasil and ignores their addresses
//! ([`Rules::foreign_address_length`](crate::wire::Rules::foreign_address_length)).
//!
//! Source: BIP155, "Specification"; Bitcoin Core `CNetAddr::UnserializeV2Stream`
//! (`src/netaddress.h`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use super::{Services, open_enum};
use crate::wire::{Bytes, Malformed, MalformedKind, Reader, Tolerance, Wire, Writer};

open_enum! {
    /// A network that has addresses. Values without a name are kept.
    ///
    /// Source: BIP155, "Specification".
    AddressNetwork(u8) {
        /// IPv4, 4 bytes.
        IPV4 = 1,
        /// IPv6, 16 bytes.
        IPV6 = 2,
        /// Tor version 2, 10 bytes; no longer in use.
        TORV2 = 3,
        /// Tor version 3, 32 bytes: the public key.
        TORV3 = 4,
        /// I2P, 32 bytes: the hash of the destination.
        I2P = 5,
        /// CJDNS, 16 bytes: an IPv6 address under `fc00::/8`.
        CJDNS = 6,
        /// Yggdrasil, 16 bytes: an IPv6 address under `0200::/7`.
        YGGDRASIL = 7,
    }
}

impl AddressNetwork {
    /// The length of an address in bytes, and the words for it in an error.
    const fn length(self) -> Option<(usize, &'static str)> {
        match self {
            Self::IPV4 => Some((4, "4 bytes in an IPv4 address")),
            Self::IPV6 => Some((16, "16 bytes in an IPv6 address")),
            Self::TORV2 => Some((10, "10 bytes in a Tor v2 address")),
            Self::TORV3 => Some((32, "32 bytes in a Tor v3 address")),
            Self::I2P => Some((32, "32 bytes in an I2P address")),
            Self::CJDNS => Some((16, "16 bytes in a CJDNS address")),
            Self::YGGDRASIL => Some((16, "16 bytes in a Yggdrasil address")),
            _ => None,
        }
    }

    /// Whether the network has a name here but is unknown to Bitcoin Core.
    const fn is_foreign(self) -> bool {
        matches!(self, Self::TORV2 | Self::YGGDRASIL)
    }
}

/// The address of a peer on any network, and its services.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressV2 {
    /// When the peer was last seen, in seconds since 1970.
    pub time: u32,
    /// The services that the peer offers.
    pub services: Services,
    /// The network that the address belongs to.
    pub network: AddressNetwork,
    /// The address; its length depends on the network.
    pub address: Bytes,
    /// The TCP port.
    pub port: u16,
}

impl AddressV2 {
    /// The IP address, on networks that use one: IPv4, IPv6, CJDNS and Yggdrasil.
    pub fn ip(&self) -> Option<IpAddr> {
        match self.network {
            AddressNetwork::IPV4 => {
                let octets = <[u8; 4]>::try_from(&*self.address).ok()?;
                Some(Ipv4Addr::from(octets).into())
            }
            AddressNetwork::IPV6 | AddressNetwork::CJDNS | AddressNetwork::YGGDRASIL => {
                let octets = <[u8; 16]>::try_from(&*self.address).ok()?;
                Some(Ipv6Addr::from(octets).into())
            }
            _ => None,
        }
    }
}

impl Wire for AddressV2 {
    const MIN_SIZE: usize = 9;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let time = r.u32("time")?;
        let services = Services::from_bits_retain(r.compact_size("services")?);
        let network = r.u8("network").map(AddressNetwork)?;
        let address = read_address(r, network)?;
        Ok(Self {
            time,
            services,
            network,
            address,
            port: r.u16_be("port")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(self.time);
        w.compact_size(self.services.bits());
        w.u8(self.network.0);
        w.var_bytes(&self.address);
        w.u16_be(self.port);
    }
}

fn read_address(r: &mut Reader<'_>, network: AddressNetwork) -> Result<Bytes, Malformed> {
    let start = r.offset();
    let address = r.var_bytes("address", r.rules().max_addrv2_address)?;
    let passed_over = network.is_foreign() && r.rules().foreign_address_length == Tolerance::Ignore;
    match network.length() {
        Some((length, expected)) if address.len() != length && !passed_over => {
            let kind = MalformedKind::Unexpected {
                found: address.len() as u64,
                expected,
            };
            Err(r.error_at(start, "address", kind))
        }
        _ => Ok(address.into()),
    }
}
