//! The public networks: their names, magic bytes, ports and genesis headers.
//!
//! Source: Bitcoin Core `src/kernel/chainparams.cpp` and, for testnet4, BIP94.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::hash::Hash256;
use crate::header::{CompactTarget, Header};

/// A Bitcoin network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// The network with value.
    #[default]
    Mainnet,
    /// The third public test network, with its 20-minute rule.
    Testnet3,
    /// The fourth public test network (BIP94).
    Testnet4,
    /// The default signet (BIP325). Block signatures are not checked here.
    Signet,
    /// A private network of one, with trivial proof of work.
    Regtest,
}

impl Network {
    /// Every network.
    pub const ALL: [Self; 5] = [
        Self::Mainnet,
        Self::Testnet3,
        Self::Testnet4,
        Self::Signet,
        Self::Regtest,
    ];

    /// The four bytes that start each envelope, in the order of the wire.
    pub const fn magic(self) -> [u8; 4] {
        match self {
            Self::Mainnet => [0xf9, 0xbe, 0xb4, 0xd9],
            Self::Testnet3 => [0x0b, 0x11, 0x09, 0x07],
            Self::Testnet4 => [0x1c, 0x16, 0x3f, 0x28],
            Self::Signet => [0x0a, 0x03, 0xcf, 0x40],
            Self::Regtest => [0xfa, 0xbf, 0xb5, 0xda],
        }
    }

    /// The network that uses `magic`, if any does.
    pub fn from_magic(magic: [u8; 4]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|network| network.magic() == magic)
    }

    /// The TCP port a node listens on by default.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Mainnet => 8333,
            Self::Testnet3 => 18333,
            Self::Testnet4 => 48333,
            Self::Signet => 38333,
            Self::Regtest => 18444,
        }
    }

    /// The name: `mainnet`, `testnet3`, `testnet4`, `signet` or `regtest`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mainnet => "mainnet",
            Self::Testnet3 => "testnet3",
            Self::Testnet4 => "testnet4",
            Self::Signet => "signet",
            Self::Regtest => "regtest",
        }
    }

    /// The header of block 0.
    pub const fn genesis(self) -> Header {
        let (merkle_root, time, bits, nonce) = match self {
            Self::Mainnet => (
                SATOSHI_MERKLE_ROOT,
                1_231_006_505,
                0x1d00_ffff,
                2_083_236_893,
            ),
            Self::Testnet3 => (SATOSHI_MERKLE_ROOT, 1_296_688_602, 0x1d00_ffff, 414_098_458),
            Self::Testnet4 => (
                TESTNET4_MERKLE_ROOT,
                1_714_777_860,
                0x1d00_ffff,
                393_743_547,
            ),
            Self::Signet => (SATOSHI_MERKLE_ROOT, 1_598_918_400, 0x1e03_77ae, 52_613_770),
            Self::Regtest => (SATOSHI_MERKLE_ROOT, 1_296_688_602, 0x207f_ffff, 2),
        };
        Header {
            version: 1,
            prev_block: Hash256::ZERO,
            merkle_root,
            time,
            bits: CompactTarget(bits),
            nonce,
        }
    }
}

/// The one transaction of every genesis block but testnet4's:
/// `4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b`.
const SATOSHI_MERKLE_ROOT: Hash256 = Hash256([
    0x3b, 0xa3, 0xed, 0xfd, 0x7a, 0x7b, 0x12, 0xb2, 0x7a, 0xc7, 0x2c, 0x3e, 0x67, 0x76, 0x8f, 0x61,
    0x7f, 0xc8, 0x1b, 0xc3, 0x88, 0x8a, 0x51, 0x32, 0x3a, 0x9f, 0xb8, 0xaa, 0x4b, 0x1e, 0x5e, 0x4a,
]);

/// `7aa0a7ae1e223414cb807e40cd57e667b718e42aaf9306db9102fe28912b7b4e`.
const TESTNET4_MERKLE_ROOT: Hash256 = Hash256([
    0x4e, 0x7b, 0x2b, 0x91, 0x28, 0xfe, 0x02, 0x91, 0xdb, 0x06, 0x93, 0xaf, 0x2a, 0xe4, 0x18, 0xb7,
    0x67, 0xe6, 0x57, 0xcd, 0x40, 0x7e, 0x80, 0xcb, 0x14, 0x34, 0x22, 0x1e, 0xae, 0xa7, 0xa0, 0x7a,
]);

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown network {found:?}; expected mainnet, testnet3, testnet4, signet or regtest")]
pub struct ParseNetworkError {
    /// The text.
    pub found: String,
}

impl FromStr for Network {
    type Err = ParseNetworkError;

    /// Takes [`Network::name`] and Bitcoin Core's short names `main` and `test`.
    fn from_str(text: &str) -> Result<Self, ParseNetworkError> {
        match text {
            "main" => Ok(Self::Mainnet),
            "test" => Ok(Self::Testnet3),
            _ => Self::ALL
                .into_iter()
                .find(|network| network.name() == text)
                .ok_or_else(|| ParseNetworkError {
                    found: text.to_owned(),
                }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn genesis_headers_have_the_published_hashes() {
        let published = [
            "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
            "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943",
            "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043",
            "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6",
            "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
        ];
        for (network, hash) in Network::ALL.into_iter().zip(published) {
            assert_eq!(network.genesis().hash().to_string(), hash, "{network}");
        }
    }

    #[test]
    fn names_and_magics_lead_back() {
        for network in Network::ALL {
            assert_eq!(network.name().parse(), Ok(network));
            assert_eq!(Network::from_magic(network.magic()), Some(network));
        }
        assert_eq!("main".parse(), Ok(Network::Mainnet));
        let error = "bitcoin".parse::<Network>().unwrap_err();
        insta::assert_snapshot!(error, @r#"unknown network "bitcoin"; expected mainnet, testnet3, testnet4, signet or regtest"#);
    }
}
