//! Mines chains at regtest difficulty.

use fake_peer_core::chain::{Params, Retarget, Validator};
use fake_peer_core::hash::Hash256;
use fake_peer_core::header::{CompactTarget, Header, Target};

/// A time after all headers of these tests, in seconds since 1970.
pub(crate) const NOW: u64 = 4_000_000_000;

/// Regtest with a period of ten blocks in 6,000 seconds and mainnet's retarget.
pub(crate) fn small_period() -> Params {
    Params {
        target_timespan: 6_000,
        retarget: Some(Retarget::MAINNET),
        min_difficulty: None,
        ..Params::regtest()
    }
}

/// A valid chain that can be extended.
#[derive(Clone)]
pub(crate) struct Miner {
    pub(crate) chain: Validator,
    /// From height 1 on.
    pub(crate) headers: Vec<Header>,
}

impl Miner {
    pub(crate) fn new(params: Params) -> Self {
        Self {
            chain: Validator::new(params),
            headers: Vec::new(),
        }
    }

    /// The next header, valid except for its proof of work.
    pub(crate) fn template(&self, time: u32) -> Header {
        Header {
            version: 4,
            prev_block: self.chain.tip().hash,
            merkle_root: Hash256::ZERO,
            time,
            bits: self.chain.required_bits(time).unwrap(),
            nonce: 0,
        }
    }

    /// A header that lies `gap` seconds after the tip.
    pub(crate) fn after(&self, gap: u32) -> Header {
        self.template(self.chain.tip().time + gap)
    }

    pub(crate) fn push(&mut self, header: Header) {
        let header = mined(header);
        self.chain.push(&header, NOW).unwrap();
        self.headers.push(header);
    }

    /// Grows by `count` headers that are `gap` seconds apart.
    pub(crate) fn grow(&mut self, count: usize, gap: u32) -> &mut Self {
        for _ in 0..count {
            self.push(self.after(gap));
        }
        self
    }
}

/// `header` with a nonce that meets its own target.
pub(crate) fn mined(mut header: Header) -> Header {
    let target = Target::try_from(header.bits).unwrap();
    while !target.is_met_by(header.hash()) {
        header.nonce += 1;
    }
    header
}

/// `header` with a nonce that does not.
pub(crate) fn unmined(mut header: Header) -> Header {
    let target = Target::try_from(header.bits).unwrap();
    while target.is_met_by(header.hash()) {
        header.nonce += 1;
    }
    header
}

pub(crate) fn with_bits(header: Header, bits: u32) -> Header {
    Header {
        bits: CompactTarget(bits),
        ..header
    }
}
