//! The task that owns the machine.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::acceptor::{self, Arrival};
use super::connect::connect;
use super::wire::{Backlog, Command, ConnEvent, Event, EventKind, Post, Wire};
use super::{Finished, Limits, Sockets, Stop};
use crate::drive::clock::after;
use crate::machine::{Action, ConnId, End, Input, Machine};

/// The most events that wait for the machine. Further senders wait.
const EVENTS: usize = 256;

/// How many bytes the machine is handed at once. The window is checked between two slices, since
/// requests are short and their answers long.
const SLICE: usize = 2 * 1024;

/// The shortest time between two ticks, in case a machine does not move its deadline.
const TICK: Duration = Duration::from_millis(1);

/// How long to wait for the last output of a machine that is over to be written.
const SETTLE: Duration = Duration::from_secs(1);

pub(super) async fn run<M: Machine>(
    machine: M,
    sockets: Sockets,
    stop: impl Future<Output = ()>,
) -> Finished<M> {
    let (events, arriving) = mpsc::channel(EVENTS);
    let (unflushed, flushed) = mpsc::channel(1);
    let mut acceptor = JoinSet::new();
    let max = sockets.limits.max_accepted;
    let is_listening = sockets.listener.is_some();
    if let Some(listener) = sockets.listener {
        acceptor.spawn(acceptor::accept(listener, max, events.clone()));
    }
    let mut actor = Actor {
        machine,
        started: Instant::now(),
        now: Duration::ZERO,
        ticked: Duration::ZERO,
        dead: false,
        target: sockets.target,
        limits: sockets.limits,
        connections: HashMap::new(),
        woken: VecDeque::new(),
        serial: 0,
        accepted: 0,
        events,
        unflushed,
    };
    let stop = actor.run(arriving, is_listening, stop).await;
    acceptor.shutdown().await;
    let elapsed = actor.started.elapsed();
    let machine = actor.settle(flushed).await;
    Finished {
        machine,
        stop,
        elapsed,
    }
}

struct Actor<M> {
    machine: M,
    started: Instant,
    /// The last time that the machine was given.
    now: Duration,
    ticked: Duration,
    dead: bool,
    target: Option<SocketAddr>,
    limits: Limits,
    connections: HashMap<ConnId, Connection>,
    /// Connections that the machine has started to read again.
    woken: VecDeque<ConnId>,
    serial: u64,
    accepted: u32,
    events: mpsc::Sender<Event>,
    unflushed: mpsc::Sender<()>,
}

/// The machine's side of a connection.
struct Connection {
    serial: u64,
    commands: mpsc::UnboundedSender<Command>,
    backlog: Backlog,
    reading: bool,
    /// Bytes that were read and not fully handed over.
    chunk: Option<Chunk>,
    /// How the connection ended after them.
    end: Option<End>,
}

struct Chunk {
    bytes: Vec<u8>,
    handed: usize,
}

/// The next input for the machine from a connection.
enum Part {
    Chunk(Chunk),
    End(End),
}

impl Connection {
    fn note(&mut self, event: ConnEvent) {
        match event {
            ConnEvent::Bytes(bytes) => self.chunk = Some(Chunk { bytes, handed: 0 }),
            ConnEvent::Ended(end) => self.end = Some(end),
            ConnEvent::Opened | ConnEvent::Refused(_) | ConnEvent::Drained => {}
        }
    }

    /// Returns the next part, unless the machine does not read or more than a window of its output
    /// is waiting. A reset is reported even then, since nothing can be written any more.
    fn next_part(&mut self) -> Option<Part> {
        let is_reset = self.end == Some(End::Reset);
        let is_held = !self.reading || (self.backlog.is_over_window() && !is_reset);
        if self.chunk.is_some() {
            return self.chunk.take_if(|_| !is_held).map(Part::Chunk);
        }
        self.end.take_if(|_| !is_held || is_reset).map(Part::End)
    }

