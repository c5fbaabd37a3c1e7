//! hash256 of a batch of headers: each of our paths that this CPU supports, and the libraries that
//! one could use instead. One run shows the ratios.
//!
//! Every library's result is checked before it is timed.

#![forbid(unsafe_code)]

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use fake_peer_benches::{BATCH, random_records};
use fake_peer_core::hash::{HashPath, hash256_headers_with};
use fake_peer_core::{Hash256, Header};
use sha2::Digest as _;

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(50)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    targets = hash256
}
criterion_main!(benches);

fn hash256(criterion: &mut Criterion) {
    let records = random_records(BATCH);
    let mut group = criterion.benchmark_group("hash256");
    group.throughput(Throughput::Elements(BATCH as u64));
    for path in HashPath::ALL {
        if path.available() {
            ours(&mut group, path, &records);
        } else {
            eprintln!("hash256: skipping {path}, which this CPU lacks");
        }
    }
    library(&mut group, "crate sha2", &records, |bytes| {
        sha2::Sha256::digest(sha2::Sha256::digest(bytes)).into()
    });
    library(&mut group, "crate bitcoin_hashes", &records, |bytes| {
        bitcoin_hashes::sha256d::hash(bytes).to_byte_array()
    });
    library(&mut group, "crate ring", &records, |bytes| {
        use ring::digest::{SHA256, digest};
        into_array(digest(&SHA256, digest(&SHA256, bytes).as_ref()).as_ref())
    });
    library(&mut group, "crate aws-lc-rs", &records, |bytes| {
        use aws_lc_rs::digest::{SHA256, digest};
        into_array(digest(&SHA256, digest(&SHA256, bytes).as_ref()).as_ref())
    });
    #[cfg(feature = "openssl")]
    library(&mut group, "crate openssl", &records, |bytes| {
        // Not `sha::sha256`, which looks the algorithm up by name at each call: 3 times the time.
        let sha256 = |bytes: &[u8]| {
            let mut hasher = openssl::sha::Sha256::new();
            hasher.update(bytes);
            hasher.finish()
        };
        sha256(&sha256(bytes))
    });
    group.finish();
}

fn ours(group: &mut BenchmarkGroup<'_, WallTime>, path: HashPath, records: &[u8]) {
    let mut out = vec![Hash256::ZERO; BATCH];
    group.bench_function(path.name(), |bencher| {
        bencher.iter(|| hash256_headers_with(path, black_box(records), Header::SIZE, &mut out));
    });
}

fn library(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    records: &[u8],
    hash: impl Fn(&[u8]) -> [u8; 32],
) {
    let mut out = vec![[0; 32]; BATCH];
    let first = &records[..Header::SIZE];
    assert_eq!(hash(first), fake_peer_core::hash256(first).0, "{name}");
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            for (out, header) in out.iter_mut().zip(black_box(records).chunks(Header::SIZE)) {
                *out = hash(header);
            }
            black_box(&out);
        });
    });
}

fn into_array(digest: &[u8]) -> [u8; 32] {
    let mut array = [0; 32];
    array.copy_from_slice(digest);
    array
}
