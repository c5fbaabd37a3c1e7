//! The same check on several threads: all of them hash, and the caller's thread applies the rules.
//!
//! Scoped threads of the standard library rather than a pool: they borrow the records, end with the
//! call and leave no state, so that this is a function of its arguments like everything in core.
//! Chunks are dealt out in turn, and each thread sends its hashes through a channel of its own:
//! they come back in order, and a full channel blocks a thread that runs ahead.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, Scope};

use super::records::{Records, RecordsError};
use super::validator::{Accepted, Validator};
use crate::hash::{Hash256, HashPath};

/// How many headers are hashed at a time: enough that handing their hashes over costs little.
const CHUNK: usize = 512;
/// How many chunks of hashes may wait for the rules. With the chunk being hashed and the chunk
/// being checked, this is 64 kB for each thread.
const WAITING: usize = 2;

impl Validator {
    /// [`Validator::push_records`] on `threads` threads, including the caller's: the same result
    /// and the same first error, sooner for many thousand headers.
    ///
    /// It needs 64 kB for each thread in addition to the records. If the system grants fewer
    /// threads, it uses those.
    ///
    /// # Errors
    /// As [`Validator::push_records`].
    pub fn push_records_threaded(
        &mut self,
        records: &[u8],
        stride: usize,
        now: u64,
        threads: NonZero<usize>,
    ) -> Result<Accepted, RecordsError> {
        let records = Records::new(records, stride)?;
        let chunks = records.chunks(CHUNK);
        let threads = threads.get().min(chunks.len());
        let path = self.hash_path;
        thread::scope(|scope| {
            let helpers: Vec<_> = (1..threads)
                .map(|turn| hashed_ahead(scope, path, chunks.clone().skip(turn).step_by(threads)))
                .collect();
            let in_turn = [None].into_iter().chain(helpers.iter().map(Some)).cycle();
            for (chunk, helper) in chunks.clone().zip(in_turn) {
                let hashes = helper
                    .and_then(|hashes| hashes.recv().ok())
                    .unwrap_or_else(|| hash(path, chunk));
                self.push_hashed(chunk.headers().zip(&hashes), now)?;
            }
            Ok::<_, RecordsError>(())
        })?;
        Ok(self.accepted(records.count()?))
    }
}

/// The hashes of `chunks`, from a new thread. It ends when the receiver is dropped; without a
/// thread there is nothing to receive.
fn hashed_ahead<'scope, 'a: 'scope>(
    scope: &'scope Scope<'scope, '_>,
    path: HashPath,
    mut chunks: impl Iterator<Item = Records<'a>> + Send + 'scope,
) -> Receiver<Vec<Hash256>> {
    let (sender, receiver) = sync_channel(WAITING);
    let work = move || chunks.try_for_each(|chunk| sender.send(hash(path, chunk)).map_err(|_| ()));
    // Without a thread the sender is dropped, and the receiver ends.
    let _ = thread::Builder::new().spawn_scoped(scope, work);
    receiver
}

fn hash(path: HashPath, chunk: Records<'_>) -> Vec<Hash256> {
    let mut hashes = vec![Hash256::ZERO; CHUNK];
    chunk.hash(path, &mut hashes);
    hashes
}
