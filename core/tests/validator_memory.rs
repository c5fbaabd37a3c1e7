//! The heap memory that validation uses: none on one thread, and the hashes in flight on several.
//!
//! This binary has one test, so that nothing else allocates while it measures.

use std::num::NonZero;

use fake_peer_core::Header;
use fake_peer_core::chain::{Params, Validator};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const COUNT: usize = 1_000_000;
const NOW: u64 = 4_000_000_000;

/// The most bytes that `validate` holds at a time, not counting the records.
fn peak(validate: impl FnOnce()) -> usize {
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    validate();
    HEAP.peak_usage() - before
}

#[test]
fn a_million_headers_take_no_more_than_the_batch_and_the_state() {
    let params = Params {
        proof_of_work: None,
        ..Params::regtest()
    };
    let records = records(&params);
    let start = || Validator::new(params);
    assert!(size_of::<Validator>() < 1_024);

    let one = peak(|| {
        let accepted = start().push_records(&records, Header::SIZE, NOW).unwrap();
        assert_eq!(accepted.count, COUNT);
    });
    assert_eq!(one, 0);

    let threads = NonZero::new(2).unwrap();
    let two = peak(|| {
        let accepted = start()
            .push_records_threaded(&records, Header::SIZE, NOW, threads)
            .unwrap();
        assert_eq!(accepted.count, COUNT);
    });
    assert!(two < 100_000, "{two} bytes on two threads");
}

/// A header every second, none of them mined.
fn records(params: &Params) -> Vec<u8> {
    let mut last = params.genesis;
    let mut records = Vec::with_capacity(COUNT * Header::SIZE);
    for _ in 0..COUNT {
        last = Header {
            version: 4,
            prev_block: last.hash(),
            time: last.time + 1,
            ..last
        };
        records.extend(last.to_bytes());
    }
    records
}
