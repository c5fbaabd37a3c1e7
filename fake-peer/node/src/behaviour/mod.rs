//! The behaviour of a node, as data.
//!
//! By default every field describes Bitcoin Core. Another implementation, or an older version with
//! a bug, has other values in some of the fields.

mod addresses;
mod blocks;
mod headers;
mod inventory;
mod memory;
mod reactions;
mod stream;

pub use addresses::AddressRules;
pub use blocks::{BlockRules, Freed, MerkleTail, OnMutated};
use fake_peer_core::Network;
use fake_peer_core::chain::Params;
use fake_peer_core::message::{Services, Version};
use fake_peer_core::session;
use fake_peer_core::wire::Rules;
pub use headers::{ForkPoint, HeaderRules, OnEmpty, StopHash, TooNew};
pub use inventory::{AnnouncedBlocks, InventoryRules};
pub use memory::{Memory, Reserve};
pub use reactions::{Absent, Reaction, Reactions};
pub use stream::{PartialHeader, StreamRules};

/// Everything that decides how a [`Node`](super::Node) behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behaviour {
    /// The `version` message, the timeouts, and the reactions to messages at the wrong time. The
    /// node fills in the nonce, the timestamp and the start height of the version.
    pub session: session::Config,
    /// How the byte stream is split into envelopes.
    pub stream: StreamRules,
    /// How envelopes and payloads are decoded.
    pub wire: Rules,
    /// The magic of the network.
    pub magic: [u8; 4],
    /// The rules for valid headers.
    pub params: Params,
    /// How headers are requested and served.
    pub headers: HeaderRules,
    /// How blocks are fetched, checked and served.
    pub blocks: BlockRules,
    /// How announcements are handled, and how transactions are requested and served.
    pub inventory: InventoryRules,
    /// How addresses are stored, rate-limited and shared.
    pub addresses: AddressRules,
    /// How much memory the node may hold.
    pub memory: Memory,
    /// The reactions to misbehaviour.
    pub reactions: Reactions,
}

impl Behaviour {
    /// Returns the behaviour of Bitcoin Core on this network.
    ///
    /// This is version 31 with three differences: it supports `feature` (BIP434), as later versions
    /// do; it requires no minimum of work, so that short chains can be served to it; and of BIP324
    /// it only implements the detection of v1 by the first bytes.
    pub fn reference(network: Network) -> Self {
        Self {
            session: session(),
            stream: StreamRules::REFERENCE,
            wire: Rules::REFERENCE,
            magic: network.magic,
            params: network.params,
            headers: HeaderRules::REFERENCE,
            blocks: BlockRules::REFERENCE,
            inventory: InventoryRules::REFERENCE,
            addresses: AddressRules::REFERENCE,
            memory: Memory::REFERENCE,
            reactions: Reactions::REFERENCE,
        }
    }
}

fn session() -> session::Config {
    let version = Version {
        version: 70_017,
        services: Services::NETWORK | Services::WITNESS | Services::NETWORK_LIMITED,
        relay: true,
        ..Version::default()
    };
    let mut config = session::Config::new(version);
    config.early_verack = false;
    config.timeouts.ping_at_once = true;
    config
}
