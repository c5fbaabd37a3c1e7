//! The dispatch of messages to their handlers, and what is due without a message.

use std::sync::Arc;

use fake_peer_core::Message;
use fake_peer_core::message::{
    Addr, AddrV2, DecodeError, Feature, FilterAdd, FilterLoad, GetBlocks, GetData, GetHeaders,
    Headers, Inv, Payload as _, SendAddrV2, SendTxRcncl, Unknown, Verack, Version, WtxidRelay,
};
use fake_peer_core::session::{Event, Violation};
use fake_peer_core::transport::{Frame, FrameContent};
use fake_peer_core::wire::{Bytes, Command, MalformedKind, Step};

use super::connection::Connection;
use super::shared::{News, Shared};
use crate::behaviour::{Behaviour, Reaction};

/// Why a turn ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The connection is closed.
    Disconnect,
    /// The process crashes.
    Crash,
    /// The process becomes unresponsive.
    Hang,
}

/// The result of a step: `Err` if it ends the turn.
pub(super) type Verdict = Result<(), Stop>;

/// Converts a reaction to a verdict.
pub(super) fn react(reaction: Reaction) -> Verdict {
    match reaction {
        Reaction::Ignore => Ok(()),
        Reaction::Disconnect => Err(Stop::Disconnect),
        Reaction::Crash => Err(Stop::Crash),
        Reaction::Hang => Err(Stop::Hang),
    }
}

/// One connection, and the state that it shares with the others.
pub(super) struct Turn<'a> {
    pub(super) shared: &'a mut Shared,
    pub(super) peer: &'a mut Connection,
    pub(super) rules: Arc<Behaviour>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(shared: &'a mut Shared, peer: &'a mut Connection) -> Self {
        let rules = Arc::clone(&shared.config.behaviour);
        Self {
            shared,
            peer,
            rules,
        }
    }

    /// Takes a frame (`ProcessMessages`).
    pub(super) fn on_frame(&mut self, frame: Frame) -> Verdict {
        let FrameContent::Envelope { command, envelope } = frame.content else {
            return Ok(());
        };
        let Ok(command) = command else {
            return react(self.rules.reactions.bad_envelope);
        };
        match Message::decode_with(command, &envelope.payload, &self.rules.wire) {
            Ok(message) => self.on_decoded(message),
            Err(error) if self.is_read(command) => self.on_malformed(&error),
            // The payload is not read now: only the time of the message matters.
            Err(_) => self.on_decoded(Message::Unknown(Unknown {
                command,
                payload: Bytes::default(),
            })),
        }
    }

    /// Does what is due, whether or not a message was received (`SendMessages`).
    pub(super) fn send_messages(&mut self, news: &[News]) -> Verdict {
        let since_opened = self.shared.now.saturating_sub(self.peer.opened);
        if since_opened >= self.peer.session.deadline() {
            let ticked = self.peer.session.tick(since_opened);
            ticked.map_err(|_| Stop::Disconnect)?;
            self.peer.take_session();
        }
        if !self.peer.session.is_ready() {
            return Ok(());
        }
        self.ask_for_headers_announcements();
        self.start_header_sync();
        self.relay(news);
        self.broadcast();
        self.give_up_slow_peer()?;
        self.fetch_blocks();
        self.fetch_transactions();
        self.send_fee_filter();
        Ok(())
    }

    /// Returns whether the payload of a message with this command is read at this point.
    fn is_read(&self, command: Command) -> bool {
        let session = &self.peer.session;
        session.is_ready()
            || match session.peer_version() {
                None => command == Version::COMMAND,
                Some(_) => NEGOTIATION.contains(&command),
            }
    }

    fn on_decoded(&mut self, message: Message) -> Verdict {
        if let Message::Version(version) = &message
            && self.peer.session.peer_version().is_none()
        {
            self.check_version(version)?;
        }
        let greeted = self.peer.session.peer_version().is_some();
        let now = self.shared.now.saturating_sub(self.peer.opened);
        let event = self.peer.session.receive(message, now);
        let event = event.map_err(|_| Stop::Disconnect)?;
        self.peer.take_session();
        if !greeted && self.peer.session.peer_version().is_some() {
            self.on_greeted();
        }
        match event {
            Event::Ready => {
                self.on_ready();
                Ok(())
            }
            Event::Ignored(Violation::DuplicateVersion) => {
                react(self.rules.reactions.second_version)
            }
            Event::Handled | Event::Ignored(_) => Ok(()),
            Event::Message(message) => self.on_message(message),
        }
    }

    fn on_message(&mut self, message: Message) -> Verdict {
        match message {
            Message::Feature(_) => self.on_feature(),
            Message::Headers(message) => self.on_headers(&message.headers),
            Message::GetData(message) => self.on_getdata(&message.inventory),
            Message::Block(message) => self.on_block(&message),
            Message::CmpctBlock(message) => self.on_cmpctblock(&message),
            Message::GetBlockTxn(message) => self.on_getblocktxn(&message),
            Message::BlockTxn(message) => self.on_blocktxn(message),
            Message::Addr(message) => self.on_addr(&message.addresses),
            Message::AddrV2(message) => self.on_addrv2(&message.addresses),
            Message::Mempool(_) => self.on_mempool(),
            Message::FilterLoad(message) => self.on_filterload(&message),
            Message::FilterAdd(message) => self.on_filteradd(&message),
            Message::FilterClear(_) => self.on_filterclear(),
            Message::GetCFilters(message) => self.on_filter_request(message.filter_type),
            Message::GetCFHeaders(message) => self.on_filter_request(message.filter_type),
            Message::GetCFCheckpt(message) => self.on_filter_request(message.filter_type),
            message => {
                self.on_blameless(message);
                Ok(())
            }
        }
    }

    /// Handles a message that cannot be invalid once it parses.
    fn on_blameless(&mut self, message: Message) {
        match message {
            Message::SendCmpct(message) => self.on_sendcmpct(message),
            Message::GetHeaders(message) => self.on_getheaders(&message),
            Message::GetBlocks(message) => self.on_getblocks(&message),
            Message::Inv(message) => self.on_inv(&message.inventory),
            Message::NotFound(message) => self.on_notfound(&message.inventory),
            Message::Transaction(message) => self.on_transaction(message),
            Message::GetAddr(_) => self.on_getaddr(),
            // Answers to requests that the node never sends, and unknown messages.
            _ => {}
        }
    }

    fn on_malformed(&mut self, error: &DecodeError) -> Verdict {
        self.peer.reserve_for(error, &self.rules.memory);
        let reactions = &self.rules.reactions;
        react(match error.command {
            Feature::COMMAND => reactions.malformed_feature,
            _ if is_oversized(error) => reactions.oversized_list,
            _ => reactions.malformed,
        })
    }
}

