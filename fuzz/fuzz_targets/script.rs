//! See `fake_peer_fuzz::script`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| fake_peer_fuzz::script(data));
