//! Splits a batch into groups and hands each to the code of a path.
//!
//! The only unsafe code of the project is here: calls of functions that are compiled for more
//! instructions than the target is sure to have, each after a check that the CPU has them.

#![allow(unsafe_code)]

use super::HEADER_SIZE;
use super::digest::Hash256;
use super::path::HashPath;
use super::{hash256, lanes};

/// A function for each width and instruction set, all of the one generic `lanes::hash256`.
#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use crate::hash::lanes::{self, HeaderWords, State};

    #[target_feature(enable = "avx512f")]
    pub(super) fn avx512(headers: &HeaderWords<16>) -> State<16> {
        lanes::hash256(headers)
    }

    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn avx512vl(headers: &HeaderWords<8>) -> State<8> {
        lanes::hash256(headers)
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(headers: &HeaderWords<8>) -> State<8> {
        lanes::hash256(headers)
    }
}

/// Hashes the header of each `stride`-byte record into `out`, which has as many places.
///
/// A path that the CPU lacks is replaced by [`HashPath::Sha2`].
pub(super) fn hash_records(path: HashPath, records: &[u8], stride: usize, out: &mut [Hash256]) {
    match path {
        #[cfg(target_arch = "x86_64")]
        HashPath::ShaNi if path.available() => in_groups::<4>(records, stride, out, |headers| {
            // SAFETY: the guard above found `sha` and `sse4.1`.
            unsafe { super::sha_ni::hash256(headers) }
        }),
        #[cfg(target_arch = "x86_64")]
        HashPath::Avx512 if path.available() => in_groups(records, stride, out, |headers| {
            // SAFETY: the guard above found `avx512f`.
            lanes::digests(&unsafe { x86_64::avx512(&lanes::words(headers)) })
        }),
        #[cfg(target_arch = "x86_64")]
        HashPath::Avx512Vl if path.available() => in_groups(records, stride, out, |headers| {
            // SAFETY: the guard above found `avx512f` and `avx512vl`.
            lanes::digests(&unsafe { x86_64::avx512vl(&lanes::words(headers)) })
        }),
        #[cfg(target_arch = "x86_64")]
        HashPath::Avx2 if path.available() => in_groups(records, stride, out, |headers| {
            // SAFETY: the guard above found `avx2`.
            lanes::digests(&unsafe { x86_64::avx2(&lanes::words(headers)) })
        }),
        HashPath::Portable => in_groups::<4>(records, stride, out, |headers| {
            lanes::digests(&lanes::hash256(&lanes::words(headers)))
        }),
        _ => one_by_one(records, stride, out),
    }
}

/// Hashes groups of `GROUP` headers. A last group that is not full hashes zeros in its idle
/// places, which is still cheaper than one by one, unless it has only one header.
fn in_groups<const GROUP: usize>(
    records: &[u8],
    stride: usize,
    out: &mut [Hash256],
    hash: impl Fn(&[&[u8; HEADER_SIZE]; GROUP]) -> [Hash256; GROUP],
) {
    let groups = records.chunks(stride.saturating_mul(GROUP));
    for (group, out) in groups.zip(out.chunks_mut(GROUP)) {
        if out.len() == 1 {
            return one_by_one(group, stride, out);
        }
        let mut headers = [&[0; HEADER_SIZE]; GROUP];
        for (place, header) in headers.iter_mut().zip(headers_of(group, stride)) {
            *place = header;
        }
        for (out, hash) in out.iter_mut().zip(hash(&headers)) {
            *out = hash;
        }
    }
}

fn one_by_one(records: &[u8], stride: usize, out: &mut [Hash256]) {
    for (out, header) in out.iter_mut().zip(headers_of(records, stride)) {
        *out = hash256(header);
    }
}

fn headers_of(records: &[u8], stride: usize) -> impl Iterator<Item = &[u8; HEADER_SIZE]> {
    records.chunks(stride).filter_map(<[u8]>::first_chunk)
}
