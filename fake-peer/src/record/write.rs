//! Writing a recording as a script.

use std::collections::BTreeMap;
use std::time::Duration;

use fake_peer_core::Network;
use fake_peer_core::wire::RawEnvelope;

use super::log::{Entry, Event, Recorded};
use super::received::{CUES, Received};
use super::{Side, fields, sent};
use crate::machine::End;
use crate::script::Script;
use crate::script::model::{
    Capture, Content, DisconnectKind, Expectation, Name, Observation, Path, RawPart, Requires,
    Role, Send, Step, Value,
};
use crate::script::network::NamedNetwork;

/// The parts of a script that do not come from the recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writing {
    /// The name of the script.
    pub name: String,
    /// A sentence about the script.
    pub about: Option<String>,
    /// The network. By default it is that of the first message with the magic of a built-in network.
    pub network: Option<NamedNetwork>,
    /// The shortest pause of the side that is played that the script repeats.
    pub pauses: Duration,
}

impl Writing {
    /// The default of [`Writing::pauses`].
    pub const PAUSES: Duration = Duration::from_secs(1);
}

impl Recorded {
    /// Returns the network of the first message with a known magic.
    pub fn network(&self) -> Option<Network> {
        self.messages()
            .find_map(|envelope| Network::from_magic(envelope.magic?))
    }

    /// Returns the messages in both directions.
    pub fn messages(&self) -> impl Iterator<Item = &RawEnvelope> {
        self.entries.iter().filter_map(|entry| match &entry.event {
            Event::Message(envelope) => Some(envelope),
            _ => None,
        })
    }

    /// Writes a script that sends what `plays` sent, and expects what the other end answered.
    pub fn script(&self, plays: Side, writing: &Writing) -> Script {
        let named = writing.network.clone();
        let named = named.unwrap_or_else(|| self.network().unwrap_or_default().into());
        let mut writer = Writer {
            plays,
            network: named.network,
            pauses: writing.pauses,
            lines: Vec::new(),
            connections: BTreeMap::new(),
            captured: 0,
        };
        for entry in &self.entries {
            writer.entry(entry);
        }
        writer.end_half_closed();
        let role = match plays {
            Side::Dialler => Role::Listens,
            Side::Listener => Role::Dials,
        };
        Script {
            name: writing.name.clone(),
            network: named.spec,
            about: writing.about.clone(),
            requires: Requires {
                role: Some(role),
                ..Requires::default()
            },
            steps: steps(writer.lines, writing.pauses),
            ..Script::default()
        }
    }
}

/// Converts a recording into lines, entry by entry.
struct Writer {
    plays: Side,
    network: Network,
    pauses: Duration,
    lines: Vec<Line>,
    connections: BTreeMap<u32, Connection>,
    captured: u32,
}

/// A step that may turn out to be unwanted.
struct Line {
    at: Duration,
    connection: u32,
    step: Step,
    is_ours: bool,
    is_wanted: bool,
}

/// The state of a connection.
#[derive(Default)]
struct Connection {
    /// Whether neither side can send any more.
    is_over: bool,
    /// The line in which we ended our direction.
    half_closed: Option<usize>,
    /// Whether the other side has sent something since.
    heard_since: bool,
    /// The line that leaves the answers to pings to the script.
    answers_pings: usize,
    /// The nonces of the other side, and their lines.
    nonces: Vec<(i128, usize)>,
    /// The last line of each command that is expected only if we answer it.
    cues: BTreeMap<&'static str, usize>,
}

impl Writer {
    fn entry(&mut self, entry: &Entry) {
        let is_ours = entry.from == self.plays;
        let connection = self.connections.entry(entry.connection).or_default();
        if connection.is_over {
            return;
        }
        connection.heard_since |= !is_ours && !matches!(entry.event, Event::Ended(_));
        match (&entry.event, is_ours) {
            (Event::Opened, _) => {
                self.add(entry, Step::Connect { count: 1 });
                let line = self.add(entry, Step::AnswerPings(false));
                self.lines[line].is_wanted = false;
                self.connection(entry).answers_pings = line;
            }
            (Event::Message(envelope), true) => self.sent(entry, envelope),
            (Event::Message(envelope), false) => self.received(entry, envelope),
            (Event::Other(bytes), true) => self.sent_raw(entry, bytes),
            (Event::Other(_), false) => {}
            (Event::Ended(end), true) => self.we_end(entry, *end),
            (Event::Ended(_), false) => self.they_end(entry),
        }
    }

