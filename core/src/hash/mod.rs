//! hash256, the double SHA-256 that names blocks, checks envelopes and proves work.
//!
//! [`hash256`] takes one input of any length. [`hash256_headers`] is the seam for many headers at
//! once: callers that have a batch use it, and it alone decides how the hashing is done.

mod digest;
mod dispatch;
mod lanes;
mod path;
mod sha256;
#[cfg(target_arch = "x86_64")]
mod sha_ni;
#[cfg(test)]
mod tests;

pub use digest::{Hash256, ParseHashError};
pub use path::{HashPath, ParsePathError};
use sha2::{Digest, Sha256};

use crate::header::Header;

/// SHA-256 of the SHA-256 of `bytes`.
pub fn hash256(bytes: &[u8]) -> Hash256 {
    Hash256(Sha256::digest(Sha256::digest(bytes)).into())
}

/// The first four bytes of [`hash256`]: the checksum of an envelope.
pub fn checksum(bytes: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = hash256(bytes).0;
    [a, b, c, d]
}

/// Hashes the first 80 bytes of each `stride`-byte record of `records` into `out`, and returns how
/// many it hashed: the number of records that hold 80 bytes, at most `out.len()`.
///
/// A `stride` of 80 is a file of headers; 81 is the body of a `headers` message, where each header
/// is followed by its transaction count of one zero byte. The last record may end after its 80
/// bytes. A `stride` below 80 hashes nothing.
pub fn hash256_headers(records: &[u8], stride: usize, out: &mut [Hash256]) -> usize {
    hash256_headers_with(HashPath::best(), records, stride, out)
}

/// [`hash256_headers`] on the path of the caller's choice: for tests, for benches, and for whoever
/// knows their machine better. The digests do not depend on it.
///
/// A path that the CPU lacks is taken as [`HashPath::Sha2`]; [`HashPath::available`] tells.
pub fn hash256_headers_with(
    path: HashPath,
    records: &[u8],
    stride: usize,
    out: &mut [Hash256],
) -> usize {
    if stride < Header::SIZE {
        return 0;
    }
    let whole = match records.len().checked_sub(Header::SIZE) {
        Some(rest) => rest / stride + 1,
        None => 0,
    };
    let count = whole.min(out.len());
    dispatch::hash_records(path, records, stride, &mut out[..count]);
    count
}
