//! What a script does, in English.

use std::fmt::Write as _;
use std::time::Duration;

use fake_peer_core::wire::Command;

use super::check;
use super::check::sample::Sample;
use super::model::{
    Base, Branch, Chain, ChainRange, ChainRules, Class, Content, DisconnectKind, Expect,
    Expectation, FaultKind, Lie, Observation, Op, Part, Pieces, RawPart, Role, Script, Send, Step,
};
use super::text::value_text;
use super::wire;

/// What a script does, in numbered sentences, with the bytes that are sent where they are known
/// before a run.
pub fn explain(script: &Script) -> String {
    let mut text = format!("{} ({})\n", script.name, script.network);
    let about = script.about.iter().cloned();
    let sources = script
        .sources
        .iter()
        .map(|source| format!("Source: {source}"));
    let lines = about.chain(sources).chain(requires(script));
    let chains = script.chains.iter().map(chain);
    for line in lines.chain(chains) {
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
    let sample = check::sample_of(script);
    let mut steps = Steps {
        script,
        sample,
        text,
    };
    for (index, step) in script.steps.iter().enumerate() {
        steps.one(step, &format!("{}.", index + 1));
    }
    steps.text
}

fn requires(script: &Script) -> Option<String> {
    let requires = &script.requires;
    let mut needs = Vec::new();
    needs.extend(requires.role.map(|role| match role {
        Role::Listens => "that listens".to_owned(),
        Role::Dials => "that dials".to_owned(),
    }));
    if !requires.services.is_empty() {
        needs.push(format!(
            "with the service bits {:#x}",
            requires.services.bits()
        ));
    }
    needs.extend(
        requires
            .protocol
            .map(|protocol| format!("of protocol {protocol} or later")),
    );
    (!needs.is_empty()).then(|| format!("For a target {}.", needs.join(", ")))
}

fn chain(chain: &Chain) -> String {
    let base = match &chain.base {
        Base::Genesis => "block 0".to_owned(),
        Base::Recorded(height) => format!("the recorded headers up to {height}"),
        Base::File(file) => format!("the headers of {file}"),
        Base::Fork { chain, height } => format!("the chain {chain} up to {height}"),
    };
    let mined = match chain.length {
        0 => base,
        length => format!("{length} mined headers on {base}, from seed {}", chain.seed),
    };
    let rules = match chain.rules {
        ChainRules::Network => "",
        ChainRules::WithoutWork => ", without work",
        ChainRules::SmallPeriod => ", with a new difficulty every ten headers",
    };
    let fault = chain.fault.as_ref().map(|fault| {
        let what = match &fault.kind {
            FaultKind::Value { field, to } => {
                let field = fake_peer_fixtures::synthetic::Field::from(*field);
                format!("{} for its {field}", value_text(to))
            }
            kind => kind
                .to_builder(0)
                .map(|kind| kind.to_string())
                .unwrap_or_default(),
        };
        format!("; the header at {} has {what}", fault.at)
    });
    format!(
        "Chain {}: {mined}{rules}{}.",
        chain.name,
        fault.unwrap_or_default()
    )
}

/// Writes the steps down.
struct Steps<'a> {
    script: &'a Script,
    sample: Sample,
    text: String,
}

