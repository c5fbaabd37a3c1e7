//! `version`: describes the sender and what it supports. The first message each way.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 4 | `version` | i32 |
//! | 8 | `services` | u64 |
//! | 8 | `timestamp` | i64, seconds since 1970 |
//! | 26 | `receiver` | [`NetAddress`]: the other end, as the sender sees it |
//! | 26 | `sender` | [`NetAddress`]: ignored by today's nodes |
//! | 8 | `nonce` | u64, to detect a connection to oneself |
//! | 1.. | `user_agent` | CompactSize and at most 256 bytes (BIP14) |
//! | 4 | `start_height` | i32 |
//! | 1 | `relay` | 0 or 1: whether to announce transactions (BIP37) |
//!
//! All little-endian except the ports. Old peers end after `receiver`, `nonce`, `user_agent` or
//! `start_height`: see [`LastField`].
//!
//! Source: Bitcoin Core `PeerManagerImpl::ProcessMessage`, `NetMsgType::VERSION`
//! (`src/net_processing.cpp`); the protocol documentation's `version`.

use serde::{Deserialize, Serialize};

use super::{NetAddress, Services};
use crate::wire::{Malformed, Reader, VarStr, Wire, Writer};

/// Describes the sender and what it supports.
///
/// The default is a light client that wants no transactions. Its sender has to set `timestamp` and
/// `nonce`, which a pure function cannot know:
///
/// ```
/// use fake_peer_core::message::{Services, Version};
/// let version = Version { services: Services::NETWORK, nonce: 42, ..Version::default() };
/// assert_eq!(version.version, 70016);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Version {
    /// The newest protocol version that the peer speaks.
    pub version: i32,
    /// The services that the peer offers.
    pub services: Services,
    /// The peer's clock, in seconds since 1970.
    pub timestamp: i64,
    /// The other end, as the sender sees it.
    pub receiver: NetAddress,
    /// The sender, as it sees itself.
    pub sender: NetAddress,
    /// A random number, to detect a connection to oneself.
    pub nonce: u64,
    /// The name and version of the software (BIP14).
    pub user_agent: VarStr,
    /// The height of the peer's best block.
    pub start_height: i32,
    /// Whether the peer wants transactions to be announced (BIP37).
    pub relay: bool,
    /// Where the payload ends. Fields after it are not written, and are read as their defaults.
    pub last_field: LastField,
}

/// The last field of a `version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastField {
    /// The oldest form: no `sender` and `nonce`.
    Receiver,
    /// No `user_agent`.
    Nonce,
    /// No `start_height`.
    UserAgent,
    /// No `relay`: before BIP37, or a peer that wants all transactions.
    StartHeight,
    /// All fields.
    #[default]
    Relay,
}

impl Version {
    /// The protocol version of the default: the newest that needs no negotiation by `feature`.
    pub const PROTOCOL_VERSION: i32 = 70016;

    /// The user agent of the default.
    pub const USER_AGENT: &'static str = concat!("/fake-peer:", env!("CARGO_PKG_VERSION"), "/");
}

impl Default for Version {
    fn default() -> Self {
        Self {
            version: Self::PROTOCOL_VERSION,
            services: Services::empty(),
            timestamp: 0,
            receiver: NetAddress::UNSPECIFIED,
            sender: NetAddress::UNSPECIFIED,
            nonce: 0,
            user_agent: Self::USER_AGENT.into(),
            start_height: 0,
            relay: false,
            last_field: LastField::Relay,
        }
    }
}

impl Wire for Version {
    const MIN_SIZE: usize = 46;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut version = Self {
            version: r.i32("version")?,
            services: Services::read(r)?,
            timestamp: r.i64("timestamp")?,
            receiver: r.value("receiver")?,
            user_agent: VarStr::default(),
            relay: true, // what BIP37 says of a version without the field
            last_field: LastField::Receiver,
            ..Self::default()
        };
        version.read_tail(r)?;
        Ok(version)
    }

    fn write(&self, w: &mut Writer) {
        w.i32(self.version);
        w.u64(self.services.bits());
        w.i64(self.timestamp);
        self.receiver.write(w);
        if self.last_field >= LastField::Nonce {
            self.sender.write(w);
            w.u64(self.nonce);
        }
        if self.last_field >= LastField::UserAgent {
            w.var_bytes(&self.user_agent.0);
        }
        if self.last_field >= LastField::StartHeight {
            w.i32(self.start_height);
        }
        if self.last_field >= LastField::Relay {
            w.u8(self.relay.into());
        }
    }
}

impl Version {
    /// Reads the fields that may be missing.
    fn read_tail(&mut self, r: &mut Reader<'_>) -> Result<(), Malformed> {
        if r.rest().is_empty() {
            return Ok(());
        }
        self.sender = r.value("sender")?;
        self.nonce = r.u64("nonce")?;
        self.last_field = LastField::Nonce;
        if r.rest().is_empty() {
            return Ok(());
        }
        self.user_agent = VarStr(r.var_bytes("user_agent", r.rules().max_user_agent)?.to_vec());
        self.last_field = LastField::UserAgent;
        if r.rest().is_empty() {
            return Ok(());
        }
        self.start_height = r.i32("start_height")?;
        self.last_field = LastField::StartHeight;
        if r.rest().is_empty() {
            return Ok(());
        }
        self.relay = r.bool("relay")?;
        self.last_field = LastField::Relay;
        Ok(())
    }
}