    /// Sends a command to the connection's task, if that is still running.
    fn send(&self, command: Command) {
        let _ = self.commands.send(command);
    }
}

impl<M: Machine> Actor<M> {
    async fn run(
        &mut self,
        mut events: mpsc::Receiver<Event>,
        is_listening: bool,
        stop: impl Future<Output = ()>,
    ) -> Stop {
        tokio::pin!(stop);
        let alarm = sleep_until(self.started);
        tokio::pin!(alarm);
        self.take_actions();
        loop {
            while let Some(id) = self.woken.pop_front() {
                self.deliver(id, self.started.elapsed());
            }
            if self.dead {
                return Stop::Died;
            }
            if self.machine.is_over() {
                return Stop::Over;
            }
            let due = self.due();
            if due.is_none() && self.connections.is_empty() && !is_listening {
                return Stop::Idle;
            }
            if let Some(due) = due
                && alarm.deadline() != due
            {
                alarm.as_mut().reset(due);
            }
            tokio::select! {
                biased;
                () = &mut stop => return Stop::Requested,
                Some(event) = events.recv() => self.take(event),
                () = &mut alarm, if due.is_some() => self.tick(self.started.elapsed()),
            }
        }
    }

    /// Returns the time at which the machine has to be woken.
    fn due(&self) -> Option<Instant> {
        let deadline = self.machine.deadline()?;
        Some(after(self.started, deadline.max(self.ticked + TICK)))
    }

    /// Handles an event, after the tick that was due before it. So events that wait in the queue do
    /// not stop the clock, and an event that arrived in time is not late because it waited.
    fn take(&mut self, event: Event) {
        let at = event.at.saturating_duration_since(self.started);
        if self.machine.deadline().is_some_and(|due| due < at) {
            self.tick(at);
        }
        match event.kind {
            EventKind::Accepted(arrival) => self.accept(arrival, at),
            EventKind::On(id, serial, event) if self.is_current(id, serial) => {
                self.on_connection(id, event, at);
            }
            EventKind::On(..) => {}
        }
    }

    /// Returns whether the machine still has this connection, and not a later one with the same id.
    fn is_current(&self, id: ConnId, serial: u64) -> bool {
        let connection = self.connections.get(&id);
        connection.is_some_and(|connection| connection.serial == serial)
    }

    fn tick(&mut self, at: Duration) {
        self.ticked = at;
        self.hand(Input::Tick, at);
    }

    fn on_connection(&mut self, id: ConnId, event: ConnEvent, at: Duration) {
        match event {
            ConnEvent::Opened => self.hand(Input::Opened(id), at),
            ConnEvent::Refused(error) => {
                tracing::debug!("cannot connect: {error}");
                self.connections.remove(&id);
                self.hand(Input::Refused(id), at);
            }
            event @ (ConnEvent::Bytes(_) | ConnEvent::Ended(_) | ConnEvent::Drained) => {
                if let Some(connection) = self.connections.get_mut(&id) {
                    connection.note(event);
                }
                self.deliver(id, at);
            }
        }
    }

    /// Hands over what was read, until the machine stops reading.
    fn deliver(&mut self, id: ConnId, at: Duration) {
        while let Some(connection) = self.connections.get_mut(&id) {
            let serial = connection.serial;
            match connection.next_part() {
                Some(Part::Chunk(chunk)) => self.hand_slice(id, serial, chunk, at),
                Some(Part::End(end)) => {
                    if end == End::Reset {
                        self.connections.remove(&id);
                    }
                    return self.hand(Input::Ended(id, end), at);
                }
                None => return,
            }
        }
    }

    fn hand_slice(&mut self, id: ConnId, serial: u64, mut chunk: Chunk, at: Duration) {
        let rest = &chunk.bytes[chunk.handed..];
        let slice = &rest[..rest.len().min(SLICE)];
        chunk.handed += slice.len();
        self.hand(Input::Bytes(id, slice), at);
        let connection = self.connections.get_mut(&id);
        if let Some(connection) = connection.filter(|connection| connection.serial == serial) {
            if chunk.handed < chunk.bytes.len() {
                connection.chunk = Some(chunk);
            } else {
                connection.send(Command::Read(chunk.bytes));
            }
        }
    }

