//! The task of a connection, which reads and writes as the machine's task requests.

use std::collections::VecDeque;
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fake_peer_core::wire::Bytes;
use tokio::io::{AsyncWriteExt, Interest};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, sleep_until, timeout};

use super::acceptor::Arrival;
use crate::machine::{ConnId, End};

/// A command of the machine's task to a connection.
pub(super) enum Command {
    Write(Bytes),
    /// Read once, into this buffer.
    Read(Vec<u8>),
    HalfClose,
    Close,
    Reset,
}

/// An event for the machine's task.
pub(super) struct Event {
    pub(super) at: Instant,
    pub(super) kind: EventKind,
}

pub(super) enum EventKind {
    Accepted(Arrival),
    /// An event on the connection with this serial number, since a machine may reuse an id.
    On(ConnId, u64, ConnEvent),
}

/// An event on a connection.
pub(super) enum ConnEvent {
    Opened,
    Refused(io::Error),
    Bytes(Vec<u8>),
    Ended(End),
    /// The bytes that wait to be written fit into the window again.
    Drained,
}

impl Event {
    pub(super) fn accepted(arrival: Arrival) -> Self {
        Self {
            at: Instant::now(),
            kind: EventKind::Accepted(arrival),
        }
    }
}

/// Sends the events of a connection to the machine's task.
pub(super) struct Post {
    pub(super) id: ConnId,
    pub(super) serial: u64,
    pub(super) events: mpsc::Sender<Event>,
}

impl Post {
    /// Sends an event, and waits while the queue is full. Does nothing if the task has ended.
    pub(super) async fn send(&self, event: ConnEvent) {
        let event = Event {
            at: Instant::now(),
            kind: EventKind::On(self.id, self.serial, event),
        };
        let _ = self.events.send(event).await;
    }
}

/// The number of bytes on a connection that the machine has written and the system has not accepted.
#[derive(Debug, Clone)]
pub(super) struct Backlog {
    bytes: Arc<AtomicUsize>,
    window: usize,
}

impl Backlog {
    pub(super) fn new(window: usize) -> Self {
        let bytes = Arc::new(AtomicUsize::new(0));
        Self { bytes, window }
    }

    pub(super) fn add(&self, count: usize) {
        self.bytes.fetch_add(count, Ordering::AcqRel);
    }

    /// Removes bytes, and returns whether this brings the number back into the window.
    fn remove(&self, count: usize) -> bool {
        let before = self.bytes.fetch_sub(count, Ordering::AcqRel);
        before > self.window && before - count <= self.window
    }

    pub(super) fn is_over_window(&self) -> bool {
        self.bytes.load(Ordering::Acquire) > self.window
    }
}

/// The first and the largest size of a connection's buffer in bytes.
const SMALL_BUFFER: usize = 4 * 1024;
const LARGE_BUFFER: usize = 64 * 1024;

/// How long a closed connection may take to write what is left, and then to be closed by the other
/// end too. Until then, incoming bytes are read and dropped: a socket that is closed with unread
/// bytes sends a reset, and the other end might lose our last bytes.
const FLUSH: Duration = Duration::from_secs(10);
const LINGER: Duration = Duration::from_secs(2);

/// The task's side of a connection.
pub(super) struct Wire {
    pub(super) post: Post,
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    pub(super) backlog: Backlog,
    pub(super) send_limit: Option<Duration>,
    /// Dropped when everything is written.
    pub(super) unflushed: mpsc::Sender<()>,
    /// The place among the accepted connections, which is freed when the connection has ended.
    pub(super) place: Option<OwnedSemaphorePermit>,
}