/// The messages that are read between `version` and the end of the handshake.
const NEGOTIATION: [Command; 5] = [
    Verack::COMMAND,
    WtxidRelay::COMMAND,
    SendAddrV2::COMMAND,
    SendTxRcncl::COMMAND,
    Feature::COMMAND,
];

/// The fields for which Bitcoin Core disconnects if they are above their limit: `Misbehaving`, and
/// for the locators `fDisconnect`, in `PeerManagerImpl::ProcessMessage`. It ignores every other
/// malformed message, because deserialization throws and the connection stays open.
const PUNISHED_LENGTHS: [(Command, &[Step]); 10] = [
    (
        Addr::COMMAND,
        &[Step::Field("addresses"), Step::Field("count")],
    ),
    (
        AddrV2::COMMAND,
        &[Step::Field("addresses"), Step::Field("count")],
    ),
    (
        FilterAdd::COMMAND,
        &[Step::Field("data"), Step::Field("length")],
    ),
    (
        FilterLoad::COMMAND,
        &[Step::Field("filter"), Step::Field("length")],
    ),
    (FilterLoad::COMMAND, &[Step::Field("hash_funcs")]),
    (
        GetBlocks::COMMAND,
        &[Step::Field("locator"), Step::Field("count")],
    ),
    (
        GetData::COMMAND,
        &[Step::Field("inventory"), Step::Field("count")],
    ),
    (
        GetHeaders::COMMAND,
        &[Step::Field("locator"), Step::Field("count")],
    ),
    (
        Headers::COMMAND,
        &[Step::Field("headers"), Step::Field("count")],
    ),
    (
        Inv::COMMAND,
        &[Step::Field("inventory"), Step::Field("count")],
    ),
];

fn is_oversized(DecodeError { command, malformed }: &DecodeError) -> bool {
    matches!(malformed.kind, MalformedKind::OverLimit { .. })
        && PUNISHED_LENGTHS.contains(&(*command, malformed.field.steps()))
}
