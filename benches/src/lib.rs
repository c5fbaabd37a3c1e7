//! The code that the benches share: input that is the same on every run and machine, and the choice
//! of hash path from the environment.

#![forbid(unsafe_code)]

pub mod chain;
pub mod machine;
pub mod report;
pub mod rival;

use std::env;

use fake_peer_core::Header;
use fake_peer_core::hash::{HashPath, ParsePathError};
use fake_peer_fixtures::synthetic::SplitMix64;

/// The number of headers in a full `headers` message.
pub const BATCH: usize = 2_000;

/// `count` contiguous 80-byte records of pseudorandom bytes.
///
/// Hashing takes the same time for any bytes, but equal records could give a library an advantage.
pub fn random_records(count: usize) -> Vec<u8> {
    let mut numbers = SplitMix64::new(0);
    (0..count * Header::SIZE / 8)
        .flat_map(|_| numbers.next_u64().to_le_bytes())
        .collect()
}

/// The path named by the environment variable `FAKE_PEER_HASH`, or the best one.
///
/// # Errors
///
/// The variable names an unknown path, or one that this CPU lacks.
pub fn hash_path() -> Result<HashPath, ParsePathError> {
    match env::var("FAKE_PEER_HASH") {
        Ok(name) => name.parse(),
        Err(_) => Ok(HashPath::best()),
    }
}
