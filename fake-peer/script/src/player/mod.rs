//! The player of scripts.
//!
//! A [`Player`] is a [`Machine`] that plays a [`Prepared`] script at a target, over any driver: it
//! dials a target that listens, and takes the connections of one that dials in the order in which
//! the script needs them.
//!
//! ```
//! use std::sync::Arc;
//! use fake_peer_machine::{Action, Machine};
//! use fake_peer_script::model::Role;
//! use fake_peer_script::player::{PlayConfig, Player, Prepared};
//!
//! let script = fake_peer_script::load("ping.kdl", r#"
//!     script "ping" network=regtest { handshake; barrier; }
//! "#)?;
//! let script = Arc::new(Prepared::new(script, 1_795_000_000, &|_| None)?);
//! let mut player = Player::new(script, PlayConfig::new(Role::Listens));
//! assert!(matches!(player.next_action(), Some(Action::Open(_))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod begin;
mod config;
mod connection;
mod ending;
mod failure_text;
mod handshake;
mod honest;
mod inbox;
mod judge;
mod log;
mod matching;
mod opening;
mod outgoing;
mod output;
mod policy;
mod port;
mod prepared;
mod program;
mod step;
mod stream;
mod task;
mod transcript;
mod values;
mod verdict;
mod watch;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

pub use crate::model::StepPath;
pub use config::{Limits, PlayConfig};
use connection::{Connection, State};
pub use failure_text::NO_CONNECTION;
use fake_peer_core::Message;
use honest::Honest;
use inbox::{Body, Incoming};
use judge::Judge;
use log::Log;
use opening::Waiting;
use output::Output;
use policy::Policy;
pub use prepared::{PrepareError, Prepared};
use step::Phase;
pub use transcript::{Decoded, Entry, EntryKind, Kept, Label, Note, Recorded, Transcript};
use values::Values;
pub use verdict::{
    ConnectionEnd, ConnectionReport, Failure, FailureKind, Observed, PlayError, Played, StepRef,
    Unmet, Verdict,
};

use fake_peer_machine::{Action, ConnId, End, Input, Machine};

/// How long the player pauses after a long turn, so that the target can run.
const TURN: Duration = Duration::from_millis(1);

/// Plays a script at a target.
#[derive(Debug)]
pub struct Player {
    script: Arc<Prepared>,
    config: PlayConfig,
    values: Values,
    out: Output,
    connections: Vec<Connection>,
    by_id: HashMap<ConnId, usize>,
    /// The connections of each name.
    groups: Vec<Group>,
    /// Connections that the target has opened and the script does not need yet.
    waiting: VecDeque<Waiting>,
    /// The next operation of the program.
    at: usize,
    loops: Vec<Loop>,
    phase: Phase,
    steps: u64,
    /// When there is something to do, even without input.
    due: Option<Duration>,
    judge: Judge,
}

/// The connections of one name.
#[derive(Debug, Default)]
struct Group {
    members: Vec<usize>,
    policy: Policy,
}

/// A loop that is being run.
#[derive(Debug)]
struct Loop {
    start: usize,
    left: u32,
}

impl Player {
    /// A play that starts now, at time zero.
    pub fn new(script: Arc<Prepared>, config: PlayConfig) -> Self {
        let groups = script.connections().iter().map(|_| Group::default());
        let mut player = Self {
            groups: groups.collect(),
            values: Values::new(&config),
            out: Output::new(Log::new(config.limits)),
            connections: Vec::new(),
            by_id: HashMap::new(),
            waiting: VecDeque::new(),
            at: 0,
            loops: Vec::new(),
            phase: Phase::Next,
            steps: 0,
            due: None,
            judge: Judge::new(script.script().requires, config.target),
            script,
            config,
        };
        player.advance();
        player
    }

    /// The result of the play. If it is not over, the verdict is [`PlayError::Stopped`].
    pub fn finish(self) -> Played {
        let report = |connection: Connection| ConnectionReport {
            end: match connection.state {
                State::Over(end) => end,
                _ => ConnectionEnd::Open,
            },
            label: connection.port.label,
        };
        Played {
            verdict: self.judge.into_verdict(),
            connections: self.connections.into_iter().map(report).collect(),
            elapsed: self.out.now,
            seed: self.config.seed,
            transcript: self.out.log.into_transcript(),
        }
    }