impl Steps<'_> {
    fn one(&mut self, step: &Step, number: &str) {
        let sentence = self.sentence(step);
        self.line(number, &sentence);
        if let Step::Send(send) = step {
            self.details(send, number);
        }
        self.inside(Part::Step(step), number);
    }

    fn line(&mut self, number: &str, text: &str) {
        let depth = number.matches('.').count().saturating_sub(1);
        let _ = writeln!(
            self.text,
            "{:indent$}{number} {text}",
            "",
            indent = 3 * depth
        );
    }

    fn detail(&mut self, number: &str, text: &str) {
        let indent = 3 * number.matches('.').count();
        let _ = writeln!(self.text, "{:indent$}{text}", "");
    }

    fn sentence(&mut self, step: &Step) -> String {
        match step {
            Step::Connection { name, .. } => format!("On the connection {name}:"),
            Step::Repeat { count, .. } => format!("{count} times:"),
            Step::Connect { count: 1 } => "Open the connection.".to_owned(),
            Step::Connect { count } => format!("Open {count} connections under this name."),
            Step::Handshake(handshake) => match handshake.offers.as_slice() {
                [] => "Shake hands.".to_owned(),
                offers => format!("Shake hands, and offer {} before verack.", names(offers)),
            },
            Step::Send(send) => self.send(send),
            Step::Expect(Expectation::One(observation)) => observe(observation),
            Step::Expect(Expectation::OneOf(set)) => {
                format!("One of these happens{}:", within(set.within))
            }
            Step::Ignore(commands) => format!("From here on, pass over {}.", names(commands)),
            Step::Forbid(commands) => format!("From here on, {} is a failure.", names(commands)),
            Step::AnswerPings(true) => "Answer pings again.".to_owned(),
            Step::AnswerPings(false) => "Leave pings unanswered.".to_owned(),
            Step::Reading(true) => "Read again.".to_owned(),
            Step::Reading(false) => "Stop reading what the target sends.".to_owned(),
            Step::Wait(time) => format!("Let {} pass.", span(*time)),
            Step::Close => "Close the connection.".to_owned(),
            Step::HalfClose => "Close our direction of the connection.".to_owned(),
            Step::Reset => "Reset the connection.".to_owned(),
            Step::BeHonest { chain } => {
                format!("From here on, be an honest peer with the chain {chain}.")
            }
        }
    }

    fn send(&mut self, send: &Send) -> String {
        let what = match &send.content {
            Content::Message { command, .. } => command.to_string(),
            Content::Headers(range) => format!("headers with {}", part(range)),
            Content::Blocks(range) => format!("block for {}", part(range)),
            Content::Raw(parts) => format!("bytes without an envelope: {}", raw(parts)),
        };
        match wire::encode(send, self.script.network, &mut self.sample) {
            Ok(bytes) => format!("Send {what} ({} bytes).", bytes.concat().len()),
            Err(_) => format!("Send {what} (how long, only a run can tell)."),
        }
    }

    fn details(&mut self, send: &Send, number: &str) {
        for lie in &send.lies {
            self.detail(number, &format!("lie: {}", tell(lie)));
        }
        let delivery = &send.delivery;
        let pause = match delivery.pause {
            Duration::ZERO => String::new(),
            pause => format!(", {} apart", span(pause)),
        };
        match &delivery.pieces {
            Pieces::At(offsets) if offsets.is_empty() => {}
            Pieces::At(offsets) => self.detail(number, &format!("cut at {offsets:?}{pause}")),
            Pieces::Each(1) => self.detail(number, &format!("byte by byte{pause}")),
            Pieces::Each(size) => self.detail(number, &format!("{size} bytes at a time{pause}")),
        }
        if let Some(length) = delivery.truncate {
            self.detail(number, &format!("only the first {length} bytes"));
        }
        if delivery.copies != 1 {
            self.detail(number, &format!("{} times the same bytes", delivery.copies));
        }
    }

    /// Writes what is inside, numbered after `outer`.
    fn inside(&mut self, outer: Part<'_>, number: &str) {
        for (index, part) in outer.parts().enumerate() {
            let number = format!("{number}{}.", index + 1);
            match part {
                Part::Step(step) => self.one(step, &number),
                Part::Branch(branch) => {
                    self.line(&number, &describe(branch));
                    self.inside(part, &number);
                }
            }
        }
    }
}

