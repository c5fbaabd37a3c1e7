//! Values that are only known during a run: the clock, the random numbers, the captured values, the
//! chains and the files.

use std::collections::BTreeMap;
use std::time::Duration;

use fake_peer_core::Header;
use fake_peer_core::message::{Block, Services};
use fake_peer_fixtures::synthetic::SplitMix64;

use super::config::PlayConfig;
use super::prepared::Prepared;
use crate::model::{ChainPoint, Name};
use crate::wire::{Resolve, Resolved};

/// The random numbers, the captured values, and what does not change during a run.
#[derive(Debug)]
pub(super) struct Values {
    random: SplitMix64,
    captured: BTreeMap<Name, Resolved>,
    unix_time: u64,
    services: Services,
}

impl Values {
    pub(super) fn new(config: &PlayConfig) -> Self {
        Self {
            random: SplitMix64::new(config.seed),
            captured: BTreeMap::new(),
            unix_time: config.unix_time,
            services: config.services,
        }
    }

    /// Stores a captured value. It replaces one of the same name.
    pub(super) fn capture(&mut self, name: &Name, value: Resolved) {
        self.captured.insert(name.clone(), value);
    }

    pub(super) fn random_u64(&mut self) -> u64 {
        self.random.next_u64()
    }

    /// The values of the run, at the time `now` after the start.
    pub(super) fn at<'a>(&'a mut self, now: Duration, script: &'a Prepared) -> Resolver<'a> {
        let now = i64::try_from(self.unix_time.saturating_add(now.as_secs())).unwrap_or(i64::MAX);
        Resolver {
            values: self,
            script,
            now,
        }
    }
}

/// What is known at one moment of a run.
pub(super) struct Resolver<'a> {
    values: &'a mut Values,
    script: &'a Prepared,
    now: i64,
}

impl Resolve for Resolver<'_> {
    fn magic(&mut self) -> [u8; 4] {
        self.script.network().magic
    }

    fn now(&mut self) -> i64 {
        self.now
    }

    fn random(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count.next_multiple_of(8));
        while bytes.len() < count {
            bytes.extend(self.values.random.next_u64().to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }

    fn captured(&mut self, name: &Name) -> Option<Resolved> {
        self.values.captured.get(name).cloned()
    }

    fn header(&mut self, point: &ChainPoint) -> Option<Header> {
        self.script.chains().header(point)
    }

    fn block(&mut self, point: &ChainPoint) -> Option<Block> {
        self.script.chains().block(point)
    }

    fn file(&mut self, name: &str) -> Option<Vec<u8>> {
        self.script.file(name).map(<[u8]>::to_vec)
    }

    fn services(&mut self) -> Services {
        self.values.services
    }
}
