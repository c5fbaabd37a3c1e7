//! One end of a connection, as an object for tests and tools.

use std::fmt;
use std::io;

use fake_peer_core::Message;
use fake_peer_core::message::{NetAddress, Payload, Services, Version};
use fake_peer_core::session::{Event, Role, Session};
use fake_peer_core::wire::RawEnvelope;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::time::{Instant, timeout, timeout_at};

use super::clock::after;
use super::config::PeerConfig;
use super::connection::Connection;
use super::error::{PeerError, Wait};
use super::pending::Pending;

/// One end of a connection: [`handshake`](Peer::handshake), then [`send`](Peer::send),
/// [`read`](Peer::read) and [`wait_for`](Peer::wait_for).
///
/// Before the handshake, it returns every message and answers none. After the handshake, it answers
/// pings while it waits for a message, and sends its own pings when they are due.
///
/// Reading and writing are independent: two peers may both send megabytes before either reads.
/// Every wait is limited ([`PeerConfig::waits`]), and so is every queue
/// ([`PeerConfig::receive_buffer`], [`PeerConfig::send_buffer`]).
///
/// [`tcp`](super::tcp) is the other way to use a socket: it drives a state machine to its end. A
/// `Peer` leaves the control to its caller, and works over any stream of bytes.
#[derive(Debug)]
pub struct Peer {
    connection: Connection,
    config: PeerConfig,
    role: Role,
    /// The session, once the handshake has begun.
    session: Option<Session>,
    /// When the handshake began, from which the session's times count.
    opened: Instant,
    pending: Pending,
    /// A message of the session for which the queue has had no room yet.
    unsent: Option<Message>,
}

impl Peer {
    /// Connects to `address`, such as `"127.0.0.1:8333"` or `"seed.example.org:8333"`.
    ///
    /// # Errors
    /// If the name cannot be resolved, the connection is refused, or it takes too long.
    pub async fn connect<A>(address: A, mut config: PeerConfig) -> Result<Self, PeerError>
    where
        A: ToSocketAddrs + fmt::Display,
    {
        let name = address.to_string();
        let limit = config.waits.connect;
        let stream = match timeout(limit, TcpStream::connect(address)).await {
            Ok(result) => result.map_err(|error| connect_error(name, error))?,
            Err(_) => {
                return Err(PeerError::Timeout {
                    wait: Wait::Connect,
                    after: limit,
                });
            }
        };
        prepare(&stream, &mut config)?;
        Ok(Self::new(Role::Outbound, stream, config))
    }