impl Wire {
    /// Moves bytes until the machine ends the connection, or until it breaks.
    pub(super) async fn run(self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("cannot set TCP_NODELAY: {error}");
        }
        let from = stream.peer_addr();
        let pipe = Pipe {
            stream,
            queue: VecDeque::new(),
            buffer: Some(Vec::with_capacity(SMALL_BUFFER)),
            ended: false,
            finished: false,
            broken: false,
            progress: Instant::now(),
            backlog: self.backlog,
            post: self.post,
        };
        let last = pipe.run(self.commands, self.send_limit).await;
        if let Last::Close(pipe) = last {
            pipe.close(self.unflushed).await;
        }
        if let (Some(_), Ok(from)) = (self.place, from) {
            tracing::info!(%from, "disconnected");
        }
    }
}

/// How a connection is to end.
enum Last {
    Close(Pipe),
    Done,
}

enum Item {
    Bytes { bytes: Bytes, written: usize },
    Fin,
}

/// The socket, and the items that wait to be written to it.
struct Pipe {
    stream: TcpStream,
    queue: VecDeque<Item>,
    /// The buffer to read into, if the machine wants more bytes.
    buffer: Option<Vec<u8>>,
    /// Whether the other end has ended its direction.
    ended: bool,
    /// Whether we have ended our direction.
    finished: bool,
    /// Whether writing has failed. Bytes that arrived before can still be read.
    broken: bool,
    /// The last time that the other end read something, or that nothing was left to read.
    progress: Instant,
    backlog: Backlog,
    post: Post,
}

/// The error of a broken connection.
struct Broken;

