//! The header checks that a user of crate `bitcoin` would write.

use bitcoin::block::Header;
use bitcoin::consensus::Params;
use bitcoin::hashes::Hash as _;
use bitcoin::{BlockHash, CompactTarget, Target};

/// A chain of mainnet, checked for link, `bits` and proof of work, but neither times nor versions,
/// for which the crate has no function.
#[derive(Debug, Clone)]
pub struct Chain {
    height: u32,
    tip: BlockHash,
    bits: CompactTarget,
    time: u32,
    first_time: u32,
    params: Params,
}

impl Chain {
    /// A chain of block 0 only.
    pub fn mainnet() -> Self {
        let genesis = bitcoin::constants::genesis_block(Params::MAINNET).header;
        Self {
            height: 0,
            tip: genesis.block_hash(),
            bits: genesis.bits,
            time: genesis.time,
            first_time: genesis.time,
            params: Params::MAINNET,
        }
    }

    /// The height of the last header.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The bytes of the last header's hash.
    pub fn tip(&self) -> [u8; 32] {
        self.tip.to_byte_array()
    }

    /// Appends `header` if it follows; returns whether it does.
    #[must_use]
    pub fn push(&mut self, header: &Header) -> bool {
        let height = self.height + 1;
        let boundary = height.is_multiple_of(2016);
        let bits = if boundary {
            let timespan = u64::from(self.time.saturating_sub(self.first_time));
            CompactTarget::from_next_work_required(self.bits, timespan, &self.params)
        } else {
            self.bits
        };
        if header.prev_blockhash != self.tip || header.bits != bits {
            return false;
        }
        let Ok(hash) = header.validate_pow(Target::from_compact(bits)) else {
            return false;
        };
        if boundary {
            self.first_time = header.time;
        }
        (self.height, self.tip, self.bits, self.time) = (height, hash, bits, header.time);
        true
    }
}

#[cfg(test)]
mod tests {
    use bitcoin::consensus::deserialize;

    use super::*;
    use crate::chain;

    /// Checks that the timed code does the work.
    #[test]
    fn the_rival_follows_the_chain_and_refuses_another() {
        let mut rival = Chain::mainnet();
        for header in chain::headers() {
            let mut spoilt = *header;
            spoilt.nonce ^= 1;
            let [header, spoilt] =
                [header, &spoilt].map(|header| deserialize(&header.to_bytes()).unwrap());
            assert!(!rival.push(&spoilt));
            assert!(rival.push(&header));
        }
        assert_eq!(rival.height(), 99_999);
        assert_eq!(rival.tip(), chain::headers().last().unwrap().hash().0);
    }
}
