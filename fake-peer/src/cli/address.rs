//! Parsing of addresses whose port may be left out.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// A host name or an IP address, with or without a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPort {
    host: Host,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    Ip(IpAddr),
    Name(String),
}

/// An IP address, with or without a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IpPort {
    ip: IpAddr,
    port: Option<u16>,
}

impl HostPort {
    /// Returns the address to dial as `host:port`. `port` is used if the user gave none.
    pub(crate) fn with_default(&self, port: u16) -> String {
        let port = self.port.unwrap_or(port);
        match &self.host {
            Host::Ip(ip) => SocketAddr::new(*ip, port).to_string(),
            Host::Name(name) => format!("{name}:{port}"),
        }
    }
}

impl IpPort {
    /// Localhost, without a port.
    pub(crate) const LOCALHOST: Self = Self {
        ip: IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
        port: None,
    };

    /// Returns the address to listen on. `port` is used if the user gave none.
    pub(crate) fn with_default(self, port: u16) -> SocketAddr {
        SocketAddr::new(self.ip, self.port.unwrap_or(port))
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.host, self.port) {
            (Host::Ip(ip), Some(port)) => SocketAddr::new(*ip, port).fmt(f),
            (Host::Ip(ip), None) => ip.fmt(f),
            (Host::Name(name), Some(port)) => write!(f, "{name}:{port}"),
            (Host::Name(name), None) => f.write_str(name),
        }
    }
}

impl fmt::Display for IpPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => SocketAddr::new(self.ip, port).fmt(f),
            None => self.ip.fmt(f),
        }
    }
}

/// The error for a text that is not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadAddress {
    expected: &'static str,
}

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for BadAddress {}

impl FromStr for IpPort {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            let (ip, port) = (address.ip(), Some(address.port()));
            return Ok(Self { ip, port });
        }
        let expected = "an address such as 127.0.0.1:8333, 0.0.0.0 or [::1]:0";
        let ip = match in_brackets(text) {
            Some(text) => text.parse().map(IpAddr::V6),
            None => text.parse(),
        };
        let ip = ip.map_err(|_| BadAddress { expected })?;
        Ok(Self { ip, port: None })
    }
}

/// Returns the text between brackets. An IPv6 address needs them if a port follows, and may have
/// them otherwise.
fn in_brackets(text: &str) -> Option<&str> {
    text.strip_prefix('[')?.strip_suffix(']')
}

impl FromStr for HostPort {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        if let Ok(IpPort { ip, port }) = text.parse() {
            let host = Host::Ip(ip);
            return Ok(Self { host, port });
        }
        let bad = BadAddress {
            expected: "an address such as 127.0.0.1, [::1]:8333 or node.example.org:8333",
        };
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, Some(port.parse().map_err(|_| bad)?)),
            None => (text, None),
        };
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if name.is_empty() || !name.bytes().all(fits) {
            return Err(bad);
        }
        let host = Host::Name(name.to_owned());
        Ok(Self { host, port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_may_be_left_out() {
        for (text, dialled) in [
            ("127.0.0.1", "127.0.0.1:8333"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("::1", "[::1]:8333"),
            ("[::1]", "[::1]:8333"),
            ("[::1]:2", "[::1]:2"),
            ("localhost", "localhost:8333"),
            ("node.example.org:3", "node.example.org:3"),
        ] {
            let address: HostPort = text.parse().unwrap();
            assert_eq!(address.with_default(8333), dialled);
        }
        let listen: IpPort = "0.0.0.0".parse().unwrap();
        assert_eq!(listen.with_default(8333).to_string(), "0.0.0.0:8333");
        let listen: IpPort = "[::]".parse().unwrap();
        assert_eq!(listen.with_default(8333).to_string(), "[::]:8333");
    }

    #[test]
    fn invalid_addresses_are_refused() {
        for text in [
            "",
            ":8333",
            "host:",
            "host:port",
            "host:65536",
            "a b",
            "1:2:3",
            "http://a",
            "[::1",
            "::1]",
            "[[::1]]",
            "[127.0.0.1]",
            "[host]",
            "[]",
        ] {
            assert!(text.parse::<HostPort>().is_err(), "{text:?}");
        }
        assert!("localhost".parse::<IpPort>().is_err());
    }
}
