//! Finds the TCP segment in a captured packet.

use std::net::{IpAddr, SocketAddr};

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TcpSlice, TransportSlice};

use super::record::Flow;

/// The link layer that a packet starts with.
///
/// Source: the registry of link types (`LINKTYPE_…`) at tcpdump.org.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Ethernet,
    /// `LINKTYPE_NULL` and `LINKTYPE_LOOP`: four bytes with the address family, then IP.
    Loopback,
    RawIp,
    /// `LINKTYPE_LINUX_SLL`: 16 bytes, the last two an ether type.
    LinuxCooked,
    /// `LINKTYPE_LINUX_SLL2`: 20 bytes, the first two an ether type.
    LinuxCooked2,
    Unknown,
}

impl Link {
    pub(super) fn from_number(number: i32) -> Self {
        // The upper bits are about check sequences after the packets.
        match number & 0xffff {
            0 | 108 => Self::Loopback,
            1 => Self::Ethernet,
            12 | 14 | 101 | 228 | 229 => Self::RawIp,
            113 => Self::LinuxCooked,
            276 => Self::LinuxCooked2,
            _ => Self::Unknown,
        }
    }

    /// The TCP segment in a packet with this link layer, if there is one.
    pub(super) fn segment(self, packet: &[u8]) -> Option<(Flow, TcpSlice<'_>)> {
        let sliced = self.slice(packet)?;
        let (from, to) = addresses(&sliced)?;
        let Some(TransportSlice::Tcp(tcp)) = sliced.transport else {
            return None;
        };
        let flow = Flow {
            from: SocketAddr::new(from, tcp.source_port()),
            to: SocketAddr::new(to, tcp.destination_port()),
        };
        Some((flow, tcp))
    }

    fn slice(self, packet: &[u8]) -> Option<LaxSlicedPacket<'_>> {
        match self {
            Self::Ethernet => LaxSlicedPacket::from_ethernet(packet).ok(),
            Self::Loopback => LaxSlicedPacket::from_ip(packet.get(4..)?).ok(),
            Self::RawIp => LaxSlicedPacket::from_ip(packet).ok(),
            Self::LinuxCooked => cooked(packet.get(14..16)?, packet.get(16..)?),
            Self::LinuxCooked2 => cooked(packet.get(..2)?, packet.get(20..)?),
            Self::Unknown => None,
        }
    }
}

fn cooked<'a>(ether_type: &[u8], packet: &'a [u8]) -> Option<LaxSlicedPacket<'a>> {
    let ether_type = EtherType(u16::from_be_bytes(*ether_type.first_chunk()?));
    Some(LaxSlicedPacket::from_ether_type(ether_type, packet))
}

fn addresses(packet: &LaxSlicedPacket<'_>) -> Option<(IpAddr, IpAddr)> {
    match packet.net.as_ref()? {
        LaxNetSlice::Ipv4(ip) => {
            let header = ip.header();
            Some((
                header.source_addr().into(),
                header.destination_addr().into(),
            ))
        }
        LaxNetSlice::Ipv6(ip) => {
            let header = ip.header();
            Some((
                header.source_addr().into(),
                header.destination_addr().into(),
            ))
        }
        LaxNetSlice::Arp(_) => None,
    }
}