    /// Hands an input to the machine, unless it is over, and performs its actions.
    fn hand(&mut self, input: Input<'_>, at: Duration) {
        if self.dead || self.machine.is_over() {
            return;
        }
        self.now = self.now.max(at);
        self.machine.handle(input, self.now);
        self.take_actions();
    }

    fn take_actions(&mut self) {
        while let Some(action) = self.machine.next_action() {
            if !self.dead {
                self.act(action);
            }
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Open(id) => self.open(id),
            Action::Write(id, bytes) => {
                if let Some(connection) = self.connections.get(&id) {
                    connection.backlog.add(bytes.len());
                    connection.send(Command::Write(bytes));
                }
            }
            Action::Reading(id, reading) => {
                if let Some(connection) = self.connections.get_mut(&id) {
                    connection.reading = reading;
                    self.woken.push_back(id);
                }
            }
            Action::HalfClose(id) => {
                if let Some(connection) = self.connections.get(&id) {
                    connection.send(Command::HalfClose);
                }
            }
            Action::Close(id) => self.end(id, Command::Close),
            Action::Reset(id) => self.end(id, Command::Reset),
            Action::Die => self.die(),
        }
    }

    fn open(&mut self, id: ConnId) {
        let Some(target) = self.target else {
            return self.machine.handle(Input::Refused(id), self.now);
        };
        let wire = self.connection(id, None);
        let limit = self.limits.connect;
        tokio::spawn(async move {
            let events = wire.post.events.clone();
            tokio::select! {
                () = events.closed() => {}
                connected = connect(target, limit) => match connected {
                    Ok(stream) => {
                        wire.post.send(ConnEvent::Opened).await;
                        wire.run(stream).await;
                    }
                    Err(error) => wire.post.send(ConnEvent::Refused(error)).await,
                }
            }
        });
    }

    fn accept(&mut self, Arrival { stream, place }: Arrival, at: Duration) {
        if self.dead || self.machine.is_over() {
            return;
        }
        let id = ConnId::Accepted(self.accepted);
        self.accepted = self.accepted.wrapping_add(1);
        let wire = self.connection(id, Some(place));
        tokio::spawn(wire.run(stream));
        self.hand(Input::Opened(id), at);
    }

    /// Creates the two sides of a new connection. Keeps ours, and returns that of its task.
    fn connection(&mut self, id: ConnId, place: Option<OwnedSemaphorePermit>) -> Wire {
        self.serial += 1;
        let (commands, received) = mpsc::unbounded_channel();
        let backlog = Backlog::new(self.limits.window);
        let connection = Connection {
            serial: self.serial,
            commands,
            backlog: backlog.clone(),
            reading: true,
            chunk: None,
            end: None,
        };
        self.connections.insert(id, connection);
        Wire {
            post: Post {
                id,
                serial: self.serial,
                events: self.events.clone(),
            },
            commands: received,
            backlog,
            send_limit: self.limits.send,
            unflushed: self.unflushed.clone(),
            place,
        }
    }

    fn end(&mut self, id: ConnId, how: Command) {
        if let Some(connection) = self.connections.remove(&id) {
            connection.send(how);
        }
    }

    fn die(&mut self) {
        self.dead = true;
        for (_, connection) in self.connections.drain() {
            connection.send(Command::Close);
        }
    }

    /// Drops the connections, and waits until the output of the closed ones is written.
    async fn settle(self, mut flushed: mpsc::Receiver<()>) -> M {
        let Self {
            machine,
            connections,
            unflushed,
            ..
        } = self;
        drop((connections, unflushed));
        // Nothing is ever sent. The wait ends when the last task drops its sender.
        let _ = timeout(SETTLE, flushed.recv()).await;
        machine
    }
}
