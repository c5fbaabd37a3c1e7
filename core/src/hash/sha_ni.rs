//! hash256 of several headers through the SHA extensions of `x86_64`.
//!
//! `sha256rnds2` does two rounds in four cycles, but can start again after two, and each call waits
//! for the one before. So the rounds of several headers are interleaved.

#![expect(
    clippy::many_single_char_names,
    reason = "the names of FIPS 180-4, section 6.2.2"
)]

use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_blend_epi16, _mm_cvtsi128_si64, _mm_extract_epi64,
    _mm_set_epi32, _mm_set_epi64x, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32,
    _mm_sha256rnds2_epu32, _mm_shuffle_epi8, _mm_shuffle_epi32,
};
use std::array::from_fn;

use super::HEADER_SIZE;
use super::digest::Hash256;
use super::sha256::{DIGEST_PADDING, HEADER_PADDING, INITIAL, K};

/// The state words in the order that `sha256rnds2` wants: lowest first F, E, B, A and H, G, D, C.
#[derive(Clone, Copy)]
struct State {
    abef: __m128i,
    cdgh: __m128i,
}

/// Four words of a block in each stream; four of these are a block.
type Quad<const STREAMS: usize> = [__m128i; STREAMS];

/// SHA-256 of the SHA-256 of each header.
#[target_feature(enable = "sha,sse4.1")]
pub(super) fn hash256<const STREAMS: usize>(
    headers: &[&[u8; HEADER_SIZE]; STREAMS],
) -> [Hash256; STREAMS] {
    let quads: [[__m128i; 5]; STREAMS] = from_fn(|stream| {
        let (bytes, _) = headers[stream].as_chunks::<16>();
        from_fn(|i| load(&bytes[i]))
    });
    let mut inner = [initial(); STREAMS];
    compress(&mut inner, from_fn(|i| quads.map(|quads| quads[i])));
    let [a, b, c] = quads_of(HEADER_PADDING);
    compress(&mut inner, [quads.map(|quads| quads[4]), a, b, c]);

    let mut outer = [initial(); STREAMS];
    let digests = inner.map(|state| words(state));
    let [a, b] = quads_of(DIGEST_PADDING);
    compress(
        &mut outer,
        [
            digests.map(|[first, _]| first),
            digests.map(|[_, last]| last),
            a,
            b,
        ],
    );
    outer.map(|state| store(words(state)))
}

/// The compression function (FIPS 180-4, section 6.2.2) in each stream.
#[target_feature(enable = "sha,sse4.1")]
#[inline]
fn compress<const STREAMS: usize>(states: &mut [State; STREAMS], mut block: [Quad<STREAMS>; 4]) {
    let start = *states;
    let (k, _) = K.as_chunks::<4>();
    for (i, k) in k.iter().enumerate() {
        for (stream, state) in states.iter_mut().enumerate() {
            let [a, b, c, d] = from_fn(|j| block[(i + j) % 4][stream]);
            *state = four_rounds(*state, _mm_add_epi32(a, quad(*k)));
            if i < 12 {
                // Words 4 * i + 16 to 4 * i + 19 of the message schedule take the place of `a`.
                let sum = _mm_add_epi32(_mm_sha256msg1_epu32(a, b), _mm_alignr_epi8::<4>(d, c));
                block[i % 4][stream] = _mm_sha256msg2_epu32(sum, d);
            }
        }
    }
    for (state, start) in states.iter_mut().zip(start) {
        state.abef = _mm_add_epi32(state.abef, start.abef);
        state.cdgh = _mm_add_epi32(state.cdgh, start.cdgh);
    }
}

/// `wk`: four message words with their constants added.
#[target_feature(enable = "sha,sse4.1")]
#[inline]
fn four_rounds(State { abef, cdgh }: State, wk: __m128i) -> State {
    // Two rounds turn A, B, E, F into C, D, G, H.
    let after_two = _mm_sha256rnds2_epu32(cdgh, abef, wk);
    let upper = _mm_shuffle_epi32::<0b00_00_11_10>(wk);
    State {
        abef: _mm_sha256rnds2_epu32(abef, after_two, upper),
        cdgh: after_two,
    }
}

#[target_feature(enable = "sha,sse4.1")]
#[inline]
fn initial() -> State {
    let [a, b, c, d, e, f, g, h] = INITIAL;
    State {
        abef: quad([f, e, b, a]),
        cdgh: quad([h, g, d, c]),
    }
}

/// The state's words in order: A to D and E to H.
#[target_feature(enable = "sha,sse4.1")]
#[inline]
fn words(state: State) -> [__m128i; 2] {
    let abef = _mm_shuffle_epi32::<0b00_01_10_11>(state.abef);
    let ghcd = _mm_shuffle_epi32::<0b10_11_00_01>(state.cdgh);
    [
        _mm_blend_epi16::<0b1111_0000>(abef, ghcd),
        _mm_alignr_epi8::<8>(ghcd, abef),
    ]
}

/// The same constant words for each stream.
#[target_feature(enable = "sha,sse4.1")]
#[inline]
fn quads_of<const STREAMS: usize, const WORDS: usize, const QUADS: usize>(
    words: [u32; WORDS],
) -> [Quad<STREAMS>; QUADS] {
    let (quads, _) = words.as_chunks::<4>();
    from_fn(|i| [quad(quads[i]); STREAMS])
}

#[target_feature(enable = "sha,sse4.1")]
#[inline]
fn quad(words: [u32; 4]) -> __m128i {
    let [a, b, c, d] = words.map(u32::cast_signed);
    _mm_set_epi32(d, c, b, a)
}

/// Four big-endian words from memory.
#[target_feature(enable = "sha,sse4.1")]
#[inline]
fn load(bytes: &[u8; 16]) -> __m128i {
    let (halves, _) = bytes.as_chunks::<8>();
    let [low, high] = [halves[0], halves[1]].map(i64::from_le_bytes);
    swap_bytes(_mm_set_epi64x(high, low))
}

/// Eight words as a digest's big-endian bytes.
#[target_feature(enable = "sha,sse4.1")]
#[inline]
fn store(words: [__m128i; 2]) -> Hash256 {
    let mut digest = Hash256::ZERO;
    let (bytes, _) = digest.0.as_chunks_mut::<16>();
    for (bytes, words) in bytes.iter_mut().zip(words) {
        let words = swap_bytes(words);
        let (halves, _) = bytes.as_chunks_mut::<8>();
        halves[0] = _mm_cvtsi128_si64(words).to_le_bytes();
        halves[1] = _mm_extract_epi64::<1>(words).to_le_bytes();
    }
    digest
}

/// Reverses the bytes of each word.
#[target_feature(enable = "sha,sse4.1")]
#[inline]
fn swap_bytes(words: __m128i) -> __m128i {
    let order = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    _mm_shuffle_epi8(words, order)
}