    /// Wraps a stream that the other end opened: a TCP stream from a listener, or any other stream.
    ///
    /// Must be called within a Tokio runtime.
    pub fn accept<S>(stream: S, config: PeerConfig) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        Self::new(Role::Inbound, stream, config)
    }

    /// Wraps a stream that we opened by other means than [`Peer::connect`].
    ///
    /// Must be called within a Tokio runtime.
    pub fn dialled<S>(stream: S, config: PeerConfig) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        Self::new(Role::Outbound, stream, config)
    }

    fn new<S>(role: Role, stream: S, config: PeerConfig) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let config = config.for_one_connection();
        Self {
            connection: Connection::new(stream, role, &config),
            role,
            session: None,
            opened: Instant::now(),
            pending: Pending::new(config.receive_buffer),
            unsent: None,
            config,
        }
    }

    /// Exchanges `version` and `verack`, and returns the peer's version. A second call returns it
    /// again. The end that opened the connection sends its `version` first.
    ///
    /// # Errors
    /// If the peer breaks the protocol, ends the connection or takes too long.
    pub async fn handshake(&mut self) -> Result<&Version, PeerError> {
        if self.session.is_none() {
            self.session = Some(Session::new(self.role, self.config.session.clone()));
            self.opened = Instant::now();
        }
        let until = after(self.opened, self.config.session.timeouts.handshake);
        while !self.is_ready() {
            self.tick()?; // the time limit applies even if messages keep coming
            if let Some((message, size)) = self.step(until).await? {
                self.pending.push(message, size); // a message that the session does not handle
            }
        }
        // A session is ready only once it has the peer's version.
        let version = self.session.as_ref().and_then(Session::peer_version);
        version.ok_or(PeerError::Closed)
    }

    /// Queues a message to be written, and waits only while the queue is full.
    ///
    /// # Errors
    /// If the connection has ended, or the peer reads nothing for too long.
    pub async fn send(&mut self, message: impl Into<Message>) -> Result<(), PeerError> {
        self.connection.send(&message.into()).await
    }

    /// Queues an envelope, which may be invalid.
    ///
    /// # Errors
    /// As [`Peer::send`].
    pub async fn send_raw(&mut self, envelope: &RawEnvelope) -> Result<(), PeerError> {
        self.connection.send_raw(envelope.clone()).await
    }

    /// Queues any bytes, which bypass the transport.
    ///
    /// # Errors
    /// As [`Peer::send`].
    pub async fn send_bytes(&mut self, bytes: Vec<u8>) -> Result<(), PeerError> {
        self.connection.send_bytes(bytes).await
    }

    /// Returns the next message in the order of arrival: one that [`Peer::wait_for`] kept, or a new
    /// one.
    ///
    /// # Errors
    /// If a message is malformed, none arrives in time, or the connection ends.
    pub async fn read(&mut self) -> Result<Message, PeerError> {
        if let Some(message) = self.pending.pop() {
            return Ok(message);
        }
        let (message, _) = self.next(Wait::Message).await?;
        Ok(message)
    }

    /// Returns the next message of one type: `let headers: Headers = peer.wait_for().await?`.
    ///
    /// Messages of other types are kept for later calls. When they take more than
    /// [`PeerConfig::receive_buffer`], the oldest is dropped.
    ///
    /// # Errors
    /// As [`Peer::read`].
    pub async fn wait_for<P: Payload>(&mut self) -> Result<P, PeerError> {
        if let Some(payload) = self.pending.take() {
            return Ok(payload);
        }
        let wait = Wait::MessageOf(P::COMMAND);
        let until = after(Instant::now(), self.config.waits.message);
        loop {
            let (message, size) = self.next_until(until, wait).await?;
            if message.command() != P::COMMAND {
                self.pending.push(message, size);
            } else if let Some(payload) = P::from_message(message) {
                return Ok(payload);
            }
            self.in_time(until, wait)?;
        }
    }

    /// Writes everything that is queued, and closes the connection.
    ///
    /// # Errors
    /// If not everything could be written.
    pub async fn close(self) -> Result<(), PeerError> {
        self.connection.close().await
    }

    /// Returns the peer's version, once it has arrived.
    pub fn version(&self) -> Option<&Version> {
        self.session.as_ref().and_then(Session::peer_version)
    }

    /// Returns the state of the handshake and of the negotiated features, once the handshake has
    /// begun.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    fn is_ready(&self) -> bool {
        self.session.as_ref().is_some_and(Session::is_ready)
    }

    async fn next(&mut self, wait: Wait) -> Result<(Message, usize), PeerError> {
        let until = after(Instant::now(), self.config.waits.message);
        self.next_until(until, wait).await
    }

    async fn next_until(
        &mut self,
        until: Instant,
        wait: Wait,
    ) -> Result<(Message, usize), PeerError> {
        loop {
            if let Some(found) = self.step(until).await? {
                return Ok(found);
            }
            self.in_time(until, wait)?;
        }
    }

    /// Fails if the time is up. Called after every unwanted message, since a queue that is never
    /// empty must not extend the wait.
    fn in_time(&self, until: Instant, wait: Wait) -> Result<(), PeerError> {
        if Instant::now() < until {
            return Ok(());
        }
        Err(PeerError::Timeout {
            wait,
            after: self.config.waits.message,
        })
    }

    /// Waits for one message or one deadline, and lets the session handle it. Returns a message that
    /// the session does not handle.
    async fn step(&mut self, until: Instant) -> Result<Option<(Message, usize)>, PeerError> {
        if !self.flush(until).await? {
            return Ok(None);
        }
        let opened = self.opened;
        let session_deadline = self.session.as_ref().map(|s| after(opened, s.deadline()));
        let deadline = session_deadline.map_or(until, |deadline| deadline.min(until));
        let Some(received) = self.connection.receive(deadline).await? else {
            self.tick()?;
            self.flush(until).await?;
            return Ok(None);
        };
        let Some(session) = &mut self.session else {
            return Ok(Some((received.message, received.size)));
        };
        // A message may have waited in the queue. The session needs the time of its arrival.
        let at = received.at - opened;
        if at >= session.deadline() {
            session.tick(at)?;
        }
        let found = match session.receive(received.message, at)? {
            Event::Message(message) => Some((message, received.size)),
            Event::Handled | Event::Ready => None,
            Event::Ignored(violation) => {
                tracing::debug!("ignored: {violation}");
                None
            }
        };
        self.flush(until).await?;
        Ok(found)
    }

    fn tick(&mut self) -> Result<(), PeerError> {
        match &mut self.session {
            Some(session) => Ok(session.tick(self.opened.elapsed())?),
            None => Ok(()),
        }
    }

    /// Sends the messages of the session. Returns false if there is no room for them until then.
    async fn flush(&mut self, until: Instant) -> Result<bool, PeerError> {
        loop {
            if self.unsent.is_none() {
                self.unsent = self.session.as_mut().and_then(Session::next_outgoing);
            }
            let Some(message) = &self.unsent else {
                return Ok(true);
            };
            match timeout_at(until, self.connection.send(message)).await {
                Ok(sent) => sent?,
                Err(_) => return Ok(false),
            }
            self.unsent = None;
        }
    }
}

/// Makes small messages leave at once, and puts the peer's address into our version.
fn prepare(stream: &TcpStream, config: &mut PeerConfig) -> Result<(), PeerError> {
    stream.set_nodelay(true).map_err(PeerError::from_io)?;
    let address = stream.peer_addr().map_err(PeerError::from_io)?;
    config.session.version.receiver = NetAddress::new(Services::empty(), address);
    Ok(())
}

fn connect_error(address: String, source: io::Error) -> PeerError {
    match source.kind() {
        io::ErrorKind::ConnectionRefused => PeerError::Refused { address },
        _ => PeerError::Connect { address, source },
    }
}
