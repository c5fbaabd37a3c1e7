//! A proxy that forwards connections between two nodes and records them.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::Side;
use super::log::{Recorded, Recording};
use crate::decode::Magic;
use crate::machine::End;

/// A listener that forwards its connections to another node.
///
/// Bytes are forwarded as soon as they arrive, split as they arrived. When one node closes or resets
/// its end, the proxy does the same towards the other. Forwarding goes on after the recording is
/// full.
#[derive(Debug)]
pub struct Proxy {
    listener: TcpListener,
    to: String,
    log: Log,
}

/// A recording that is shared by all connections.
#[derive(Debug, Clone)]
struct Log {
    recording: Arc<Mutex<Recording>>,
    start: Instant,
}

impl Proxy {
    /// Listens on `listen` for connections to forward to `to`, which is a `host:port`. Records at
    /// most `limit` bytes.
    ///
    /// # Errors
    /// The system's error if it cannot listen there.
    pub async fn bind(listen: SocketAddr, to: String, limit: usize) -> io::Result<Self> {
        let recording = Arc::new(Mutex::new(Recording::new(limit)));
        Ok(Self {
            listener: TcpListener::bind(listen).await?,
            to,
            log: Log {
                recording,
                start: Instant::now(),
            },
        })
    }

    /// Records messages with this magic. By default, it is that of any built-in network.
    #[must_use]
    pub fn with_magic(self, magic: Magic) -> Self {
        self.log.recording().set_magic(magic);
        self
    }

    /// Returns the address it listens on.
    ///
    /// # Errors
    /// The system's error.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Forwards until `end` completes, or until this number of `connections` have ended.
    pub async fn run(self, connections: Option<u32>, end: impl Future<Output = ()>) -> Recorded {
        tokio::select! {
            () = end => {}
            () = self.forward(connections) => {}
        }
        self.log.finish()
    }

    async fn forward(&self, connections: Option<u32>) {
        let mut tasks = JoinSet::new();
        let mut accepted = 0;
        while connections.is_none_or(|most| accepted < most) {
            tokio::select! {
                Some(_) = tasks.join_next() => {}
                taken = self.listener.accept() => match taken {
                    Ok((stream, from)) => {
                        accepted += 1;
                        tasks.spawn(connect(stream, from, self.to.clone(), self.log.clone()));
                    }
                    Err(error) => {
                        // There are too many open files, or the connection ended before it was
                        // accepted.
                        tracing::warn!("cannot accept a connection: {error}");
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    }
                },
            }
        }
        while tasks.join_next().await.is_some() {}
    }
}

async fn connect(dialler: TcpStream, from: SocketAddr, to: String, log: Log) {
    match TcpStream::connect(&to).await {
        Ok(listener) => {
            tracing::info!("forwarding {from} to {to}");
            let number = log.opened();
            Connection { number, log }.forward(dialler, listener).await;
            tracing::info!("the connection from {from} to {to} has ended");
        }
        Err(error) => {
            if error.kind() == io::ErrorKind::ConnectionReset {
                // The node accepted the connection, and reset it at once.
                let number = log.opened();
                log.ended(number, Side::Listener, End::Reset);
            } else {
                tracing::warn!("cannot forward {from} to {to}: {error}");
            }
            // A reset is the closest thing to a refusal.
            let _ = dialler.set_zero_linger();
        }
    }
}

/// A connection that is being forwarded.
struct Connection {
    number: u32,
    log: Log,
}

impl Connection {
    async fn forward(&self, mut dialler: TcpStream, mut listener: TcpStream) {
        for stream in [&dialler, &listener] {
            // Small pieces are forwarded at once. If the system refuses, they are only slower.
            let _ = stream.set_nodelay(true);
        }
        let (from_dialler, to_dialler) = dialler.split();
        let (from_listener, to_listener) = listener.split();
        let broken = tokio::try_join!(
            self.pump(Side::Dialler, from_dialler, to_listener),
            self.pump(Side::Listener, from_listener, to_dialler),
        );
        if let Err(side) = broken {
            self.log.ended(self.number, side, End::Reset);
            for stream in [&dialler, &listener] {
                let _ = stream.set_zero_linger();
            }
        }
    }

    /// Forwards what one end sends until it closes its direction. If the connection breaks, returns
    /// the side that broke it.
    async fn pump(
        &self,
        side: Side,
        mut from: ReadHalf<'_>,
        mut to: WriteHalf<'_>,
    ) -> Result<(), Side> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = from.read(&mut buffer).await.map_err(|_| side)?;
            if count == 0 {
                self.log.ended(self.number, side, End::Closed);
                return to.shutdown().await.map_err(|_| side.other());
            }
            let bytes = &buffer[..count];
            // Record the bytes before they are forwarded, so that no answer is recorded before them.
            self.log.bytes(self.number, side, bytes);
            to.write_all(bytes).await.map_err(|_| side.other())?;
        }
    }
}

impl Log {
    fn opened(&self) -> u32 {
        let at = self.start.elapsed();
        self.recording().opened(at)
    }

    fn bytes(&self, connection: u32, from: Side, bytes: &[u8]) {
        let mut recording = self.recording();
        let was_full = recording.is_full();
        recording.bytes(self.start.elapsed(), connection, from, bytes);
        if recording.is_full() && !was_full {
            tracing::warn!("the limit is reached; recording stops, but forwarding goes on");
        }
    }

    fn ended(&self, connection: u32, from: Side, end: End) {
        let mut recording = self.recording();
        recording.ended(self.start.elapsed(), connection, from, end);
    }

    fn finish(&self) -> Recorded {
        std::mem::replace(&mut *self.recording(), Recording::new(0)).finish()
    }

    /// Locks the recording. It is consistent even if a task panicked.
    fn recording(&self) -> MutexGuard<'_, Recording> {
        self.recording
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
