//! One connection to a node, by hand.

use std::time::Duration;

use fake_peer_core::message::{Message, Services, Verack, Version};
use fake_peer_core::wire::{Frame, RawEnvelope, Rules, StreamDecoder};
use fake_peer_core::{Header, Network};
use fake_peer_fixtures::synthetic::ChainBuilder;

use crate::machine::{Action, ConnId, End, Input, Machine};
use crate::peer::{Behaviour, Node, NodeConfig};

/// When the tests take place: ten days after a chain that starts at regtest's genesis would end.
pub(super) const NOW: u64 = 1_700_000_000;

const MAGIC: [u8; 4] = Network::Regtest.magic();

/// A connection to a node on regtest, and what came back over it.
pub(super) struct Talk {
    pub(super) node: Node,
    id: ConnId,
    now: Duration,
    decoder: StreamDecoder,
    came: Vec<Message>,
    pub(super) end: Option<Action>,
}

impl Talk {
    pub(super) fn new() -> Self {
        Self::with(Behaviour::reference(Network::Regtest))
    }

    pub(super) fn with(behaviour: Behaviour) -> Self {
        Self::to(Node::new(NodeConfig::new(behaviour, NOW)))
    }

    /// The first connection to this node.
    pub(super) fn to(node: Node) -> Self {
        let mut talk = Self {
            node,
            id: ConnId::Accepted(0),
            now: Duration::ZERO,
            decoder: StreamDecoder::new(MAGIC, &Rules::STRICT),
            came: Vec::new(),
            end: None,
        };
        talk.input(|id| Input::Opened(id));
        talk
    }

    /// The next connection to the same node; what the old one hears is lost.
    pub(super) fn reconnect(self, end_first: bool) -> Self {
        let Self { mut node, id, now, end, .. } = self;
        if end_first && end.is_none() {
            node.handle(Input::Ended(id, End::Closed), now);
        }
        let ConnId::Accepted(number) = id else {
            panic!("{id:?}")
        };
        let mut talk = Self {
            id: ConnId::Accepted(number + 1),
            now,
            ..Self::to(Node::new(NodeConfig::new(
                Behaviour::reference(Network::Regtest),
                NOW,
            )))
        };
        talk.node = node;
        talk.input(|id| Input::Opened(id));
        talk
    }

    pub(super) fn version() -> Version {
        Version {
            nonce: 2,
            services: Services::NETWORK,
            ..Version::default()
        }
    }

    pub(super) fn full_node() -> Version {
        Version {
            services: Services::NETWORK | Services::WITNESS,
            relay: true,
            ..Self::version()
        }
    }

    /// Shakes hands as `version`.
    pub(super) fn ready(mut self, version: Version) -> Self {
        self.say(version);
        self.say(Verack {});
        self
    }

    /// Sends a message. Gives the commands of what came back at once.
    pub(super) fn say(&mut self, message: impl Into<Message>) -> Vec<String> {
        self.bytes(&wire(message))
    }

    /// Sends bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Vec<String> {
        self.input(|id| Input::Bytes(id, bytes))
    }

    /// Lets time pass, as a driver would.
    pub(super) fn wait(&mut self, time: Duration) -> Vec<String> {
        let until = self.now + time;
        let mut came = Vec::new();
        while let Some(due) = self.node.deadline().filter(|due| *due <= until) {
            self.now = due.max(self.now + Duration::from_nanos(1));
            came.extend(self.input(|_| Input::Tick));
        }
        self.now = until;
        came.extend(self.input(|_| Input::Tick));
        came
    }

    /// The last message that came.
    pub(super) fn last(&self) -> Message {
        self.came.last().cloned().unwrap()
    }

    /// The last message of this type that came.
    pub(super) fn last_of<T: fake_peer_core::message::Payload>(&self) -> T {
        let mut of_type = self.came.iter().rev().cloned().filter_map(T::from_message);
        of_type.next().unwrap()
    }

    pub(super) fn is_open(&self) -> bool {
        self.end.is_none()
    }

    fn input<'a>(&mut self, input: impl FnOnce(ConnId) -> Input<'a>) -> Vec<String> {
        self.node.handle(input(self.id), self.now);
        let before = self.came.len();
        while let Some(action) = self.node.next_action() {
            match action {
                Action::Write(id, bytes) if id == self.id => self.decoder.push(&bytes),
                Action::Close(id) if id == self.id => self.end = Some(action),
                Action::Die => self.end = Some(action),
                _ => {}
            }
        }
        while let Some(Frame::Envelope { envelope, .. }) = self.decoder.next_frame().unwrap() {
            let envelope = envelope.check(MAGIC, &Rules::STRICT).unwrap();
            let message = Message::decode(envelope.command, &envelope.payload).unwrap();
            self.came.push(message);
        }
        let came = self.came[before..].iter();
        came.map(|it| it.command().to_string()).collect()
    }
}

/// The bytes of an honest envelope.
pub(super) fn wire(message: impl Into<Message>) -> Vec<u8> {
    message.into().to_envelope(MAGIC).to_bytes()
}

/// An honest envelope with a lie.
pub(super) fn lie(message: impl Into<Message>, lie: impl FnOnce(&mut RawEnvelope)) -> Vec<u8> {
    let mut envelope = message.into().to_envelope(MAGIC);
    lie(&mut envelope);
    envelope.to_bytes()
}

/// An envelope around a payload that may lie.
pub(super) fn raw(command: &str, payload: Vec<u8>) -> Vec<u8> {
    RawEnvelope::new(MAGIC, command.parse().unwrap(), payload).to_bytes()
}

/// The first headers of a regtest chain.
pub(super) fn chain(length: u32) -> Vec<Header> {
    let params = fake_peer_core::chain::Params::regtest();
    ChainBuilder::new(params).build(length).unwrap()
}
