//! Networks: their names, magic bytes, ports and header rules.
//!
//! Six are built in. Any other is a value of the same type:
//!
//! ```
//! use fake_peer_core::Network;
//!
//! let regtest_of_sv = Network {
//!     name: "bitcoin-sv-regtest".parse()?,
//!     magic: [0xda, 0xb5, 0xbf, 0xfa],
//!     ..Network::REGTEST
//! };
//! assert_eq!(regtest_of_sv.base, Network::REGTEST.name);
//! assert_ne!(regtest_of_sv, Network::REGTEST);
//! # Ok::<(), fake_peer_core::network::ParseNameError>(())
//! ```
//!
//! Sources: Bitcoin Core `src/kernel/chainparams.cpp`; for simnet, btcd `chaincfg/params.go` and
//! `wire/protocol.go`.

mod name;
mod signet;

use std::fmt;
use std::str::FromStr;

pub use name::{NetworkName, ParseNameError};

use crate::chain::Params;

/// A network, defined by everything in which networks differ.
///
/// It has no serde form. Reports hold its [`NetworkName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// The name of the network.
    pub name: NetworkName,
    /// The built-in network that it can be tested in place of: scripts for that network can be
    /// played on this one. If there is none, this is its own name.
    pub base: NetworkName,
    /// The four bytes that start each envelope, in wire order.
    pub magic: [u8; 4],
    /// The TCP port that a node listens on by default.
    pub port: u16,
    /// Block 0, the header rules and the proof-of-work function.
    pub params: Params,
}

impl Network {
    /// The main network, whose coins have value (`CMainParams`).
    pub const MAINNET: Self =
        built_in("mainnet", [0xf9, 0xbe, 0xb4, 0xd9], 8333, Params::mainnet());

    /// The third public test network, with its 20-minute rule (`CTestNetParams`).
    pub const TESTNET3: Self = built_in(
        "testnet3",
        [0x0b, 0x11, 0x09, 0x07],
        18333,
        Params::testnet3(),
    );

    /// The fourth public test network (`CTestNet4Params`, BIP94).
    pub const TESTNET4: Self = built_in(
        "testnet4",
        [0x1c, 0x16, 0x3f, 0x28],
        48333,
        Params::testnet4(),
    );

    /// The default signet (`SigNetParams`, BIP325). Block signatures are not checked here.
    pub const SIGNET: Self = built_in("signet", [0x0a, 0x03, 0xcf, 0x40], 38333, Params::signet());

    /// A private network with trivial proof of work (`CRegTestParams`).
    ///
    /// Other implementations have their own regtest networks, some of which, such as Litecoin's,
    /// use the same magic.
    pub const REGTEST: Self = built_in(
        "regtest",
        [0xfa, 0xbf, 0xb5, 0xda],
        18444,
        Params::regtest(),
    );

    /// The private network of btcd (`SimNetParams`). Mining is as easy as on regtest, in place of
    /// which it can be tested, but the difficulty changes every 2016 blocks.
    pub const SIMNET: Self = Self {
        base: Self::REGTEST.name,
        ..built_in("simnet", [0x16, 0x1c, 0x14, 0x12], 18555, Params::simnet())
    };

    /// The networks that are built in.
    pub const ALL: [Self; 6] = [
        Self::MAINNET,
        Self::TESTNET3,
        Self::TESTNET4,
        Self::SIGNET,
        Self::REGTEST,
        Self::SIMNET,
    ];

    /// Returns the built-in network that uses `magic`, if there is one. A custom network may use it
    /// too.
    pub fn from_magic(magic: [u8; 4]) -> Option<Self> {
        Self::ALL.into_iter().find(|network| network.magic == magic)
    }

    /// Returns whether scripts for the network `other` can be played on this one, because it is
    /// that network, or its base is, or the base of its base.
    pub fn stands_in_for(&self, other: NetworkName) -> bool {
        let base_of_base = Self::from_name(self.base).map(|base| base.base);
        [Some(self.name), Some(self.base), base_of_base].contains(&Some(other))
    }

    /// Returns the built-in network with this name.
    pub fn from_name(name: NetworkName) -> Option<Self> {
        Self::ALL.into_iter().find(|network| network.name == name)
    }
}

const fn built_in(name: &'static str, magic: [u8; 4], port: u16, params: Params) -> Network {
    let name = NetworkName::from_static(name);
    Network {
        name,
        base: name,
        magic,
        port,
        params,
    }
}

impl Default for Network {
    fn default() -> Self {
        Self::MAINNET
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.name, f)
    }
}

/// The error for a text that is not the name of a built-in network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown network {found:?}; expected mainnet, testnet3, testnet4, signet, regtest or simnet"
)]
pub struct ParseNetworkError {
    /// The text.
    pub found: String,
}

impl FromStr for Network {
    type Err = ParseNetworkError;

    /// Parses the name of a built-in network, or one of Bitcoin Core's short names `main` and
    /// `test`.
    fn from_str(text: &str) -> Result<Self, ParseNetworkError> {
        match text {
            "main" => Ok(Self::MAINNET),
            "test" => Ok(Self::TESTNET3),
            _ => text
                .parse()
                .ok()
                .and_then(Self::from_name)
                .ok_or_else(|| ParseNetworkError {
                    found: text.to_owned(),
                }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hashes that are asserted in Bitcoin Core `src/kernel/chainparams.cpp`, and for simnet in
    /// btcd `chaincfg/genesis.go` (`simNetGenesisHash`).
    #[test]
    fn genesis_headers_have_the_published_hashes() {
        let published = [
            "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
            "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943",
            "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043",
            "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6",
            "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
            "683e86bd5c6d110d91b94b97137ba6bfe02dbbdb8e3dff722a669b5d69d77af6",
        ];
        for (network, hash) in Network::ALL.into_iter().zip(published) {
            let genesis = network.params.genesis;
            assert_eq!(genesis.hash().to_string(), hash, "{network}");
            assert_eq!(network.params.check_work(&genesis), Ok(()), "{network}");
        }
    }

    #[test]
    fn a_network_stands_in_for_its_base() {
        let simnet = Network::SIMNET;
        let custom = Network {
            name: "my".parse().unwrap(),
            base: simnet.name,
            ..simnet
        };
        for other in [custom, simnet, Network::REGTEST] {
            assert!(custom.stands_in_for(other.name), "{other}");
        }
        assert!(!custom.stands_in_for(Network::MAINNET.name));
        assert!(!Network::REGTEST.stands_in_for(simnet.name));
    }

    #[test]
    fn names_and_magics_lead_back() {
        for network in Network::ALL {
            assert_eq!(network.to_string().parse(), Ok(network));
            assert_eq!(Network::from_name(network.name), Some(network));
            assert_eq!(Network::from_magic(network.magic), Some(network));
        }
        assert_eq!("main".parse(), Ok(Network::MAINNET));
        assert_eq!(Network::from_magic([0; 4]), None);
        let error = "bitcoin".parse::<Network>().unwrap_err();
        insta::assert_snapshot!(error, @r#"unknown network "bitcoin"; expected mainnet, testnet3, testnet4, signet, regtest or simnet"#);
    }
}
