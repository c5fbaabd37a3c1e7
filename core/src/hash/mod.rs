//! hash256, the double SHA-256 that names blocks, checks envelopes and proves work on most networks,
//! and [`scrypt_hash`], which proves it on others.
//!
//! [`hash256`] takes one input of any length. [`hash256_headers`] takes many headers at
//! once: callers that have a batch use it, and it alone decides how they are hashed.
//!
//! # The paths, and why these
//!
//! Nanoseconds a header of 80 bytes, in batches of 2,000 on one thread; the least of several runs
//! of `cargo bench -p fake-peer-benches --bench hash256`, 50 samples each; AMD EPYC 7003 (Zen 3:
//! AVX2 and the SHA extensions, no AVX-512), Rust 1.95, 2026-11-22. In the second column the crates
//! that have a switch for it leave the SHA extensions unused, as on a CPU without them:
//! `--cfg sha2_backend="soft"` for `sha2`, `OPENSSL_ia32cap` for aws-lc-rs and openssl.
//!
//! | | ns | ns without SHA extensions |
//! |---|---|---|
//! | [`ShaNi`](HashPath::ShaNi), four streams | 65 | |
//! | [`Avx2`](HashPath::Avx2), 8 lanes | 137 | 137 |
//! | [`Portable`](HashPath::Portable), 4 lanes of SSE2 | 310 | 311 |
//! | [`Sha2`](HashPath::Sha2), crate sha2 0.11.1 | 138 | 735 |
//! | crate `bitcoin_hashes` 1.2.0 | 136 | |
//! | crate openssl 0.10.82 (OpenSSL 3.0.19) | 161 | 461 |
//! | crate aws-lc-rs 1.19.0 | 168 | 483 |
//! | crate ring 0.17.14 | 209 | |
//!
//! - **SHA extensions:** unrolled by hand, one stream of intrinsics took 104 ns, two 66, three 67
//!   and four 63. A plain loop over four took no longer, so the source is that loop. This path
//!   comes first: it is twice as fast as AVX2, and needs no `unsafe` except for the call.
//! - **AVX2:** intrinsics of the same structure were less than 1 % faster than the safe loop that
//!   the compiler vectorises (128.6 and 129.4 ns), so we kept the loop. Its present form, with the
//!   message schedule in a loop of its own, gives up 3 % of that and wins 10 % on SSE2.
//! - **AVX-512:** the same safe source, compiled to 512-bit and to 256-bit code with `vprold` and
//!   `vpternlogd`; read as assembly, never yet run or measured. An earlier trial on an Intel CPU
//!   without SHA extensions took 89 ns with 512-bit and 103 ns with 256-bit intrinsics, `sha2`
//!   1,333 ns: hence the order of the two. Which is best on a CPU that has both AVX-512 and the SHA
//!   extensions is not known: measure, and choose a [`HashPath`].
//! - **A last group that is not full:** two headers took 262 ns in a group of four streams, 284 ns
//!   through `sha2` one by one, which took 151 ns for one. Without SHA extensions a group of 8
//!   AVX2 lanes (1,070 ns) costs less than two of `sha2` (1,470 ns) as well. So one header left
//!   goes through `sha2`, and more fill a group.

mod digest;
mod dispatch;
mod lanes;
mod path;
mod scrypt;
mod sha256;
#[cfg(target_arch = "x86_64")]
mod sha_ni;
#[cfg(test)]
mod tests;

pub use self::scrypt::scrypt_hash;
pub use digest::{Hash256, ParseHashError};
pub use path::{HashPath, ParsePathError};
use sha2::{Digest, Sha256};

/// The size of a header in bytes: the input that the many-header paths are built for.
pub const HEADER_SIZE: usize = 80;

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

/// [`hash256_headers`] on a path that the caller chooses: for tests, for benches, and for users who
/// know their machine better. The digests do not depend on it.
///
/// A path that the CPU lacks is replaced by [`HashPath::Sha2`]; see [`HashPath::available`].
pub fn hash256_headers_with(
    path: HashPath,
    records: &[u8],
    stride: usize,
    out: &mut [Hash256],
) -> usize {
    if stride < HEADER_SIZE {
        return 0;
    }
    let whole = match records.len().checked_sub(HEADER_SIZE) {
        Some(rest) => rest / stride + 1,
        None => 0,
    };
    let count = whole.min(out.len());
    dispatch::hash_records(path, records, stride, &mut out[..count]);
    count
}
