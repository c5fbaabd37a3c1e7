//! All that a node does about anything, as data.
//!
//! Each field is filled as Bitcoin Core does it; where another implementation, or an older one with
//! a bug, does otherwise, the field is filled otherwise.

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

/// What a [`Node`](super::Node) reads, checks, keeps, answers and punishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behaviour {
    /// What it says of itself, how long it waits, and what it does about messages out of place.
    /// The node fills in the nonce, the time and the height of its version.
    pub session: session::Config,
    /// How it cuts the stream into envelopes.
    pub stream: StreamRules,
    /// How it reads envelopes and payloads.
    pub wire: Rules,
    /// Which headers are valid.
    pub params: Params,
    /// How it asks for headers, and answers those who ask.
    pub headers: HeaderRules,
    /// How it fetches, checks and serves blocks.
    pub blocks: BlockRules,
    /// How it treats announcements, and fetches and serves transactions.
    pub inventory: InventoryRules,
    /// How it keeps addresses.
    pub addresses: AddressRules,
    /// What it may hold.
    pub memory: Memory,
    /// What it does about misbehaviour.
    pub reactions: Reactions,
}

impl Behaviour {
    /// As Bitcoin Core on this network.
    pub fn reference(network: Network) -> Self {
        Self::with_params(Params::of(network))
    }

    /// As Bitcoin Core under these header rules.
    ///
    /// That is version 31, with three differences: it speaks `feature` (BIP434), as the releases
    /// after it; it asks for no minimum of work, so that short chains are worth serving; and of
    /// BIP324 it knows the first bytes only.
    pub fn with_params(params: Params) -> Self {
        Self {
            session: session(),
            stream: StreamRules::REFERENCE,
            wire: Rules::REFERENCE,
            params,
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
