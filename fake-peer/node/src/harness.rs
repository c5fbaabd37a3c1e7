//! A test harness: connections to a node, driven by hand in virtual time.

use std::sync::Arc;
use std::time::Duration;

use fake_peer_core::chain::Params;
use fake_peer_core::message::{Message, Payload, Ping, Services, Verack, Version};
use fake_peer_core::session::Role;
use fake_peer_core::transport::{FrameContent, MakeTransport, MakeV1, Setup, Transport};
use fake_peer_core::wire::{RawEnvelope, Rules};
use fake_peer_core::{Header, Network};
use fake_peer_fixtures::synthetic::ChainBuilder;

use super::{Behaviour, Node, NodeConfig};
use fake_peer_machine::{Action, ConnId, End, Input, Machine};

/// The default time of the tests, in seconds since 1970.
pub(super) const NOW: u64 = 1_700_000_000;

/// A node, and connections to it. `line` is the index of the connection in use, by default the
/// newest.
pub(super) struct Harness {
    pub(super) node: Node,
    magic: [u8; 4],
    transport: Arc<dyn MakeTransport>,
    now: Duration,
    lines: Vec<Line>,
    pub(super) line: usize,
}

/// One connection, and what was received on it.
struct Line {
    id: ConnId,
    transport: Box<dyn Transport>,
    came: Vec<Message>,
    end: Option<Action>,
}

impl Harness {
    /// Starts the reference node on regtest, and connects to it.
    pub(super) fn new() -> Self {
        Self::with(Behaviour::reference(Network::REGTEST))
    }

    pub(super) fn with(behaviour: Behaviour) -> Self {
        Self::to(NodeConfig::new(behaviour, NOW))
    }

    /// Starts a node, and connects to it unless it dials.
    pub(super) fn to(config: NodeConfig) -> Self {
        let mut harness = Self {
            magic: config.behaviour.magic,
            transport: config.transport.clone().unwrap_or_else(|| Arc::new(MakeV1)),
            node: Node::new(config),
            now: Duration::ZERO,
            lines: Vec::new(),
            line: 0,
        };
        harness.act();
        if harness.lines.is_empty() {
            harness.connect();
        }
        harness
    }

    /// Opens another connection.
    pub(super) fn connect(&mut self) {
        let number = u32::try_from(self.lines.len()).unwrap();
        self.open(ConnId::Accepted(number));
    }

    /// Opens another connection, and completes the handshake.
    pub(super) fn connect_as(&mut self, version: Version) {
        self.connect();
        self.say(version);
        self.say(Verack {});
    }

    /// Closes the connection.
    pub(super) fn leave(&mut self) {
        let id = self.lines[self.line].id;
        self.input(Input::Ended(id, End::Closed));
    }

    pub(super) fn version() -> Version {
        Version {
            nonce: 2,
            services: Services::NETWORK,
            ..Version::default()
        }
    }

    /// Returns the version of a full node, which blocks and transactions are requested from.
    pub(super) fn full_node() -> Version {
        Version {
            services: Services::NETWORK | Services::WITNESS,
            relay: true,
            ..Self::version()
        }
    }

    /// Completes the handshake with this version.
    pub(super) fn ready(mut self, version: Version) -> Self {
        self.say(version);
        self.say(Verack {});
        self
    }

    /// Sends a message. Returns the commands of the immediate answers.
    pub(super) fn say(&mut self, message: impl Into<Message>) -> Vec<String> {
        let transport = &mut self.lines[self.line].transport;
        let bytes = transport.encode(&mut message.into().to_envelope());
        self.bytes(&bytes.unwrap())
    }

