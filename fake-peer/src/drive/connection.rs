//! A stream of bytes as a stream of messages in both directions.

use std::io;
use std::time::Duration;

use fake_peer_core::Message;
use fake_peer_core::session::Role;
use fake_peer_core::transport::{MakeTransport as _, MakeV1, Setup};
use fake_peer_core::wire::{RawEnvelope, Rules};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::budget::{Budget, Room};
use super::clock::nonce;
use super::config::PeerConfig;
use super::error::{PeerError, Wait};
use super::framing::Framing;
use super::pump::{self, Arrival, Departure, Reader};

/// Sends and receives messages over any stream and any transport. It knows envelopes, but not the
/// meaning of messages: it sends no `version` and no pong.
///
/// Two tasks move the bytes, so that reading goes on while a write waits, and vice versa. Their
/// queues are limited in bytes, not in messages ([`PeerConfig::receive_buffer`],
/// [`PeerConfig::send_buffer`]).
///
/// When it is dropped, it stops reading, and writes what is queued unless the other end reads
/// nothing for longer than [`Waits::send`](super::Waits::send).
#[derive(Debug)]
pub struct Connection {
    framing: Framing,
    rules: Rules,
    send_limit: Duration,
    // The budgets bound both queues.
    arrivals: UnboundedReceiver<Result<Arrival, PeerError>>,
    departures: UnboundedSender<Departure>,
    send_budget: Budget,
    /// Changes when the other end has read something.
    progress: watch::Receiver<()>,
    /// Whether the transport is ready. Closed when nothing is read any more.
    ready: watch::Receiver<bool>,
    /// The task that writes; `None` once its result was taken.
    writer: Option<JoinHandle<io::Result<()>>>,
}

/// A message and how it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The message.
    pub message: Message,
    /// The offset of its first byte in the stream.
    pub offset: u64,
    /// The size in the stream in bytes, including the framing.
    pub size: usize,
    /// The time at which its last byte was read.
    pub at: Instant,
}

