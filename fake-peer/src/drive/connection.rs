//! A stream of bytes as a stream of messages in both directions.

use std::io;
use std::time::Duration;

use fake_peer_core::Message;
use fake_peer_core::wire::{RawEnvelope, Rules, StreamDecoder};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::budget::{Budget, Room};
use super::config::PeerConfig;
use super::error::{PeerError, Wait};
use super::pump::{self, Arrival, Departure};

/// Messages in, messages out, over any stream. It knows envelopes and nothing of what they are
/// for: no handshake, no pong.
///
/// Two tasks move the bytes, so that reading goes on while a write waits, and vice versa. Their
/// queues are limited in bytes, not in messages ([`PeerConfig::receive_buffer`],
/// [`PeerConfig::send_buffer`]).
///
/// When it is dropped, it stops reading, and writes what is queued unless the other end reads
/// nothing for longer than [`Waits::send`](super::Waits::send).
#[derive(Debug)]
pub struct Connection {
    magic: [u8; 4],
    rules: Rules,
    send_limit: Duration,
    // The budgets bound both queues.
    arrivals: UnboundedReceiver<Result<Arrival, PeerError>>,
    departures: UnboundedSender<Departure>,
    send_budget: Budget,
    /// Changes when the other end has read something.
    progress: watch::Receiver<()>,
    /// The task that writes; `None` once its result was taken.
    writer: Option<JoinHandle<io::Result<()>>>,
}

/// A message and how it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The message.
    pub message: Message,
    /// Where in the stream its envelope starts.
    pub offset: u64,
    /// How many bytes it took on the wire, envelope included.
    pub size: usize,
    /// When its last byte was read.
    pub at: Instant,
}

impl Connection {
    /// Starts to read from `stream`. Must be called within a Tokio runtime.
    pub fn new<S>(stream: S, config: &PeerConfig) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (magic, rules) = (config.network.magic, config.rules.clone());
        let (read_half, write_half) = tokio::io::split(stream);
        let (arrived, arrivals) = unbounded_channel();
        let (departures, departing) = unbounded_channel();
        let (progressed, progress) = watch::channel(());
        let decoder = StreamDecoder::new(magic, &rules);
        let receive_budget = Budget::new(config.receive_buffer);
        tokio::spawn(pump::read(read_half, decoder, receive_budget, arrived));
        let writer = tokio::spawn(pump::write(
            write_half,
            departing,
            config.waits.send,
            progressed,
        ));
        Self {
            magic,
            rules,
            send_limit: config.waits.send,
            arrivals,
            departures,
            send_budget: Budget::new(config.send_buffer),
            progress,
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

    /// Queues a message to be written, and waits while the queue is full.
    ///
    /// # Errors
    /// If the connection has ended, or the other end takes nothing for too long.
    pub async fn send(&mut self, message: &Message) -> Result<(), PeerError> {
        self.send_bytes(self.encode(message)).await
    }

    /// Queues any bytes to be written, as [`Connection::send`] does.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub async fn send_bytes(&mut self, bytes: Vec<u8>) -> Result<(), PeerError> {
        let room = self.room_for(bytes.len()).await?;
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

    pub(super) fn encode(&self, message: &Message) -> Vec<u8> {
        let bytes = message.to_envelope(self.magic).to_bytes();
        tracing::debug!(command = %message.command(), size = bytes.len(), "sends");
        bytes
    }

    fn decode(&self, arrival: Arrival) -> Result<Received, PeerError> {
        let Arrival {
            offset,
            envelope,
            at,
            ..
        } = arrival;
        let size = RawEnvelope::HEADER_SIZE + envelope.payload.len();
        let envelope = envelope
            .check(self.magic, &self.rules)
            .map_err(|source| PeerError::Envelope { offset, source })?;
        let message = Message::decode_with(envelope.command, &envelope.payload, &self.rules)
            .map_err(|source| PeerError::Decode { offset, source })?;
        tracing::debug!(command = %envelope.command, size, "received");
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
