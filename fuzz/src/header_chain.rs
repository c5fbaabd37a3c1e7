//! A valid chain with arbitrary bytes changed: every way to validate it gives the same result.

use std::num::NonZero;

use arbitrary::{Arbitrary, Unstructured};
use fake_peer_core::chain::{
    HeaderError, HeaderTree, Inserted, Params, RecordsError, Tip, Validator,
};
use fake_peer_core::header::{Header, Target};
use fake_peer_fixtures::synthetic::{ChainBuilder, small_period};

/// The input that the fuzzer varies.
#[derive(Debug, Arbitrary)]
struct Input {
    network: u8,
    seed: u8,
    length: u8,
    /// Seconds from header to header.
    spacing: u16,
    version: i32,
    /// Seconds that the clock is ahead of the genesis block.
    now: u32,
    /// The index at which the records are split into two batches.
    cut: u8,
    changes: Vec<Change>,
    /// Whether to link and mine the changed headers again, so that the rules checked after those
    /// two see the change.
    mend: bool,
}

/// One byte of one header, changed.
#[derive(Debug, Arbitrary)]
struct Change {
    header: u8,
    byte: u8,
    xor: u8,
}

/// The tip that a validator reached, and the error that stopped it.
type Outcome = (Tip, Option<HeaderError>);

/// An `Input` for crate `arbitrary`.
///
/// # Panics
/// If two ways to validate differ.
pub fn header_chain(data: &[u8]) {
    let Ok(input) = Input::arbitrary(&mut Unstructured::new(data)) else {
        return;
    };
    let params = match input.network % 3 {
        0 => small_period(),
        1 => Params::regtest(),
        _ => Params {
            min_difficulty: Params::regtest().min_difficulty,
            ..small_period()
        },
    };
    let Some(headers) = build(params, &input) else {
        return;
    };
    let now = u64::from(params.genesis.time) + u64::from(input.now);

    let expected = one_by_one(params, &headers, now);
    let cut = usize::from(input.cut) % (headers.len() + 1);
    assert_eq!(batches(params, &headers, cut, now), expected, "batches");
    for stride in [Header::SIZE, 81] {
        for threads in [1, 2] {
            let found = records(params, &headers, stride, cut, now, threads);
            assert_eq!(
                found, expected,
                "records of {stride} bytes, {threads} threads"
            );
        }
    }
    assert_eq!(tree(params, &headers, now), expected, "the tree");
}

fn build(params: Params, input: &Input) -> Option<Vec<Header>> {
    let mut headers = ChainBuilder::new(params)
        .seed(input.seed.into())
        .spacing(u32::from(input.spacing) % 4096)
        .version(input.version)
        .build(u32::from(input.length % 64))
        .ok()?;
    for change in &input.changes {
        let count = headers.len().max(1);
        if let Some(header) = headers.get_mut(usize::from(change.header) % count) {
            let mut bytes = header.to_bytes();
            bytes[usize::from(change.byte) % Header::SIZE] ^= change.xor;
            *header = Header::from_bytes(&bytes);
        }
    }
    if input.mend {
        mend(params, &mut headers);
    }
    Some(headers)
}

fn mend(params: Params, headers: &mut [Header]) {
    let mut parent = params.genesis.hash();
    for header in headers {
        header.prev_block = parent;
        mine(header);
        parent = header.hash();
    }
}

/// Searches for a nonce, giving up after a few tries.
fn mine(header: &mut Header) {
    let Ok(target) = Target::try_from(header.bits) else {
        return;
    };
    for _ in 0..64 {
        if target.is_met_by(header.hash()) {
            return;
        }
        header.nonce = header.nonce.wrapping_add(1);
    }
}

fn one_by_one(params: Params, headers: &[Header], now: u64) -> Outcome {
    let mut validator = Validator::new(params);
    let error = headers
        .iter()
        .find_map(|header| validator.push(header, now).err());
    (*validator.tip(), error)
}

fn batches(params: Params, headers: &[Header], cut: usize, now: u64) -> Outcome {
    let mut validator = Validator::new(params);
    let (first, second) = headers.split_at(cut);
    let error = [first, second]
        .into_iter()
        .find_map(|batch| validator.push_batch(batch, now).err());
    (*validator.tip(), error)
}

fn records(
    params: Params,
    headers: &[Header],
    stride: usize,
    cut: usize,
    now: u64,
    threads: usize,
) -> Outcome {
    let threads = NonZero::new(threads).unwrap_or(NonZero::<usize>::MIN);
    let bytes: Vec<u8> = headers
        .iter()
        .flat_map(|header| {
            header
                .to_bytes()
                .into_iter()
                .chain(vec![0; stride - Header::SIZE])
        })
        .collect();
    let mut validator = Validator::new(params);
    let (first, second) = bytes.split_at(cut * stride);
    let error = [first, second].into_iter().find_map(|batch| {
        match validator.push_records_threaded(batch, stride, now, threads) {
            Ok(_) => None,
            Err(RecordsError::Header(error)) => Some(error),
            Err(other) => unreachable!("whole records are refused: {other}"),
        }
    });
    (*validator.tip(), error)
}

/// The tree also accepts headers that break the link for a linear validator: a header it already
/// has, or a fork. It does not know the height of a header without a parent. Such cases are not
/// compared.
fn tree(params: Params, headers: &[Header], now: u64) -> Outcome {
    let mut tree = HeaderTree::new(params);
    for (height, header) in (1..).zip(headers) {
        match tree.insert(header, now) {
            Ok(Inserted::Extended) => {}
            Err(error) if error.height == Some(height) => {
                return (*tree.tip(), Some(error));
            }
            _ => return one_by_one(params, headers, now),
        }
    }
    (*tree.tip(), None)
}
