//! The two tasks of a connection: one reads and one writes, independently of each other.

use std::io;
use std::time::Duration;

use fake_peer_core::transport::{Frame, FrameContent};
use fake_peer_core::wire::{Command, EnvelopeError, RawEnvelope};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, WeakUnboundedSender};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::budget::{Budget, Room};
use super::error::PeerError;
use super::framing::Framing;

/// An envelope that has arrived.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) offset: u64,
    pub(super) size: usize,
    pub(super) command: Result<Command, EnvelopeError>,
    pub(super) envelope: RawEnvelope,
    pub(super) at: Instant,
    /// The room in the queue, which is freed when the item is taken.
    _room: Room,
}

/// Bytes to be written.
#[derive(Debug)]
pub(super) struct Departure {
    pub(super) bytes: Vec<u8>,
    /// The room in the queue, which is freed when the bytes are written. What a transport sends by
    /// itself has none.
    pub(super) room: Option<Room>,
}

const CHUNK: usize = 64 * 1024;

/// The state of the task that reads.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) framing: Framing,
    pub(super) budget: Budget,
    pub(super) arrivals: UnboundedSender<Result<Arrival, PeerError>>,
    /// The queue for the transport's answers.
    pub(super) departures: WeakUnboundedSender<Departure>,
    /// Whether the transport is ready.
    pub(super) ready: watch::Sender<bool>,
}

/// Reads until the connection ends or the receiver is dropped.
pub(super) async fn read(stream: impl AsyncRead + Unpin, reader: Reader) {
    tokio::select! {
        () = reader.arrivals.closed() => {}
        end = reader.read_on(stream) => {
            // The receiver may have been dropped.
            let _ = reader.arrivals.send(Err(end));
        }
    }
}

impl Reader {
    async fn read_on(&self, mut stream: impl AsyncRead + Unpin) -> PeerError {
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = match stream.read(&mut chunk).await {
                Ok(0) => return self.end(),
                Ok(count) => count,
                Err(error) => return PeerError::from_io(error),
            };
            self.framing.push(&chunk[..count]);
            loop {
                match self.framing.next_frame(&self.departures) {
                    Ok(Some(frame)) => {
                        if self.queue_up(frame).await.is_none() {
                            return PeerError::Closed;
                        }
                    }
                    Ok(None) => break,
                    Err(error) => return error.into(),
                }
            }
            if !*self.ready.borrow() && self.framing.is_ready() {
                self.ready.send_replace(true);
            }
        }
    }

    async fn queue_up(&self, frame: Frame) -> Option<()> {
        let FrameContent::Envelope { command, envelope } = frame.content else {
            return Some(());
        };
        let at = Instant::now();
        let room = self.budget.take(frame.size).await?;
        let arrival = Arrival {
            offset: frame.offset,
            size: frame.size,
            command,
            envelope,
            at,
            _room: room,
        };
        self.arrivals.send(Ok(arrival)).ok()
    }

    fn end(&self) -> PeerError {
        self.framing.unread(|unread| match unread.bytes.len() {
            0 => PeerError::Closed,
            have => PeerError::ClosedMidMessage {
                offset: unread.offset,
                have,
                need: unread.need,
            },
        })
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
