//! What the benches share: input that is the same on every run and machine, and the choice of
//! path from the environment.

#![forbid(unsafe_code)]

pub mod chain;
pub mod machine;
pub mod report;
pub mod rival;

use std::env;

use fake_peer_core::Header;
use fake_peer_core::hash::{HashPath, ParsePathError};

/// As many headers as one `headers` message holds.
pub const BATCH: usize = 2_000;

/// `count` contiguous 80-byte records of pseudorandom bytes.
///
/// Hashing takes the same time whatever the bytes, but equal records could flatter a library.
pub fn random_records(count: usize) -> Vec<u8> {
    let mut state = 0;
    (0..count * Header::SIZE / 8)
        .flat_map(|_| split_mix_64(&mut state).to_le_bytes())
        .collect()
}

/// The path named by the environment variable `FAKE_PEER_HASH`, or the best one.
///
/// # Errors
///
/// The variable names no path, or one that this CPU lacks.
pub fn hash_path() -> Result<HashPath, ParsePathError> {
    match env::var("FAKE_PEER_HASH") {
        Ok(name) => name.parse(),
        Err(_) => Ok(HashPath::best()),
    }
}

/// The generator of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
fn split_mix_64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_published_numbers() {
        // The first three of seed 1234567, as Rosetta Code's "Splitmix64" lists them.
        let mut state = 1_234_567;
        let numbers = [(); 3].map(|()| split_mix_64(&mut state));
        assert_eq!(
            numbers,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
        assert_eq!(random_records(3).len(), 240);
    }
}