impl Connection {
    /// Starts to read from `stream`. `role` says which end opened it. Must be called within a Tokio
    /// runtime.
    pub fn new<S>(stream: S, role: Role, config: &PeerConfig) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let setup = Setup {
            role,
            magic: config.network.magic,
            rules: &config.rules,
            seed: nonce(),
        };
        let framing = Framing::new(match &config.transport {
            Some(transport) => transport.make(&setup),
            None => MakeV1.make(&setup),
        });
        let (read_half, write_half) = tokio::io::split(stream);
        let (arrived, arrivals) = unbounded_channel();
        let (departures, departing) = unbounded_channel();
        let (progressed, progress) = watch::channel(());
        let (is_ready, ready) = watch::channel(framing.is_ready());
        framing.flush(&departures);
        let reader = Reader {
            framing: framing.clone(),
            budget: Budget::new(config.receive_buffer),
            arrivals: arrived,
            departures: departures.downgrade(),
            ready: is_ready,
        };
        tokio::spawn(pump::read(read_half, reader));
        let writer = tokio::spawn(pump::write(
            write_half,
            departing,
            config.waits.send,
            progressed,
        ));
        Self {
            framing,
            rules: config.rules.clone(),
            send_limit: config.waits.send,
            arrivals,
            departures,
            send_budget: Budget::new(config.send_buffer),
            progress,
            ready,
            writer: Some(writer),
        }
    }

    /// Returns the next message, or `None` if none arrives until then. A message that is already in
    /// the queue is returned even after that time, so a caller in a loop has to check the clock.
    ///
    /// # Errors
    /// If a message is malformed or the connection ends. After its end, every call returns
    /// [`PeerError::Closed`].
    pub async fn receive(&mut self, until: Instant) -> Result<Option<Received>, PeerError> {
        match timeout_at(until, self.arrivals.recv()).await {
            Err(_) => Ok(None),
            Ok(None) => Err(PeerError::Closed),
            Ok(Some(arrival)) => self.decode(arrival?).map(Some),
        }
    }

    /// Queues a message to be written, and waits while the queue is full or the transport is not
    /// ready.
    ///
    /// # Errors
    /// If the connection has ended, the transport does not become ready in time, or the other end
    /// reads nothing for too long.
    pub async fn send(&mut self, message: &Message) -> Result<(), PeerError> {
        let size = self.queue(message.to_envelope()).await?;
        tracing::debug!(command = %message.command(), size, "sends");
        Ok(())
    }

    /// Queues an envelope, which may be invalid, as [`Connection::send`] does.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub async fn send_raw(&mut self, envelope: RawEnvelope) -> Result<(), PeerError> {
        self.queue(envelope).await.map(|_| ())
    }

    /// Queues an envelope, and returns its size in the stream in bytes.
    async fn queue(&mut self, mut envelope: RawEnvelope) -> Result<usize, PeerError> {
        self.wait_until_ready().await?;
        let size = RawEnvelope::V1_HEADER_SIZE + envelope.payload.len();
        let room = self.room_for(size).await?;
        match self.framing.send(&mut envelope, room, &self.departures) {
            Some(size) => Ok(size),
            None => Err(self.why_writing_ended().await),
        }
    }

    /// Queues any bytes to be written, as [`Connection::send`] does, without waiting for the
    /// transport.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub async fn send_bytes(&mut self, bytes: Vec<u8>) -> Result<(), PeerError> {
        let room = Some(self.room_for(bytes.len()).await?);
        match self.departures.send(Departure { bytes, room }) {
            Ok(()) => Ok(()),
            Err(_) => Err(self.why_writing_ended().await),
        }
    }

    /// Waits for room in the queue as long as the other end keeps reading.
    async fn room_for(&mut self, bytes: usize) -> Result<Room, PeerError> {
        let budget = self.send_budget.clone();
        let room = budget.take(bytes);
        tokio::pin!(room);
        loop {
            tokio::select! {
                biased;
                room = &mut room => return room.ok_or(PeerError::Closed),
                progress = timeout(self.send_limit, self.progress.changed()) => match progress {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return Err(self.why_writing_ended().await),
                    Err(_) => return Err(self.send_timeout()),
                },
            }
        }
    }

    /// Writes everything that is queued, and closes the connection.
    ///
    /// # Errors
    /// If not everything could be written.
    pub async fn close(self) -> Result<(), PeerError> {
        drop(self.departures);
        match self.writer {
            Some(writer) => outcome(writer, self.send_limit).await,
            None => Err(PeerError::Closed),
        }
    }

    /// Waits until the transport can send messages.
    async fn wait_until_ready(&mut self) -> Result<(), PeerError> {
        if *self.ready.borrow() {
            return Ok(());
        }
        let after = self.send_limit;
        let ready = self.ready.wait_for(|is_ready| *is_ready);
        match timeout(after, ready).await.map(|ready| ready.is_ok()) {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.why_reading_ended().await),
            Err(_) => Err(PeerError::Timeout {
                wait: Wait::Transport,
                after,
            }),
        }
    }

    /// Returns why reading has ended, which is the last item in the queue.
    async fn why_reading_ended(&mut self) -> PeerError {
        while let Some(arrival) = self.arrivals.recv().await {
            if let Err(error) = arrival {
                return error;
            }
        }
        PeerError::Closed
    }

    fn decode(&self, arrival: Arrival) -> Result<Received, PeerError> {
        let Arrival {
            offset,
            size,
            command,
            envelope,
            at,
            ..
        } = arrival;
        let command = command.map_err(|source| PeerError::Envelope { offset, source })?;
        let message = Message::decode_with(command, &envelope.payload, &self.rules)
            .map_err(|source| PeerError::Decode { offset, source })?;
        tracing::debug!(%command, size, "received");
        Ok(Received {
            message,
            offset,
            size,
            at,
        })
    }

    async fn why_writing_ended(&mut self) -> PeerError {
        let Some(writer) = self.writer.take() else {
            return PeerError::Closed;
        };
        match outcome(writer, self.send_limit).await {
            Ok(()) => PeerError::Closed,
            Err(error) => error,
        }
    }

    fn send_timeout(&self) -> PeerError {
        PeerError::Timeout {
            wait: Wait::Send,
            after: self.send_limit,
        }
    }
}

async fn outcome(writer: JoinHandle<io::Result<()>>, after: Duration) -> Result<(), PeerError> {
    match writer.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => Err(PeerError::Timeout {
            wait: Wait::Send,
            after,
        }),
        Ok(Err(error)) => Err(PeerError::from_io(error)),
        // The task is never aborted and does not panic; the runtime may be shutting down.
        Err(_) => Err(PeerError::Closed),
    }
}
