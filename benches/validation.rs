//! A hundred thousand recorded headers of mainnet, validated from block 0 on: by our validator in
//! place on every path and in simpler ways, and by code that a user of crate `bitcoin` would write.
//! One run shows the ratios.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::hint::black_box;
use std::thread;
use std::time::Duration;

use bitcoin::consensus::{deserialize, deserialize_partial};
use bitcoin::p2p::message::{NetworkMessage, RawNetworkMessage};
use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use fake_peer_benches::chain::{self, NOW};
use fake_peer_benches::rival;
use fake_peer_core::chain::{Params, Validator};
use fake_peer_core::hash::{HashPath, hash256_headers_with};
use fake_peer_core::message::Headers;
use fake_peer_core::wire::{Reader, Wire};
use fake_peer_core::{Hash256, Header};

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = validation
}
criterion_main!(benches);

/// The bytes before the headers of a `headers` message with more than 252.
const COUNT_SIZE: usize = 3;

fn validation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("validation");
    group.throughput(Throughput::ElementsAndBytes {
        elements: chain::headers().len() as u64,
        bytes: (chain::headers().len() * Header::SIZE) as u64,
    });
    group.sampling_mode(SamplingMode::Flat);
    in_place(&mut group);
    in_plain_ways(&mut group);
    with_crate_bitcoin(&mut group);
    group.finish();
}

fn in_place(group: &mut BenchmarkGroup<'_, WallTime>) {
    let records = chain::records();
    let mut hashes = [Hash256::ZERO; 256];
    group.bench_function("hashing alone", |bencher| {
        bencher.iter(|| {
            for chunk in black_box(&records).chunks(256 * Header::SIZE) {
                hash256_headers_with(HashPath::best(), chunk, Header::SIZE, &mut hashes);
                black_box(&hashes);
            }
        });
    });
    for path in HashPath::ALL.into_iter().filter(|path| path.available()) {
        ours(group, &format!("records, {path}"), |chain| {
            let mut chain = chain.with_hash_path(path);
            chain
                .push_records(black_box(&records), Header::SIZE, NOW)
                .unwrap();
            chain
        });
    }
    let cores = thread::available_parallelism().unwrap();
    ours(group, &format!("records, {cores} threads"), |mut chain| {
        chain
            .push_records_threaded(black_box(&records), Header::SIZE, NOW, cores)
            .unwrap();
        chain
    });
    let payloads = chain::payloads();
    ours(group, "headers messages", |mut chain| {
        for payload in black_box(&payloads) {
            let body = &payload[COUNT_SIZE..];
            chain.push_records(body, Header::SIZE + 1, NOW).unwrap();
        }
        chain
    });
}

fn in_plain_ways(group: &mut BenchmarkGroup<'_, WallTime>) {
    let payloads = chain::payloads();
    ours(group, "decode, then check", |mut chain| {
        for payload in black_box(&payloads) {
            let message = Headers::read(&mut Reader::new(payload)).unwrap();
            chain.push_batch(&message.headers, NOW).unwrap();
        }
        chain
    });
    ours(group, "one by one", |mut chain| {
        for header in black_box(chain::headers()) {
            chain.push(header, NOW).unwrap();
        }
        chain
    });
}

fn with_crate_bitcoin(group: &mut BenchmarkGroup<'_, WallTime>) {
    let records = chain::records();
    theirs(group, "crate bitcoin, one by one", |chain| {
        for record in black_box(&records).chunks(Header::SIZE) {
            assert!(chain.push(&deserialize(record).unwrap()));
        }
    });
    let envelopes = chain::envelopes();
    theirs(group, "crate bitcoin, decode, then check", |chain| {
        for envelope in black_box(&envelopes) {
            let (message, _) = deserialize_partial::<RawNetworkMessage>(envelope).unwrap();
            let NetworkMessage::Headers(headers) = message.payload() else {
                unreachable!("every message is of headers");
            };
            assert!(headers.iter().all(|header| chain.push(header)));
        }
    });
}

fn ours(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    validate: impl Fn(Validator) -> Validator,
) {
    let start = Validator::new(Params::mainnet());
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let chain = validate(start.clone());
            assert_eq!(chain.tip().height as usize, chain::headers().len());
        });
    });
}

fn theirs(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    validate: impl Fn(&mut rival::Chain),
) {
    let start = rival::Chain::mainnet();
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let mut chain = start.clone();
            validate(&mut chain);
            assert_eq!(chain.height() as usize, chain::headers().len());
        });
    });
}
