//! The two tasks of a connection: one reads and one writes, independently of each other.

use std::io;
use std::time::Duration;

use fake_peer_core::wire::{Frame, RawEnvelope, StreamDecoder, StreamEnd};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::budget::{Budget, Room};
use super::error::PeerError;

/// An envelope that has arrived.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) offset: u64,
    pub(super) envelope: RawEnvelope,
    pub(super) at: Instant,
    /// Keeps its room in the queue until it is taken.
    _room: Room,
}

/// Bytes to be written.
#[derive(Debug)]
pub(super) struct Departure {
    pub(super) bytes: Vec<u8>,
    /// Keeps its room in the queue until it is written.
    pub(super) room: Room,
}

const CHUNK: usize = 64 * 1024;

/// Reads until the connection ends or nobody wants to know.
pub(super) async fn read(
    stream: impl AsyncRead + Unpin,
    decoder: StreamDecoder,
    budget: Budget,
    queue: UnboundedSender<Result<Arrival, PeerError>>,
) {
    tokio::select! {
        () = queue.closed() => {}
        end = read_on(stream, decoder, budget, &queue) => {
            // Nobody may be left to hear it.
            let _ = queue.send(Err(end));
        }
    }
}

async fn read_on(
    mut stream: impl AsyncRead + Unpin,
    mut decoder: StreamDecoder,
    budget: Budget,
    queue: &UnboundedSender<Result<Arrival, PeerError>>,
) -> PeerError {
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = match stream.read(&mut chunk).await {
            Ok(0) => return end_of(&decoder),
            Ok(count) => count,
            Err(error) => return PeerError::from_io(error),
        };
        decoder.push(&chunk[..count]);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => {
                    if queue_up(frame, &budget, queue).await.is_none() {
                        return PeerError::Closed;
                    }
                }
                Ok(None) => break,
                Err(error) => return error.into(),
            }
        }
    }
}

async fn queue_up(
    frame: Frame,
    budget: &Budget,
    queue: &UnboundedSender<Result<Arrival, PeerError>>,
) -> Option<()> {
    // The decoder stops at a bad magic, so it never skips.
    let Frame::Envelope { offset, envelope } = frame else {
        return Some(());
    };
    let at = Instant::now();
    let room = budget
        .take(RawEnvelope::HEADER_SIZE + envelope.payload.len())
        .await?;
    let arrival = Arrival {
        offset,
        envelope,
        at,
        _room: room,
    };
    queue.send(Ok(arrival)).ok()
}

fn end_of(decoder: &StreamDecoder) -> PeerError {
    match decoder.finish() {
        StreamEnd::Clean => PeerError::Closed,
        StreamEnd::Truncated { offset, have, need } => {
            PeerError::ClosedMidMessage { offset, have, need }
        }
        StreamEnd::Skipped { reason, .. } => reason.into(),
    }
}

/// Writes what is queued, then closes our half of the connection. Gives up when the other end
/// reads nothing for `limit`, and notifies `progress` whenever it has read something.
pub(super) async fn write(
    mut stream: impl AsyncWrite + Unpin,
    mut queue: UnboundedReceiver<Departure>,
    limit: Duration,
    progress: watch::Sender<()>,
) -> io::Result<()> {
    while let Some(Departure { bytes, room }) = queue.recv().await {
        let mut left = &bytes[..];
        while !left.is_empty() {
            // Not `write_all`: a peer that reads a little at a time makes progress.
            let chunk = &left[..left.len().min(CHUNK)];
            let count = timeout(limit, stream.write(chunk)).await??;
            if count == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            left = &left[count..];
            progress.send_replace(());
        }
        timeout(limit, stream.flush()).await??;
        drop(room);
    }
    timeout(limit, stream.shutdown()).await?
}
