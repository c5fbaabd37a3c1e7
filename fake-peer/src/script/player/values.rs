//! What only a run knows: the clock, the random numbers, what was captured, the chains, the files.

use std::time::Duration;

use fake_peer_core::Header;
use fake_peer_core::message::Block;

use super::prepared::Prepared;
use crate::script::model::{ChainPoint, Name};
use crate::script::wire::{Plain, Resolve};

/// What is random, and what was captured.
#[derive(Debug)]
pub(super) struct Values {
    random: SplitMix64,
    captured: Vec<(Name, Plain)>,
    unix_time: u64,
}

impl Values {
    pub(super) fn new(seed: u64, unix_time: u64) -> Self {
        Self {
            random: SplitMix64(seed),
            captured: Vec::new(),
            unix_time,
        }
    }

    /// Keeps a value. One of the same name is forgotten.
    pub(super) fn capture(&mut self, name: &Name, value: Plain) {
        match self.captured.iter_mut().find(|(known, _)| known == name) {
            Some((_, kept)) => *kept = value,
            None => self.captured.push((name.clone(), value)),
        }
    }

    pub(super) fn random_u64(&mut self) -> u64 {
        self.random.next()
    }

    /// All of it, `now` after the start.
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
    fn now(&mut self) -> i64 {
        self.now
    }

    fn random(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count.next_multiple_of(8));
        while bytes.len() < count {
            bytes.extend(self.values.random.next().to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }

    fn captured(&mut self, name: &Name) -> Option<Plain> {
        let found = self.values.captured.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
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
}

/// `SplitMix64` (Steele, Lea and Flood, 2014): small, quick, and the same everywhere.
#[derive(Debug)]
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs for the seed 1234567 in other implementations, as Rosetta Code lists them.
    #[test]
    fn splitmix_gives_the_published_numbers() {
        let mut numbers = SplitMix64(1_234_567);
        let first = [(); 3].map(|()| numbers.next());
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!(first, published);
    }
}
