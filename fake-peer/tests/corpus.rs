//! The inputs that are kept for the fuzz targets, replayed on a stable compiler.
#![cfg(test)]

use std::path::Path;

#[test]
fn every_kept_input_passes() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus");
    fake_peer_fuzz::replay(&corpus).unwrap();
}