    /// Sends bytes. Returns the commands of the immediate answers.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Vec<String> {
        let id = self.lines[self.line].id;
        self.input(Input::Bytes(id, bytes))
    }

    /// Lets time pass, with a tick at each deadline, as a driver does. Returns the commands of the
    /// messages received.
    pub(super) fn wait(&mut self, time: Duration) -> Vec<String> {
        let until = self.now + time;
        let mut came = Vec::new();
        while let Some(due) = self.node.deadline().filter(|due| *due <= until) {
            self.now = due.max(self.now + Duration::from_nanos(1));
            came.extend(self.input(Input::Tick));
        }
        self.now = self.now.max(until);
        came.extend(self.input(Input::Tick));
        came
    }

    /// Returns every message received on the connection.
    pub(super) fn came(&self) -> &[Message] {
        &self.lines[self.line].came
    }

    /// Returns the received messages of this type.
    pub(super) fn all<T: Payload>(&self) -> Vec<T> {
        let came = self.came().iter().cloned();
        came.filter_map(T::from_message).collect()
    }

    pub(super) fn is_open(&self) -> bool {
        self.lines[self.line].end.is_none()
    }

    /// Returns the state of the connection in a word: closed by a crash, closed, answering pings,
    /// or silent.
    pub(super) fn fate(&mut self) -> String {
        let end = self.lines[self.line].end.clone();
        let answers =
            |harness: &mut Self| harness.say(Ping { nonce: 1 }).iter().any(|it| it == "pong");
        let fate = match end {
            Some(Action::Die) => "crashes",
            Some(_) => "disconnects",
            None if answers(self) => "answers",
            None => "is silent",
        };
        fate.to_owned()
    }

    fn open(&mut self, id: ConnId) {
        self.line = self.lines.len();
        let transport = self.transport.make(&Setup {
            role: match id {
                ConnId::Accepted(_) => Role::Outbound,
                ConnId::Dialled(_) => Role::Inbound,
            },
            magic: self.magic,
            rules: &Rules::STRICT,
            seed: 0,
        });
        self.lines.push(Line {
            id,
            transport,
            came: Vec::new(),
            end: None,
        });
        self.input(Input::Opened(id));
        self.flush(self.line);
    }

    /// Sends what the transport of a connection itself wants to send.
    fn flush(&mut self, line: usize) {
        let Line { id, transport, .. } = &mut self.lines[line];
        let (id, pending) = (*id, transport.take_pending());
        if !pending.is_empty() {
            self.node.handle(Input::Bytes(id, &pending), self.now);
            self.act();
        }
    }

    fn input(&mut self, input: Input<'_>) -> Vec<String> {
        let (line, before) = (self.line, self.came().len());
        self.node.handle(input, self.now);
        self.act();
        let came = self.lines[line].came[before..].iter();
        came.map(|it| it.command().to_string()).collect()
    }

    fn act(&mut self) {
        while let Some(action) = self.node.next_action() {
            let on = |id| move |line: &&mut Line| line.id == id;
            match action {
                Action::Open(id) => self.open(id),
                Action::Write(id, bytes) => {
                    let line = self.lines.iter().position(|line| line.id == id).unwrap();
                    self.lines[line].take(&bytes);
                    self.flush(line);
                }
                Action::Close(id) => {
                    let line = self.lines.iter_mut().find(on(id)).unwrap();
                    line.end = Some(action);
                }
                Action::Die => {
                    let open = self.lines.iter_mut().filter(|it| it.end.is_none());
                    open.for_each(|line| line.end = Some(Action::Die));
                }
                _ => panic!("{action:?}"),
            }
        }
    }
}

impl Line {
    fn take(&mut self, bytes: &[u8]) {
        assert!(self.end.is_none(), "writes after the end");
        self.transport.push(bytes);
        while let Some(frame) = self.transport.next_frame().unwrap() {
            if let FrameContent::Envelope { command, envelope } = frame.content {
                let message = Message::decode(command.unwrap(), &envelope.payload).unwrap();
                self.came.push(message);
            }
        }
    }
}

/// Returns the bytes of a valid envelope on regtest.
pub(super) fn wire(message: impl Into<Message>) -> Vec<u8> {
    lie(message, |_| {})
}

/// Returns the bytes of a valid envelope on regtest after a change to it.
pub(super) fn lie(message: impl Into<Message>, lie: impl FnOnce(&mut RawEnvelope)) -> Vec<u8> {
    let magic = Network::REGTEST.magic;
    let mut envelope = message.into().to_envelope().with_header(magic);
    lie(&mut envelope);
    envelope.to_bytes(magic)
}

/// Returns the bytes of an envelope on regtest with any payload.
pub(super) fn raw(command: &str, payload: Vec<u8>) -> Vec<u8> {
    let magic = Network::REGTEST.magic;
    RawEnvelope::new(command.parse().unwrap(), payload).to_bytes(magic)
}

/// Returns the first headers of a regtest chain, without block 0.
pub(super) fn chain(length: u32) -> Vec<Header> {
    ChainBuilder::new(Params::regtest()).build(length).unwrap()
}
