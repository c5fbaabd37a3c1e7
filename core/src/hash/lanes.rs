//! hash256 of several headers at once, one a lane, in safe Rust that the compiler vectorises.
//!
//! This file is compiled once for each width and instruction set, inside the `#[target_feature]`
//! functions of `dispatch`. The vectoriser needs the following, and fails without it:
//!
//! - words are arrays `[word][lane]`, so that one word of all lanes is one vector;
//! - the lane loop is the outermost of its function, and its body has no loop inside, so that it
//!   becomes vector code as a whole: with lanes as the inner loop, LLVM vectorised over words
//!   and filled AVX-512 code with gathers and scatters;
//! - words are gathered from memory, and digests written to it, outside of it in plain scalar code,
//!   which took 9 ns a header.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the instruction set of its caller"
)]
#![expect(
    clippy::many_single_char_names,
    reason = "the names of FIPS 180-4, section 6.2.2"
)]
#![expect(
    clippy::needless_range_loop,
    reason = "a lane is an index into many arrays"
)]

use std::array::from_fn;

use super::HEADER_SIZE;
use super::digest::Hash256;
use super::sha256::{DIGEST_PADDING, HEADER_PADDING, INITIAL, K};

/// The 20 words of `LANES` headers.
pub(super) type HeaderWords<const LANES: usize> = [[u32; LANES]; 20];
/// A 64-byte block of each lane.
type Block<const LANES: usize> = [[u32; LANES]; 16];
/// The state of SHA-256 in each lane, at the end its digest.
pub(super) type State<const LANES: usize> = [[u32; LANES]; 8];

/// The big-endian words of each header.
pub(super) fn words<const LANES: usize>(
    headers: &[&[u8; HEADER_SIZE]; LANES],
) -> HeaderWords<LANES> {
    let mut words = [[0; LANES]; 20];
    for (lane, header) in headers.iter().enumerate() {
        let (bytes, _) = header.as_chunks::<4>();
        for (word, bytes) in words.iter_mut().zip(bytes) {
            word[lane] = u32::from_be_bytes(*bytes);
        }
    }
    words
}

/// The digest in each lane.
pub(super) fn digests<const LANES: usize>(state: &State<LANES>) -> [Hash256; LANES] {
    from_fn(|lane| {
        let mut digest = Hash256::ZERO;
        let (bytes, _) = digest.0.as_chunks_mut::<4>();
        for (bytes, word) in bytes.iter_mut().zip(state) {
            *bytes = word[lane].to_be_bytes();
        }
        digest
    })
}

/// SHA-256 of the SHA-256 of the header in each lane.
#[inline(always)]
pub(super) fn hash256<const LANES: usize>(header: &HeaderWords<LANES>) -> State<LANES> {
    let mut inner = INITIAL.map(|word| [word; LANES]);
    compress(&mut inner, from_fn(|i| header[i]));
    compress(
        &mut inner,
        from_fn(|i| match i.checked_sub(4) {
            None => header[16 + i],
            Some(i) => [HEADER_PADDING[i]; LANES],
        }),
    );

    let mut outer = INITIAL.map(|word| [word; LANES]);
    compress(
        &mut outer,
        from_fn(|i| match i.checked_sub(8) {
            None => inner[i],
            Some(i) => [DIGEST_PADDING[i]; LANES],
        }),
    );
    outer
}

/// The compression function (FIPS 180-4, section 6.2.2).
#[inline(always)]
fn compress<const LANES: usize>(state: &mut State<LANES>, mut block: Block<LANES>) {
    let start = *state;
    let (k, _) = K.as_chunks::<16>();
    for (i, k) in k.iter().enumerate() {
        if i > 0 {
            expand(&mut block);
        }
        sixteen_rounds(state, &block, k);
    }
    for (word, start) in state
        .as_flattened_mut()
        .iter_mut()
        .zip(start.as_flattened())
    {
        *word = word.wrapping_add(*start);
    }
}

/// `$body` for each index of a block, written out: the lane loops must have no loop inside.
macro_rules! for_each_word {
    ($i:ident => $body:expr) => {
        for_each_word!($i => $body; 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    ($i:ident => $body:expr; $($index:literal)*) => {
        $({ let $i: usize = $index; $body; })*
    };
}

/// Replaces the words of a block by the next sixteen of the message schedule.
#[inline(always)]
fn expand<const LANES: usize>(block: &mut Block<LANES>) {
    for lane in 0..LANES {
        let mut w: [u32; 16] = from_fn(|i| block[i][lane]);
        for_each_word!(i => {
            w[i] = w[i]
                .wrapping_add(small_sigma0(w[(i + 1) % 16]))
                .wrapping_add(w[(i + 9) % 16])
                .wrapping_add(small_sigma1(w[(i + 14) % 16]));
        });
        for_each_word!(i => block[i][lane] = w[i]);
    }
}

#[inline(always)]
fn sixteen_rounds<const LANES: usize>(
    state: &mut State<LANES>,
    block: &Block<LANES>,
    k: &[u32; 16],
) {
    for lane in 0..LANES {
        let mut s: [u32; 8] = from_fn(|i| state[i][lane]);
        for_each_word!(i => s = round(s, block[i][lane].wrapping_add(k[i])));
        for_each_word!(i => state[i][lane] = s[i]; 0 1 2 3 4 5 6 7);
    }
}

#[inline(always)]
fn round([a, b, c, d, e, f, g, h]: [u32; 8], wk: u32) -> [u32; 8] {
    let t1 = h
        .wrapping_add(wk)
        .wrapping_add(big_sigma1(e))
        .wrapping_add(choose(e, f, g));
    let t2 = big_sigma0(a).wrapping_add(majority(a, b, c));
    [t1.wrapping_add(t2), a, b, c, d.wrapping_add(t1), e, f, g]
}

#[inline(always)]
fn choose(e: u32, f: u32, g: u32) -> u32 {
    g ^ (e & (f ^ g))
}

/// `b ^ c` was `a ^ b` in the round before, so this form saves an operation.
#[inline(always)]
fn majority(a: u32, b: u32, c: u32) -> u32 {
    b ^ ((a ^ b) & (b ^ c))
}

#[inline(always)]
fn big_sigma0(x: u32) -> u32 {
    x.rotate_right(2) ^ x.rotate_right(13) ^ x.rotate_right(22)
}

#[inline(always)]
fn big_sigma1(x: u32) -> u32 {
    x.rotate_right(6) ^ x.rotate_right(11) ^ x.rotate_right(25)
}

#[inline(always)]
fn small_sigma0(x: u32) -> u32 {
    x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3)
}

#[inline(always)]
fn small_sigma1(x: u32) -> u32 {
    x.rotate_right(17) ^ x.rotate_right(19) ^ (x >> 10)
}