fn describe(branch: Branch<'_>) -> String {
    let observed = observe(branch.observation);
    let Some(outcome) = branch.outcome else {
        return observed;
    };
    let class = match outcome.class {
        Class::Pass => "pass",
        Class::Weaker => "weaker",
        Class::Fail => "fail",
    };
    let note = outcome.note.iter().map(|note| format!(" ({note})"));
    format!("{class}: {observed}{}", note.collect::<String>())
}

fn part(range: &ChainRange) -> String {
    let last = range.from.saturating_add(range.count).saturating_sub(1);
    let heights = match range.count {
        0 => "nothing".to_owned(),
        1 => range.from.to_string(),
        _ => format!("{} to {last}", range.from),
    };
    format!("{heights} of the chain {}", range.chain)
}

fn observe(observation: &Observation) -> String {
    match observation {
        Observation::Message(expect) => expected(expect),
        Observation::Disconnect { how, within: time } => {
            let how = match how {
                DisconnectKind::Any => "ends the connection",
                DisconnectKind::Closed => "closes the connection",
                DisconnectKind::Reset => "resets the connection",
            };
            format!("The target {how}{}.", within(*time))
        }
        Observation::Silence { length } => {
            format!("The target sends nothing for {}.", span(*length))
        }
        Observation::Barrier { within: time } => {
            format!("The target answers a ping of ours{}.", within(*time))
        }
    }
}

fn expected(expect: &Expect) -> String {
    let mut text = format!("The target sends {}", expect.command);
    for (at, test) in expect.tests.iter().enumerate() {
        let join = if at == 0 { " where" } else { " and" };
        let op = match test.op {
            Op::Is => "is",
            Op::Not => "is not",
            Op::AtLeast => "is at least",
            Op::AtMost => "is at most",
            Op::Count => "has the length",
            Op::Has => "has",
        };
        let _ = write!(
            text,
            "{join} {} {op} {}",
            test.path,
            value_text(&test.value)
        );
    }
    text.push_str(&within(expect.within));
    for capture in &expect.captures {
        let _ = write!(text, "; its {} is kept as ${}", capture.path, capture.name);
    }
    text + "."
}

fn tell(lie: &Lie) -> String {
    match lie {
        Lie::Magic(bytes) => format!("the magic is {}", const_hex::encode(bytes)),
        Lie::Command(bytes) => format!("the command is \"{}\"", bytes.escape_ascii()),
        Lie::Length(length) => format!("the length is {length}"),
        Lie::Checksum(bytes) => format!("the checksum is {}", const_hex::encode(bytes)),
        Lie::CompactSize { path, width, value } => {
            let value = value
                .map(|value| format!(" says {value}"))
                .unwrap_or_default();
            let width = width
                .map(|width| format!(" takes {} bytes", width.bytes()))
                .unwrap_or_default();
            let and = if value.is_empty() || width.is_empty() {
                ""
            } else {
                " and"
            };
            format!("{path}{value}{and}{width}")
        }
        Lie::Overwrite { at, bytes } => format!("{bytes} stands at byte {at} of the payload"),
        Lie::Cut(length) => format!("the payload ends after {length} bytes"),
        Lie::Append(parts) => format!("behind the payload stands {}", raw(parts)),
    }
}

fn raw(parts: &[RawPart]) -> String {
    let part = |part: &RawPart| match part {
        RawPart::Hex(bytes) if bytes.len() > 32 => format!("{} given bytes", bytes.len()),
        RawPart::Hex(bytes) => bytes.to_string(),
        RawPart::File(file) => format!("the file {file}"),
        RawPart::Random(count) => format!("{count} random bytes"),
        RawPart::Zeros(count) => format!("{count} zeros"),
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

fn names(commands: &[Command]) -> String {
    let names: Vec<_> = commands.iter().map(Command::as_str).collect();
    names.join(", ")
}

fn within(time: Option<Duration>) -> String {
    time.map(|time| format!(" within {}", span(time)))
        .unwrap_or_default()
}

fn span(time: Duration) -> String {
    humantime::format_duration(time).to_string()
}
