//! Sample values in place of those that are only known during a run: enough to check whether values
//! fit their fields.

use std::collections::BTreeMap;

use fake_peer_core::message::{Block, Services};
use fake_peer_core::wire::Command;
use fake_peer_core::{Header, Message};
use fake_peer_fixtures::messages::messages;
use fake_peer_fixtures::synthetic;

use super::SAMPLE_NOW;
use crate::chains::Chains;
use crate::model::{At, ChainPoint, Name, Path};
use crate::player::PlayConfig;
use crate::wire::{Resolve, Resolved};

/// Sample values in place of those of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    pub(crate) chains: Chains,
    unknown: Vec<Name>,
    captured: BTreeMap<Name, Resolved>,
}

impl Sample {
    /// Notes the name of a chain that cannot be built here.
    pub(super) fn add_unknown(&mut self, name: Name) {
        self.unknown.push(name);
    }

    pub(super) fn is_unknown(&self, name: &Name) -> bool {
        self.unknown.contains(name)
    }

    pub(super) fn has_chain(&self, name: &Name) -> bool {
        self.is_unknown(name) || self.chains.get(name).is_some()
    }

    pub(super) fn chain_names(&self) -> Vec<Name> {
        self.chains.names().chain(&self.unknown).cloned().collect()
    }

    pub(super) fn capture(&mut self, name: Name, value: Resolved) {
        self.captured.insert(name, value);
    }

    pub(super) fn is_captured(&self, name: &Name) -> bool {
        self.captured.contains_key(name)
    }
}

impl Resolve for Sample {
    fn magic(&mut self) -> [u8; 4] {
        [0x5a; 4]
    }

    fn now(&mut self) -> i64 {
        SAMPLE_NOW.into()
    }

    fn random(&mut self, count: usize) -> Vec<u8> {
        vec![0x5a; count]
    }

    fn captured(&mut self, name: &Name) -> Option<Resolved> {
        self.captured.get(name).cloned()
    }

    fn header(&mut self, point: &ChainPoint) -> Option<Header> {
        if self.is_unknown(&point.chain) {
            return Some(fake_peer_core::Network::MAINNET.params.genesis);
        }
        self.chains.header(point)
    }

    /// For an unknown chain, a block of the right length.
    fn block(&mut self, point: &ChainPoint) -> Option<Block> {
        match point.at {
            _ if !self.is_unknown(&point.chain) => self.chains.block(point),
            At::Height(height) => Some(synthetic::block(self.header(point)?, 0, height)),
            At::Tip => Some(synthetic::block(self.header(point)?, 0, 0)),
        }
    }

    fn file(&mut self, _: &str) -> Option<Vec<u8>> {
        Some(Vec::new())
    }

    fn services(&mut self) -> Services {
        PlayConfig::SERVICES
    }
}

/// The golden messages with this command, as values: they show which fields a message has, and of
/// which types.
pub(super) fn seen(command: Command) -> Vec<Resolved> {
    let of_it = messages().filter(|golden| golden.command == command);
    of_it
        .filter_map(|golden| {
            let message = Message::decode(command, &golden.payload).ok()?;
            let json = serde_json::to_value(message).ok()?;
            Some(Resolved::from_json(&json))
        })
        .collect()
}

/// The value at a path, or the names of the fields at the point where the path is wrong. Every
/// index of a list gives its first item.
pub(super) fn find<'a>(message: &'a Resolved, path: &Path) -> Result<&'a Resolved, Vec<String>> {
    let mut value = message;
    for step in path.steps() {
        let next = match (value, step.parse::<usize>()) {
            (Resolved::List(items), Ok(_)) => items.first(),
            (Resolved::Record(fields), Err(_)) => {
                let field = fields.iter().find(|(name, _)| name == step);
                field.map(|(_, value)| value)
            }
            _ => None,
        };
        value = next.ok_or_else(|| match value {
            Resolved::Record(fields) => fields.iter().map(|(name, _)| name.clone()).collect(),
            _ => Vec::new(),
        })?;
    }
    Ok(value)
}