impl Pipe {
    async fn run(
        mut self,
        mut commands: mpsc::UnboundedReceiver<Command>,
        send_limit: Option<Duration>,
    ) -> Last {
        loop {
            let stalled = send_limit.filter(|_| !self.queue.is_empty());
            let stalled = stalled.map(|limit| self.progress + limit);
            let result = tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Close) => return Last::Close(self),
                    Some(Command::Reset) => {
                        self.reset().await;
                        return Last::Done;
                    }
                    Some(command) => self.apply(command).await,
                    None => return Last::Done,
                },
                result = self.ready() => match result {
                    Ok(()) => self.turn().await,
                    Err(broken) => Err(broken),
                },
                () = until(stalled) => {
                    tracing::warn!("resetting a connection whose other end does not read");
                    let _ = self.stream.set_zero_linger();
                    Err(Broken)
                }
            };
            if let Err(Broken) = result {
                self.post.send(ConnEvent::Ended(End::Reset)).await;
                return Last::Done;
            }
        }
    }

    /// Waits until something can be done.
    async fn ready(&self) -> Result<(), Broken> {
        let read = (self.buffer.is_some() && !self.ended).then_some(Interest::READABLE);
        let write = (!self.queue.is_empty()).then_some(Interest::WRITABLE);
        let interest = match (read, write) {
            (Some(read), Some(write)) => read | write,
            (one, other) => match one.or(other) {
                Some(interest) => interest,
                None => return pending().await,
            },
        };
        match self.stream.ready(interest).await {
            Ok(_) => Ok(()),
            Err(_) => Err(Broken),
        }
    }

    async fn apply(&mut self, command: Command) -> Result<(), Broken> {
        if self.queue.is_empty() {
            self.progress = Instant::now();
        }
        match command {
            Command::Write(bytes) => self.queue.push_back(Item::Bytes { bytes, written: 0 }),
            Command::HalfClose => self.queue.push_back(Item::Fin),
            Command::Read(buffer) => self.buffer = Some(emptied(buffer)),
            Command::Close | Command::Reset => {}
        }
        self.turn().await
    }

    /// Writes and reads as much as possible without waiting.
    async fn turn(&mut self) -> Result<(), Broken> {
        if self.write().await.is_err() {
            // Bytes that arrived before can still be read.
            self.broken = true;
            self.discard_queue().await;
        }
        self.read().await
    }

    async fn write(&mut self) -> Result<(), Broken> {
        while let Some(item) = self.queue.front_mut() {
            match item {
                Item::Fin => {
                    self.stream.shutdown().await.map_err(|_| Broken)?;
                    self.finished = true;
                }
                // Bytes after the end of our direction cannot be sent.
                Item::Bytes { .. } if self.finished => {
                    self.discard_queue().await;
                    return Ok(());
                }
                Item::Bytes { bytes, written } if *written < bytes.len() => {
                    let Some(count) = taken(self.stream.try_write(&bytes[*written..]))? else {
                        return Ok(());
                    };
                    *written += count;
                    self.progress = Instant::now();
                    if self.backlog.remove(count) {
                        self.post.send(ConnEvent::Drained).await;
                    }
                    continue;
                }
                Item::Bytes { .. } => {}
            }
            self.queue.pop_front();
        }
        Ok(())
    }

    /// Reads once.
    async fn read(&mut self) -> Result<(), Broken> {
        if self.ended {
            return Ok(());
        }
        let Some(mut buffer) = self.buffer.take() else {
            return Ok(());
        };
        match taken(self.stream.try_read_buf(&mut buffer))? {
            None => self.buffer = Some(buffer),
            // The system reports a reset only once, and the failed write has consumed it.
            Some(0) if self.broken => return Err(Broken),
            Some(0) => {
                self.ended = true;
                self.post.send(ConnEvent::Ended(End::Closed)).await;
            }
            Some(_) => self.post.send(ConnEvent::Bytes(buffer)).await,
        }
        Ok(())
    }

    async fn discard_queue(&mut self) {
        let left = |item| match item {
            Item::Bytes { bytes, written } => bytes.len() - written,
            Item::Fin => 0,
        };
        let count = self.queue.drain(..).map(left).sum();
        if self.backlog.remove(count) {
            self.post.send(ConnEvent::Drained).await;
        }
    }

    /// Writes as much as possible without waiting, then resets the connection.
    async fn reset(mut self) {
        let _ = self.write().await;
        if let Err(error) = self.stream.set_zero_linger() {
            tracing::debug!("cannot reset the connection, closing it instead: {error}");
        }
    }

    /// Writes what is left, closes our direction, and waits for the other end to close its own.
    async fn close(mut self, unflushed: mpsc::Sender<()>) {
        if !self.finished {
            self.queue.push_back(Item::Fin);
        }
        let flushed = timeout(FLUSH, self.flush()).await;
        drop(unflushed);
        if let Ok(Ok(())) = flushed {
            let _ = timeout(LINGER, self.listen_on()).await;
        }
    }

    async fn flush(&mut self) -> Result<(), Broken> {
        loop {
            self.write().await?;
            if self.queue.is_empty() {
                return Ok(());
            }
            self.discard_arrivals()?;
            let mut interest = Interest::WRITABLE;
            if !self.ended {
                interest |= Interest::READABLE;
            }
            self.stream.ready(interest).await.map_err(|_| Broken)?;
        }
    }

    async fn listen_on(&mut self) -> Result<(), Broken> {
        while !self.ended {
            self.stream.readable().await.map_err(|_| Broken)?;
            self.discard_arrivals()?;
        }
        Ok(())
    }

    fn discard_arrivals(&mut self) -> Result<(), Broken> {
        if self.ended {
            return Ok(());
        }
        let buffer = self.buffer.get_or_insert_default();
        buffer.clear();
        buffer.reserve(SMALL_BUFFER);
        self.ended = taken(self.stream.try_read_buf(buffer))? == Some(0);
        Ok(())
    }
}

/// Returns how many bytes the system has moved, or `None` if it would have to wait.
fn taken(result: io::Result<usize>) -> Result<Option<usize>, Broken> {
    use io::ErrorKind::{Interrupted, WouldBlock};
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error) if matches!(error.kind(), WouldBlock | Interrupted) => Ok(None),
        Err(_) => Err(Broken),
    }
}

/// Empties a buffer, and enlarges it if it was full.
fn emptied(mut buffer: Vec<u8>) -> Vec<u8> {
    let wanted = if buffer.len() == buffer.capacity() {
        LARGE_BUFFER.min(buffer.capacity() * 2)
    } else {
        buffer.capacity()
    };
    buffer.clear();
    buffer.reserve(wanted);
    buffer
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}