    fn take(&mut self, input: Input<'_>) {
        match input {
            Input::Opened(id) => self.on_opened(id),
            Input::Refused(id) => self.on_refused(id),
            Input::Bytes(id, bytes) => match self.by_id.get(&id) {
                Some(&at) => self.on_bytes(at, bytes),
                None => self.hold(id, bytes),
            },
            Input::Ended(id, end) => self.on_ended(id, end),
            Input::Tick => self.tick(),
        }
    }

    fn on_bytes(&mut self, at: usize, bytes: &[u8]) {
        self.connections[at].push(bytes, &mut self.out);
        // Each message takes effect before the next is read, however their bytes were split.
        while !self.is_over() && self.next_message(at) {
            self.resume(at);
        }
        let was_ready = self.connections[at].is_ready();
        self.flush_transport(at);
        if !was_ready && !self.is_over() {
            self.advance();
        }
        self.update_connection(at);
    }

    /// Processes bytes that arrived on a connection before the script needed it.
    fn feed(&mut self, at: usize, bytes: &[u8]) {
        self.connections[at].push(bytes, &mut self.out);
        while !self.is_over() && self.next_message(at) {}
    }

    /// Processes the next message of the stream. Returns whether there was one.
    fn next_message(&mut self, at: usize) -> bool {
        let (rules, out) = (&self.config.rules, &mut self.out);
        let Some(incoming) = self.connections[at].next_incoming(rules, out) else {
            return false;
        };
        // What made the transport ready may have come with the message.
        self.flush_transport(at);
        if !self.is_over() {
            self.on_incoming(at, incoming);
        }
        true
    }

    fn on_incoming(&mut self, at: usize, incoming: Incoming) {
        let connection = &mut self.connections[at];
        let policy = &self.groups[connection.group].policy;
        let (command, weight) = (incoming.command(), incoming.weight);
        let is_forbidden = command.filter(|command| policy.forbids(*command));
        let mut unmet = None;
        if let Body::Message(message) = &incoming.body {
            let is_answered = match &**message {
                Message::Ping(_) => policy.answer_pings,
                message => connection.honest.is_some() && Honest::is_request(message),
            };
            if is_answered && connection.can_send() && connection.answers {
                connection.ask(message, weight);
            }
            if let Message::Version(version) = &**message {
                unmet = self.judge.unmet(version);
            }
            let number = connection.inbox.end();
            connection.note_handshake(message.command(), number);
        }
        connection.inbox.push(incoming);
        if let Some(unmet) = unmet {
            self.conclude(Verdict::Unsupported(unmet));
        } else if let Some(command) = is_forbidden {
            self.fail(at, FailureKind::Forbidden { command });
        }
    }

    fn on_ended(&mut self, id: ConnId, end: End) {
        let Some(&at) = self.by_id.get(&id) else {
            self.waiting.retain(|waiting| waiting.id != id);
            return;
        };
        let end = match end {
            End::Closed => ConnectionEnd::Closed,
            End::Reset => ConnectionEnd::Reset,
        };
        let was_ready = self.connections[at].is_ready();
        self.connections[at].ended(end, &mut self.out);
        if !was_ready {
            return self.fail(at, FailureKind::Ended(end));
        }
        self.resume(at);
    }

    /// Does what has become possible on a connection, and continues the script.
    fn resume(&mut self, at: usize) {
        if self.is_over() {
            return;
        }
        self.poll(at);
        self.connections[at].answer(&mut self.out);
        self.advance();
    }

    /// Does what is due.
    fn tick(&mut self) {
        let limit = self.config.total;
        if self.out.now >= limit {
            return self.stop(PlayError::TooLong { limit });
        }
        self.due = None;
        self.poll_all();
        self.advance();
    }
}

impl Machine for Player {
    fn handle(&mut self, input: Input<'_>, now: Duration) {
        if self.is_over() {
            return;
        }
        // What was due before this input is done first, even if the driver is late.
        if let Some(due) = self.deadline().filter(|due| *due < now) {
            self.out.turn(due);
            self.tick();
        }
        self.out.turn(now);
        if !self.is_over() {
            self.take(input);
        }
    }

    fn next_action(&mut self) -> Option<Action> {
        self.out.actions.pop_front()
    }

    fn deadline(&self) -> Option<Duration> {
        let total = self.config.total;
        let due = self.due.map_or(total, |due| due.min(total));
        (!self.is_over()).then_some(due)
    }

    fn is_over(&self) -> bool {
        self.judge.is_over()
    }
}
