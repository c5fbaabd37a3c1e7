//! All that a node does about anything, as data.

use fake_peer_core::Network;
use fake_peer_core::chain::Params;
use fake_peer_core::message::{Services, Version};
use fake_peer_core::session;
use fake_peer_core::wire::Rules;

/// What a [`Node`](super::Node) reads, checks, keeps, answers and punishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behaviour {
    /// What it says of itself, how long it waits, and what it does about messages out of place.
    /// The node fills in the nonce, the time and the height of the version.
    pub session: session::Config,
    /// How it reads payloads.
    pub wire: Rules,
    /// Which headers it takes.
    pub params: Params,
}

impl Behaviour {
    /// As Bitcoin Core on this network.
    pub fn reference(network: Network) -> Self {
        Self::with_params(Params::of(network))
    }

    /// As Bitcoin Core under these header rules.
    pub fn with_params(params: Params) -> Self {
        let version = Version {
            services: Services::NETWORK | Services::WITNESS | Services::NETWORK_LIMITED,
            relay: true,
            ..Version::default()
        };
        Self {
            session: session::Config {
                early_verack: false,
                ..session::Config::new(version)
            },
            wire: Rules::REFERENCE,
            params,
        }
    }
}
