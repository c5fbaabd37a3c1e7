//! One connection of a play.

use std::collections::VecDeque;
use std::sync::Arc;

use fake_peer_core::Message;
use fake_peer_core::message::{Payload as _, Ping, Pong, Verack, Version};
use fake_peer_core::transport::{Transport, TransportError};
use fake_peer_core::wire::Command;

use super::honest::Honest;
use super::inbox::{Body, Inbox};
use super::output::Output;
use super::port::Port;
use super::task::Task;
use super::transcript::{EntryKind, Label, Note};
use super::verdict::ConnectionEnd;
use fake_peer_machine::{Action, ConnId, End};

/// The state of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Opening,
    /// It is open, but the transport cannot send messages yet.
    Connected,
    /// Messages can be sent both ways, so that steps may begin.
    Open,
    /// We have closed our direction.
    HalfClosed,
    Over(ConnectionEnd),
}

/// The progress of the handshake, whether a `handshake` step or single messages do it.
#[derive(Debug, Default)]
pub(super) struct HandshakeState {
    pub(super) sent_version: bool,
    pub(super) sent_verack: bool,
    /// The number in the inbox of the target's `version`.
    pub(super) version: Option<u64>,
    /// The number in the inbox of the target's `verack`.
    pub(super) verack: Option<u64>,
}

/// Whether the script wants a connection to be read, and whether it is being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) wanted: bool,
    now: bool,
}

impl HandshakeState {
    pub(super) fn is_done(&self) -> bool {
        self.sent_version && self.sent_verack && self.version.is_some() && self.verack.is_some()
    }
}

/// One connection of a play.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) port: Port,
    /// The index of its group, the connections of one name.
    pub(super) group: usize,
    pub(super) state: State,
    pub(super) inbox: Inbox,
    pub(super) handshake_state: HandshakeState,
    pub(super) task: Task,
    /// Whether the current step is still running on this connection.
    pub(super) busy: bool,
    pub(super) honest: Option<Honest>,
    /// Whether requests are answered: not after a message that we did not finish.
    pub(super) answers: bool,
    pub(super) reading: Reading,
    /// Whether the driver has been asked to release it.
    released: bool,
    /// The error after which nothing more can be read.
    pub(super) lost: Option<TransportError>,
    /// The number of bytes received.
    pub(super) received: u64,
    /// The requests that we have not answered yet, each with its weight in bytes.
    requests: VecDeque<(Arc<Message>, usize)>,
    requests_weight: usize,
}

impl Connection {
    pub(super) fn new(
        id: ConnId,
        label: Label,
        group: usize,
        transport: Box<dyn Transport>,
    ) -> Self {
        Self {
            port: Port {
                id,
                label,
                transport,
                sent: 0,
            },
            group,
            state: State::Opening,
            inbox: Inbox::default(),
            handshake_state: HandshakeState::default(),
            task: Task::Done(0),
            busy: false,
            honest: None,
            answers: true,
            reading: Reading {
                wanted: true,
                now: true,
            },
            released: false,
            lost: None,
            received: 0,
            requests: VecDeque::new(),
            requests_weight: 0,
        }
    }

    pub(super) fn dialled(&self) -> bool {
        matches!(self.port.id, ConnId::Dialled(_))
    }

    /// How it ended, unless it is open or we have ended it.
    pub(super) fn ended_by_target(&self) -> Option<ConnectionEnd> {
        match self.state {
            State::Over(ConnectionEnd::EndedByUs) => None,
            State::Over(end) => Some(end),
            _ => None,
        }
    }

    pub(super) fn can_send(&self) -> bool {
        self.state == State::Open
    }

    pub(super) fn was_open(&self) -> bool {
        !matches!(
            self.state,
            State::Opening | State::Over(ConnectionEnd::Refused)
        )
    }

    pub(super) fn opened(&mut self, out: &mut Output) {
        self.state = State::Connected;
        out.log.add(out.now, &self.port.label, EntryKind::Opened);
        self.port.flush(out);
    }

    /// Whether steps may begin, or could begin before the connection ended.
    pub(super) fn is_ready(&self) -> bool {
        !matches!(self.state, State::Opening | State::Connected)
    }

    /// Whether the transport has just become ready.
    pub(super) fn becomes_ready(&mut self) -> bool {
        let becomes_ready = self.state == State::Connected && self.port.transport.is_ready();
        if becomes_ready {
            self.state = State::Open;
        }
        becomes_ready
    }

    /// Notes that the target, or its operating system, has ended the connection.
    pub(super) fn ended(&mut self, end: ConnectionEnd, out: &mut Output) {
        if matches!(self.state, State::Over(_)) {
            return;
        }
        let unread = self.port.transport.unread();
        let (have, need) = (unread.bytes.len(), unread.need);
        if self.lost.is_none() && have > 0 {
            out.note(&self.port.label, Note::CutOff { have, need });
        }
        self.over(end, out);
    }

    /// Ends the connection from our side.
    pub(super) fn end(&mut self, how: End, out: &mut Output) {
        let id = self.port.id;
        if !self.released {
            out.act(match how {
                End::Closed => Action::Close(id),
                End::Reset => Action::Reset(id),
            });
        }
        self.released = true;
        if !matches!(self.state, State::Over(_)) {
            self.over(ConnectionEnd::EndedByUs, out);
        }
    }

