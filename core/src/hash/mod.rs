//! hash256, the double SHA-256 that names blocks, checks envelopes and proves work.
//!
//! [`hash256`] takes one input of any length. [`hash256_headers`] is the seam for many headers at
//! once: callers that have a batch use it, and it alone decides how the hashing is done.

mod digest;

pub use digest::{Hash256, ParseHashError};
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
    if stride < Header::SIZE {
        return 0;
    }
    let headers = records
        .chunks(stride)
        .filter_map(|record| record.get(..Header::SIZE));
    let mut count = 0;
    for (hash, header) in out.iter_mut().zip(headers) {
        *hash = hash256(header);
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash256_of_the_empty_string_is_the_published_value() {
        // The checksum of every empty payload, `5df6e0e2`, is the start of this digest.
        assert_eq!(
            const_hex::encode(hash256(b"").0),
            "5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456"
        );
        assert_eq!(checksum(b""), [0x5d, 0xf6, 0xe0, 0xe2]);
    }

    #[test]
    fn records_of_either_stride_hash_alike() {
        let headers: Vec<[u8; 80]> = (0..5).map(|n| [n; 80]).collect();
        let expected: Vec<Hash256> = headers.iter().map(|header| hash256(header)).collect();
        for stride in [80, 81] {
            let mut records = Vec::new();
            for header in &headers {
                records.extend_from_slice(header);
                records.resize(records.len() + stride - 80, 0);
            }
            let mut out = [Hash256::ZERO; 8];
            assert_eq!(hash256_headers(&records, stride, &mut out), 5);
            assert_eq!(out[..5], expected[..]);
            assert_eq!(out[5..], [Hash256::ZERO; 3]);
        }
        assert_eq!(hash256_headers(&[0; 160], 79, &mut [Hash256::ZERO; 2]), 0);
    }
}
