//! A small target whose actions are a function of what it receives.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use fake_peer_core::message::{GetHeaders, Ping, Pong, Services, Verack, Version};
use fake_peer_core::session::Role;
use fake_peer_core::transport::{FrameContent, MakeTransport, MakeV1, Setup, Transport};
use fake_peer_core::wire::Rules;
use fake_peer_core::{Message, Network};
use fake_peer_machine::{Action, ConnId, Input, Machine};

/// What the target does on a connection.
#[derive(Clone)]
pub(crate) enum Act {
    Say(Message),
    Raw(Vec<u8>),
    Close,
    Reset,
    Die,
    After(Duration, Box<Act>),
}

pub(crate) fn say(message: impl Into<Message>) -> Act {
    Act::Say(message.into())
}

pub(crate) fn after(millis: u64, act: Act) -> Act {
    Act::After(Duration::from_millis(millis), Box::new(act))
}

/// What the target receives on a connection.
pub(crate) enum Heard<'a> {
    Opened,
    Message(&'a Message),
    Ended,
}

type React = Box<dyn FnMut(usize, Heard<'_>) -> Vec<Act>>;

/// Connections are numbered from 0 in the order in which they were opened.
pub(crate) struct Peer {
    react: React,
    dials: u32,
    ids: Vec<ConnId>,
    make: Box<dyn MakeTransport>,
    transports: Vec<Box<dyn Transport>>,
    /// The messages to send on each connection when its transport is ready.
    unsaid: Vec<VecDeque<Message>>,
    actions: VecDeque<Action>,
    later: BTreeMap<(Duration, usize), (ConnId, Act)>,
    planned: usize,
    now: Duration,
    /// The sizes of the pieces in which bytes are sent, used in turn.
    pub(crate) cuts: Vec<usize>,
    /// All received bytes, with their times.
    pub(crate) heard: Vec<(Duration, usize, Vec<u8>)>,
    pub(crate) ends: Vec<String>,
}

impl Peer {
    pub(crate) fn new(react: impl FnMut(usize, Heard<'_>) -> Vec<Act> + 'static) -> Self {
        Self {
            react: Box::new(react),
            dials: 0,
            ids: Vec::new(),
            make: Box::new(MakeV1),
            transports: Vec::new(),
            unsaid: Vec::new(),
            actions: VecDeque::new(),
            later: BTreeMap::new(),
            planned: 0,
            now: Duration::ZERO,
            cuts: Vec::new(),
            heard: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Creates an honest node that also performs the actions that `also` returns.
    pub(crate) fn honest(mut also: impl FnMut(usize, &Message) -> Vec<Act> + 'static) -> Self {
        Self::new(move |at, heard| {
            let Heard::Message(message) = heard else {
                return Vec::new();
            };
            let mut acts = honestly(message);
            acts.extend(also(at, message));
            acts
        })
    }

    /// Makes the target dial this many connections at the start.
    pub(crate) fn dialling(mut self, count: u32) -> Self {
        self.dials = count;
        for number in 0..count {
            self.actions
                .push_back(Action::Open(ConnId::Dialled(number)));
        }
        self
    }

    /// Makes the target use another transport.
    pub(crate) fn over(mut self, make: impl MakeTransport + 'static) -> Self {
        self.make = Box::new(make);
        self
    }

    fn hear(&mut self, at: usize, heard: Heard<'_>) {
        let id = self.ids[at];
        for act in (self.react)(at, heard) {
            self.act(id, act);
        }
    }

    fn act(&mut self, id: ConnId, act: Act) {
        let action = match act {
            Act::Say(message) => {
                let at = self.index(id);
                self.unsaid[at].push_back(message);
                return self.say_it(at);
            }
            Act::Raw(bytes) => return self.write(id, &bytes),
            Act::Close => Action::Close(id),
            Act::Reset => Action::Reset(id),
            Act::Die => Action::Die,
            Act::After(time, act) => {
                self.planned += 1;
                self.later
                    .insert((self.now + time, self.planned), (id, *act));
                return;
            }
        };
        self.actions.push_back(action);
    }

    /// Writes what the transport itself wants to send, and the messages.
    fn say_it(&mut self, at: usize) {
        let id = self.ids[at];
        let mut bytes = self.transports[at].take_pending();
        while self.transports[at].is_ready()
            && let Some(message) = self.unsaid[at].pop_front()
        {
            let message = self.transports[at].encode(&mut message.to_envelope());
            bytes.extend(message.unwrap());
        }
        self.write(id, &bytes);
    }

    fn write(&mut self, id: ConnId, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let size = match self.cuts.len() {
                0 => bytes.len(),
                count => self.cuts[self.actions.len() % count].clamp(1, bytes.len()),
            };
            let (piece, rest) = bytes.split_at(size);
            self.actions
                .push_back(Action::Write(id, piece.to_vec().into()));
            bytes = rest;
        }
    }

    /// Returns all bytes that were received on a connection.
    pub(crate) fn bytes(&self, at: usize) -> Vec<u8> {
        let of_it = self.heard.iter().filter(|(_, on, _)| *on == at);
        of_it.flat_map(|(_, _, bytes)| bytes.clone()).collect()
    }

    fn index(&self, id: ConnId) -> usize {
        self.ids.iter().position(|known| *known == id).unwrap()
    }
}

/// Returns an honest node's answers to a message: the handshake, a `getheaders`, and pongs.
pub(crate) fn honestly(message: &Message) -> Vec<Act> {
    match message {
        Message::Version(_) => vec![say(version()), say(Verack {})],
        Message::Verack(_) => vec![say(GetHeaders {
            locator: vec![Network::REGTEST.params.genesis.hash()],
            ..GetHeaders::default()
        })],
        Message::Ping(Ping { nonce }) => vec![say(Pong { nonce: *nonce })],
        _ => Vec::new(),
    }
}

pub(crate) fn version() -> Version {
    Version {
        services: Services::NETWORK | Services::WITNESS,
        user_agent: "/target:1/".into(),
        start_height: 7,
        nonce: 99,
        ..Version::default()
    }
}

impl Machine for Peer {
    fn handle(&mut self, input: Input<'_>, now: Duration) {
        self.now = now;
        match input {
            Input::Opened(id) => {
                self.ids.push(id);
                self.transports.push(self.make.make(&Setup {
                    role: match id {
                        ConnId::Dialled(_) => Role::Outbound,
                        ConnId::Accepted(_) => Role::Inbound,
                    },
                    magic: Network::REGTEST.magic,
                    rules: &Rules::REFERENCE,
                    seed: 3,
                }));
                self.unsaid.push(VecDeque::new());
                self.say_it(self.ids.len() - 1);
                if self.dials > 0 {
                    self.act(id, say(version()));
                }
                self.hear(self.ids.len() - 1, Heard::Opened);
            }
            Input::Bytes(id, bytes) => {
                let at = self.index(id);
                self.heard.push((now, at, bytes.to_vec()));
                self.transports[at].push(bytes);
                while let Ok(Some(frame)) = self.transports[at].next_frame() {
                    self.say_it(at);
                    let FrameContent::Envelope { command, envelope } = frame.content else {
                        continue;
                    };
                    let message = command.ok().and_then(|command| {
                        Message::decode_with(command, &envelope.payload, &Rules::REFERENCE).ok()
                    });
                    // A target that dials has sent its version already.
                    let message = message.filter(|message| {
                        self.dials == 0 || !matches!(message, Message::Version(_))
                    });
                    match message {
                        Some(message) => self.hear(at, Heard::Message(&message)),
                        None if self.dials > 0 => self.act(id, say(Verack {})),
                        None => {}
                    }
                }
            }
            Input::Ended(id, end) => {
                let at = self.index(id);
                self.ends.push(format!("{at} {end:?}"));
                self.hear(at, Heard::Ended);
            }
            Input::Refused(_) => {}
            Input::Tick => {
                while let Some(first) = self.later.first_entry() {
                    if first.key().0 > now {
                        break;
                    }
                    let (id, act) = first.remove();
                    self.act(id, act);
                }
            }
        }
    }

    fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    fn deadline(&self) -> Option<Duration> {
        self.later.keys().next().map(|(at, _)| *at)
    }
}
