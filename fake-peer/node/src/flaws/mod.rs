//! Real bugs as switches: each flaw puts one bug of a real implementation into the model peer.
//!
//! ```
//! use fake_peer_core::Network;
//! use fake_peer_node::{Behaviour, Flaw, Node, NodeConfig};
//!
//! let mut behaviour = Behaviour::reference(Network::REGTEST);
//! Flaw::named("headers-limit-missing").unwrap().apply_to(&mut behaviour);
//! let node = Node::new(NodeConfig::new(behaviour, 1_700_000_000));
//! ```

mod addresses;
mod blocks;
mod difficulty;
mod envelope;
mod handshake;
mod headers;
mod inventory;
mod lists;
#[cfg(test)]
pub(crate) mod tests;

use fake_peer_core::Network;
use fake_peer_core::message::Services;

use super::Behaviour;
use fake_peer_fixtures::synthetic::ChainRules;

/// A bug of a real implementation, as a change to a [`Behaviour`].
#[derive(Debug, Clone, Copy)]
pub struct Flaw {
    /// The name, in kebab-case.
    pub name: &'static str,
    /// A description of the bug: one sentence without a full stop.
    pub about: &'static str,
    /// The source of the bug: a CVE number, an issue, a BIP, or the rule it breaks.
    pub source: &'static str,
    /// The area of the protocol, which is the first part of the ids of the cases for it.
    pub area: &'static str,
    /// The network on which the flaw shows.
    pub network: &'static Network,
    /// The header rules under which the flaw shows.
    pub rules: ChainRules,
    /// The services that the node has to offer for the flaw to show.
    pub services: Services,
    change: fn(&mut Behaviour),
}

/// Every flaw, grouped by area.
pub const FLAWS: &[Flaw] = &concat::<{ count(AREAS) }>(AREAS);

const AREAS: &[&[Flaw]] = &[
    envelope::FLAWS,
    handshake::FLAWS,
    lists::FLAWS,
    addresses::FLAWS,
    inventory::FLAWS,
    blocks::FLAWS,
    headers::FLAWS,
    difficulty::FLAWS,
];

impl Flaw {
    /// Returns the flaw with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FLAWS.iter().find(|flaw| flaw.name == name)
    }

    /// Returns the behaviour of Bitcoin Core under the conditions in which the flaw shows, without
    /// the flaw.
    pub fn honest(&self) -> Behaviour {
        let mut behaviour = Behaviour::reference(self.rules.on(*self.network));
        behaviour.session.version.services |= self.services;
        behaviour
    }

    /// Returns the same behaviour with the flaw.
    pub fn flawed(&self) -> Behaviour {
        let mut behaviour = self.honest();
        self.apply_to(&mut behaviour);
        behaviour
    }

    /// Applies the flaw to a behaviour, which then offers the services that the flaw needs to show.
    pub fn apply_to(&self, behaviour: &mut Behaviour) {
        behaviour.session.version.services |= self.services;
        (self.change)(behaviour);
    }

    /// Returns the circumstances in which the flaw shows, with a change that does nothing.
    #[must_use]
    pub fn without_change(self) -> Self {
        Self {
            change: |_| (),
            ..self
        }
    }

    /// Creates a flaw that shows on regtest, whatever services the node offers.
    const fn new(
        area: &'static str,
        name: &'static str,
        about: &'static str,
        source: &'static str,
        change: fn(&mut Behaviour),
    ) -> Self {
        Self {
            name,
            about,
            source,
            area,
            network: &Network::REGTEST,
            rules: ChainRules::Network,
            services: Services::empty(),
            change,
        }
    }

    /// Limits the flaw to a network and its header rules.
    const fn under(mut self, network: &'static Network, rules: ChainRules) -> Self {
        self.network = network;
        self.rules = rules;
        self
    }

    /// Limits the flaw to a node that offers these services.
    const fn offering(mut self, services: Services) -> Self {
        self.services = services;
        self
    }
}

const fn count(areas: &[&[Flaw]]) -> usize {
    let (mut count, mut area) = (0, 0);
    while area < areas.len() {
        count += areas[area].len();
        area += 1;
    }
    count
}

const fn concat<const N: usize>(areas: &[&[Flaw]]) -> [Flaw; N] {
    let mut all = [areas[0][0]; N];
    let (mut at, mut area) = (0, 0);
    while area < areas.len() {
        let mut row = 0;
        while row < areas[area].len() {
            all[at] = areas[area][row];
            (at, row) = (at + 1, row + 1);
        }
        area += 1;
    }
    all
}