    fn sent(&mut self, entry: &Entry, envelope: &RawEnvelope) {
        let mut send = sent::envelope(envelope, self.network);
        self.answer_cue(entry, &send);
        self.answer_nonce(entry, &mut send);
        sent::forget_version(&mut send);
        self.add(entry, Step::Send(send));
    }

    /// Merges bytes into the line before if they were sent right after it.
    fn sent_raw(&mut self, entry: &Entry, bytes: &[u8]) {
        if let Some(line) = self.lines.last_mut()
            && line.connection == entry.connection
            && entry.at.saturating_sub(line.at) < self.pauses
            && let Step::Send(Send { content, .. }) = &mut line.step
            && let Content::Raw(parts) = content
        {
            parts.push(RawPart::Hex(bytes.to_vec().into()));
            line.at = entry.at;
            return;
        }
        self.add(entry, Step::Send(sent::raw(bytes.to_vec())));
    }

    fn received(&mut self, entry: &Entry, envelope: &RawEnvelope) {
        let Some(received) = Received::from_envelope(envelope) else {
            return;
        };
        let command = received.expect.command;
        let is_wanted = !received.is_unprompted();
        let nonce = nonce_of(&received);
        let line = self.add(entry, Observation::Message(received.expect).into());
        self.lines[line].is_wanted = is_wanted;
        let connection = self.connection(entry);
        if let Some((cue, _)) = CUES.iter().find(|(cue, _)| *cue == command.as_str()) {
            connection.cues.insert(cue, line);
        }
        connection.nonces.extend(nonce.map(|nonce| (nonce, line)));
        if command.as_str() == "ping" {
            let line = connection.answers_pings;
            self.lines[line].is_wanted = true;
        }
    }

    /// Expects the message that we answer here.
    fn answer_cue(&mut self, entry: &Entry, send: &Send) {
        let Content::Message { command, .. } = &send.content else {
            return;
        };
        // A ping is recognised by its nonce instead.
        let mut answered = CUES
            .iter()
            .filter(|(cue, answer)| *answer == command.as_str() && *cue != "ping");
        if let Some((cue, _)) = answered.next()
            && let Some(line) = self.connection(entry).cues.remove(cue)
        {
            self.lines[line].is_wanted = true;
        }
    }

    /// Captures a nonce that we send back, since it differs in each run.
    fn answer_nonce(&mut self, entry: &Entry, send: &mut Send) {
        let Some(nonce) = sent::number(send, "nonce") else {
            return;
        };
        let nonces = &self.connection(entry).nonces;
        let Some(&(_, line)) = nonces.iter().rev().find(|(theirs, _)| *theirs == nonce) else {
            return;
        };
        if let Some(name) = self.capture(line) {
            sent::send_back(send, "nonce", &name);
        }
    }

    /// Returns the name under which the nonce of a line is captured.
    fn capture(&mut self, line: usize) -> Option<Name> {
        let line = self.lines.get_mut(line)?;
        let Step::Expect(Expectation::One(Observation::Message(expect))) = &mut line.step else {
            return None;
        };
        line.is_wanted = true;
        if let Some(capture) = expect.captures.first() {
            return Some(capture.name.clone());
        }
        self.captured += 1;
        let name: Name = format!("{}{}", expect.command.as_str(), self.captured)
            .parse()
            .ok()?;
        expect.captures.push(Capture {
            path: nonce_path()?,
            name: name.clone(),
        });
        Some(name)
    }

    fn we_end(&mut self, entry: &Entry, end: End) {
        match end {
            End::Closed if self.connection(entry).half_closed.is_some() => {}
            End::Closed => {
                let line = self.add(entry, Step::HalfClose);
                let connection = self.connection(entry);
                connection.half_closed = Some(line);
                connection.heard_since = false;
            }
            End::Reset => {
                self.add(entry, Step::Reset);
                self.connection(entry).is_over = true;
            }
        }
    }