    /// Notes that a wait on the connection timed out.
    pub(super) fn timed_out(&mut self, out: &mut Output) {
        if !matches!(self.state, State::Over(_)) {
            out.note(&self.port.label, Note::TimedOut);
        }
    }

    /// Ends the connection because a ping of ours went unanswered.
    pub(super) fn unresponsive(&mut self, out: &mut Output) {
        if !matches!(self.state, State::Over(_)) {
            self.release(out);
            self.over(ConnectionEnd::Unresponsive, out);
        }
    }

    /// Asks the driver to release a connection that the target has ended.
    pub(super) fn release_if_ended(&mut self, out: &mut Output) {
        if self.ended_by_target().is_some() {
            self.release(out);
        }
    }

    /// Asks the driver to release the connection.
    pub(super) fn release(&mut self, out: &mut Output) {
        if !self.released && self.state != State::Over(ConnectionEnd::Refused) {
            self.released = true;
            out.act(Action::Close(self.port.id));
        }
    }

    fn over(&mut self, end: ConnectionEnd, out: &mut Output) {
        self.state = State::Over(end);
        self.requests.clear();
        if let Task::Send(outgoing) = &self.task {
            outgoing.abandon(out);
            self.task = Task::Done(0);
        }
        out.log
            .add(out.now, &self.port.label, EntryKind::Ended(end));
    }

    /// Keeps a request of the target until [`Connection::answer`].
    pub(super) fn ask(&mut self, request: &Arc<Message>, weight: usize) {
        self.requests_weight += weight;
        self.requests.push_back((Arc::clone(request), weight));
    }

    /// Answers the requests of the target, but not in the middle of a message that is being sent.
    pub(super) fn answer(&mut self, out: &mut Output) {
        while self.can_send() && self.answers && !self.is_mid_message() && out.has_room() {
            let Some((request, weight)) = self.requests.pop_front() else {
                return;
            };
            self.requests_weight -= weight;
            let answers = match (&*request, &self.honest) {
                (Message::Ping(Ping { nonce }), _) => vec![Pong { nonce: *nonce }.into()],
                (request, Some(honest)) => honest.answer(request),
                (_, None) => Vec::new(),
            };
            for answer in answers {
                self.port.send(answer, out);
            }
        }
    }

    pub(super) fn has_requests(&self) -> bool {
        self.can_send() && self.answers && !self.requests.is_empty()
    }

    /// From here on, answers like an honest peer, including the requests that no step has processed
    /// yet.
    pub(super) fn become_honest(&mut self, honest: Honest) {
        self.honest = Some(honest);
        let waiting = self.inbox.from(self.inbox.quiet_from());
        let requests = waiting.filter_map(|incoming| match &incoming.body {
            Body::Message(message) if Honest::is_request(message) => {
                Some((Arc::clone(message), incoming.weight))
            }
            _ => None,
        });
        for (request, weight) in requests.collect::<Vec<_>>() {
            self.ask(&request, weight);
        }
    }

    /// Sends the transport's own bytes, but not in the middle of a message that is being sent.
    pub(super) fn flush(&mut self, out: &mut Output) {
        if !self.is_mid_message() && matches!(self.state, State::Connected | State::Open) {
            self.port.flush(out);
        }
    }

    fn is_mid_message(&self) -> bool {
        matches!(&self.task, Task::Send(outgoing) if outgoing.is_mid_message())
    }

    /// Whether incoming messages are processed as they arrive.
    fn is_watched(&self) -> bool {
        self.honest.is_some() || !matches!(self.task, Task::Done(_) | Task::Send(_))
    }

    /// Starts or stops reading, depending on the script and on the room in the inbox. `limit` is
    /// the most bytes that may wait there.
    pub(super) fn regulate(&mut self, limit: usize, out: &mut Output) {
        if self.is_watched() && self.inbox.weight() > limit {
            self.inbox.drop_oldest(limit);
            if !std::mem::replace(&mut self.inbox.overflowed, true) {
                out.note(&self.port.label, Note::InboxOverflow);
            }
        }
        // Reading starts again at half of the limit, since stopping and starting have a cost.
        let limit = if self.reading.now { limit } else { limit / 2 };
        let has_room = self.inbox.weight().max(self.requests_weight) <= limit;
        let reading = self.reading.wanted && has_room;
        if reading == self.reading.now || matches!(self.state, State::Over(_) | State::Opening) {
            return;
        }
        self.reading.now = reading;
        out.act(Action::Reading(self.port.id, reading));
        if self.reading.wanted && !has_room {
            out.note(&self.port.label, Note::InboxFull);
        }
    }

    /// Notes the target's `version` and `verack`.
    pub(super) fn note_handshake(&mut self, command: Command, number: u64) {
        if command == Version::COMMAND {
            self.handshake_state.version.get_or_insert(number);
        } else if command == Verack::COMMAND {
            self.handshake_state.verack.get_or_insert(number);
        }
    }
}
