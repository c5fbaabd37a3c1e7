//! See `fake_peer_fuzz::header_chain`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| fake_peer_fuzz::header_chain(data));
