//! Decoding and encoding: our codec and that of crate `bitcoin`, on the same bytes.
//!
//! Each pair is checked against each other before it is timed.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::hint::black_box;
use std::time::Duration;

use bitcoin::consensus::encode::{Decodable, Encodable};
use bitcoin::consensus::{deserialize, deserialize_partial, serialize};
use bitcoin::p2p::Magic;
use bitcoin::p2p::message::{NetworkMessage, RawNetworkMessage};
use bitcoin::p2p::message_network::VersionMessage;
use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main,
};
use fake_peer_benches::chain;
use fake_peer_core::Network;
use fake_peer_core::message::{Block, Headers, Message, Version};
use fake_peer_core::wire::{Reader, Rules, StreamDecoder, StreamItem, Wire};
use fake_peer_fixtures::messages::messages;

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = headers, version, block, envelope
}
criterion_main!(benches);

/// A full `headers` message: 2,000 headers.
fn headers(criterion: &mut Criterion) {
    let payload = chain::payloads().swap_remove(0);
    let ours: Headers = read(&payload);
    // The crate reads the list only as part of a complete message.
    let theirs = deserialize::<RawNetworkMessage>(&chain::envelopes()[0]).unwrap();
    let NetworkMessage::Headers(theirs) = theirs.payload() else {
        unreachable!("the message is of headers");
    };
    let mut body = Vec::new();
    let read_theirs = |mut payload: &[u8]| {
        let count = bitcoin::VarInt::consensus_decode(&mut payload).unwrap().0;
        let header = |_| {
            let header = bitcoin::block::Header::consensus_decode(&mut payload).unwrap();
            assert_eq!(u8::consensus_decode(&mut payload).unwrap(), 0);
            header
        };
        (0..count).map(header).collect::<Vec<_>>()
    };
    assert_eq!(read_theirs(&payload), *theirs);

    let mut group = group(criterion, "decode headers", &payload);
    group.bench_function("ours", |bencher| {
        bencher.iter(|| read::<Headers>(black_box(&payload)));
    });
    group.bench_function("crate bitcoin", |bencher| {
        bencher.iter(|| read_theirs(black_box(&payload)));
    });
    drop(group);

    let mut group = self::group(criterion, "encode headers", &payload);
    group.bench_function("ours", |bencher| {
        bencher.iter(|| black_box(&ours).to_bytes());
    });
    group.bench_function("crate bitcoin", |bencher| {
        bencher.iter(|| {
            body.clear();
            bitcoin::VarInt(theirs.len() as u64)
                .consensus_encode(&mut body)
                .unwrap();
            for header in black_box(theirs) {
                header.consensus_encode(&mut body).unwrap();
                0_u8.consensus_encode(&mut body).unwrap();
            }
            black_box(&body);
        });
    });
    drop(group);
    assert_eq!(body, payload);
}

fn version(criterion: &mut Criterion) {
    pair::<Version, VersionMessage>(criterion, "version", "core31");
}

fn block(criterion: &mut Criterion) {
    pair::<Block, bitcoin::Block>(criterion, "block", "");
}

/// A full `headers` message with its envelope, checksum included: bytes in, header structs out.
fn envelope(criterion: &mut Criterion) {
    let wire = chain::envelopes().swap_remove(0);
    let magic = Network::MAINNET.magic;
    let read_ours = |wire: &[u8]| {
        let mut stream = StreamDecoder::new(magic, &Rules::STRICT);
        stream.push(wire);
        let Ok(Some(StreamItem::Envelope { envelope, .. })) = stream.next_frame() else {
            unreachable!("the envelope is complete");
        };
        let envelope = envelope.check(magic, &Rules::STRICT).unwrap();
        Message::decode(envelope.command, &envelope.payload).unwrap()
    };
    let read_theirs = |wire: &[u8]| deserialize_partial::<RawNetworkMessage>(wire).unwrap().0;
    let (ours, theirs) = (read_ours(&wire), read_theirs(&wire));
    assert_eq!(*theirs.magic(), Magic::BITCOIN);

    let mut group = group(criterion, "decode envelope of headers", &wire);
    group.bench_function("ours", |bencher| {
        bencher.iter(|| read_ours(black_box(&wire)));
    });
    group.bench_function("crate bitcoin", |bencher| {
        bencher.iter(|| read_theirs(black_box(&wire)));
    });
    drop(group);

    assert_eq!(ours.to_envelope().to_bytes(magic), wire);
    assert_eq!(serialize(&theirs), wire);
    let mut group = self::group(criterion, "encode envelope of headers", &wire);
    group.bench_function("ours", |bencher| {
        bencher.iter(|| black_box(&ours).to_envelope().to_bytes(magic));
    });
    group.bench_function("crate bitcoin", |bencher| {
        // The crate computes the checksum when the message is made, and takes the payload by value.
        bencher.iter_batched(
            || theirs.payload().clone(),
            |payload| serialize(&RawNetworkMessage::new(Magic::BITCOIN, payload)),
            BatchSize::LargeInput,
        );
    });
}

/// Decodes and encodes the largest golden message of this command whose name has `name` in it.
fn pair<Ours: Wire, Theirs: Decodable + Encodable>(
    criterion: &mut Criterion,
    command: &'static str,
    name: &str,
) {
    let payload = messages()
        .filter(|golden| golden.command.as_str() == command)
        .filter(|golden| golden.name.contains(name))
        .map(|golden| golden.payload)
        .max_by_key(Vec::len)
        .unwrap();
    let ours: Ours = read(&payload);
    let theirs: Theirs = deserialize(&payload).unwrap();
    assert_eq!(ours.to_bytes(), payload);
    assert_eq!(serialize(&theirs), payload);

    let mut group = group(criterion, &format!("decode {command}"), &payload);
    group.bench_function("ours", |bencher| {
        bencher.iter(|| read::<Ours>(black_box(&payload)));
    });
    group.bench_function("crate bitcoin", |bencher| {
        bencher.iter(|| deserialize::<Theirs>(black_box(&payload)).unwrap());
    });
    drop(group);

    let mut group = self::group(criterion, &format!("encode {command}"), &payload);
    group.bench_function("ours", |bencher| {
        bencher.iter(|| black_box(&ours).to_bytes());
    });
    group.bench_function("crate bitcoin", |bencher| {
        bencher.iter(|| serialize(black_box(&theirs)));
    });
}

fn read<T: Wire>(payload: &[u8]) -> T {
    let mut reader = Reader::new(payload);
    let value = T::read(&mut reader).unwrap();
    reader.finish().unwrap();
    value
}

fn group<'a>(
    criterion: &'a mut Criterion,
    name: &str,
    bytes: &[u8],
) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group
}