    fn they_end(&mut self, entry: &Entry) {
        let connection = self.connection(entry);
        connection.is_over = true;
        match connection.half_closed {
            Some(line) if !connection.heard_since => self.lines[line].step = Step::Close,
            _ => {
                // Whether the node closes or resets depends on whether it has read all our bytes.
                let (how, within) = (DisconnectKind::Any, None);
                self.add(entry, Observation::Disconnect { how, within }.into());
            }
        }
    }

    /// Closes connections on which nothing arrived after we ended our direction.
    fn end_half_closed(&mut self) {
        for connection in self.connections.values() {
            if let Some(line) = connection.half_closed
                && !connection.is_over
                && !connection.heard_since
            {
                self.lines[line].step = Step::Close;
            }
        }
    }

    fn connection(&mut self, entry: &Entry) -> &mut Connection {
        self.connections.entry(entry.connection).or_default()
    }

    fn add(&mut self, entry: &Entry, step: Step) -> usize {
        self.lines.push(Line {
            at: entry.at,
            connection: entry.connection,
            step,
            is_ours: entry.from == self.plays,
            is_wanted: true,
        });
        self.lines.len() - 1
    }
}

fn nonce_path() -> Option<Path> {
    "nonce".parse().ok()
}

/// Returns the nonce of a message, which its receiver may send back.
fn nonce_of(received: &Received) -> Option<i128> {
    if !matches!(received.expect.command.as_str(), "version" | "ping") {
        return None;
    }
    let fields = fields::all(&received.message)?;
    let field = fields.iter().find(|field| field.name.as_str() == "nonce")?;
    match field.value {
        Value::Int(nonce) => Some(nonce),
        _ => None,
    }
}

/// Returns the steps of the wanted lines with the pauses between them, in one block per connection.
fn steps(lines: Vec<Line>, pauses: Duration) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut last = lines.first().map_or(Duration::ZERO, |line| line.at);
    for mut line in lines.into_iter().filter(|line| line.is_wanted) {
        let gap = line.at.saturating_sub(last);
        last = line.at;
        let mut wait = None;
        if line.is_ours {
            wait = (gap >= pauses)
                .then(|| pause(gap))
                .flatten()
                .map(Step::Wait);
        } else {
            be_patient(&mut line.step, gap);
        }
        for step in wait.into_iter().chain([line.step]) {
            put(&mut steps, line.connection, step);
        }
    }
    steps
}

/// Puts a step into the block of its connection. The first connection has no block.
fn put(steps: &mut Vec<Step>, connection: u32, step: Step) {
    let Some(name) = name_of(connection) else {
        steps.push(step);
        return;
    };
    match steps.last_mut() {
        Some(Step::Connection { name: last, steps }) if *last == name => steps.push(step),
        _ => steps.push(Step::Connection {
            name,
            steps: vec![step],
        }),
    }
}

fn name_of(connection: u32) -> Option<Name> {
    (connection > 0).then(|| format!("c{}", connection + 1).parse().ok())?
}

/// Rounds a pause to milliseconds, or to tenths of a second if it is longer than a second.
fn pause(gap: Duration) -> Option<Duration> {
    let millis = u64::try_from(gap.as_millis()).ok()?;
    let unit = if millis < 1000 { 1 } else { 100 };
    let millis = (millis + unit / 2) / unit * unit;
    (millis > 0).then(|| Duration::from_millis(millis))
}

/// Extends the time limit of a step if its message arrived late.
fn be_patient(step: &mut Step, gap: Duration) {
    const LATE: Duration = Duration::from_secs(1);
    const PATIENCE: u64 = 10;
    let time = (gap > LATE).then(|| Duration::from_secs(gap.as_secs() + PATIENCE));
    match step {
        Step::Expect(Expectation::One(Observation::Message(expect))) => expect.within = time,
        Step::Expect(Expectation::One(Observation::Disconnect { within, .. })) => *within = time,
        _ => {}
    }
}

#[cfg(test)]
mod tests;
