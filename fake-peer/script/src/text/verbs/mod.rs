//! The verbs of steps, a file each: its row in the table, and how it is read, printed and explained.
//!
//! The sentence of `explain` is next to the row, not in a match of its own: a new verb is described
//! in one place, and the compiler requires all three here.

mod answer_pings;
mod barrier;
mod be_honest;
mod close;
mod connect;
mod connection;
mod disconnect;
mod expect;
mod expect_all;
mod expect_one_of;
mod forbid;
mod half_close;
mod handshake;
mod ignore;
mod reading;
mod repeat;
mod reset;
mod send;
mod silence;
mod wait;

use fake_peer_core::Network;
use kdl::KdlNode;

use super::context::Context;
use super::node::Reader;
use super::scope::Where;
use super::verb::{Read, Row, find, read_row};
use crate::check::sample::Sample;
use crate::model::{Branch, Expectation, Observation, Step};

/// The verbs that are only steps.
pub(super) const STEPS: &[Row<Read<Step>>] = &[
    connection::ROW,
    repeat::ROW,
    connect::ROW,
    handshake::ROW,
    send::ROW,
    expect_one_of::ROW,
    expect_all::ROW,
    ignore::ROW,
    forbid::ROW,
    answer_pings::ROW,
    reading::ROW,
    wait::ROW,
    close::ROW,
    half_close::ROW,
    reset::ROW,
    be_honest::ROW,
];

/// The verbs of what is observed, as a step or in a branch.
pub(super) const OBSERVATIONS: &[Row<Read<Observation>>] =
    &[expect::ROW, disconnect::ROW, silence::ROW, barrier::ROW];

/// A step in a sentence, and further details, one line each.
pub(crate) struct Explained {
    pub(crate) sentence: String,
    pub(crate) details: Vec<String>,
}

impl From<String> for Explained {
    fn from(sentence: String) -> Self {
        Self {
            sentence,
            details: Vec::new(),
        }
    }
}

/// Reads a step. `place` is where it is used, for the error if it is not a step.
pub(super) fn read(r: Reader<'_>, place: Where) -> Option<Step> {
    let context = r.context();
    context.step(r.span(), || {
        if let Some(row) = find(OBSERVATIONS, r.verb()) {
            return read_row(row, r).map(Step::from);
        }
        let row = find(STEPS, r.verb());
        if row.is_none() {
            r.unknown_verb(place);
        }
        read_row(row?, r)
    })
}

/// Reads a step or a branch of one again, for the places of its fields.
pub(super) fn read_again(r: Reader<'_>) {
    match expect_one_of::class(r.verb()) {
        Some(class) => {
            expect_one_of::read_outcome(class, r);
        }
        None => {
            read(r, Where::Step);
        }
    }
}

/// Reads a block of steps, however long it is.
fn read_block(r: &mut Reader<'_>) -> Vec<Step> {
    let mut steps = Vec::with_capacity(r.max_children());
    r.each_child(|child| steps.extend(read(child, Where::Step)));
    steps
}

/// Reads steps that come after something else in a block.
fn read_all(nodes: &[KdlNode], context: &Context) -> Vec<Step> {
    let read = |node| read(Reader::new(node, context), Where::Step);
    nodes.iter().filter_map(read).collect()
}

/// Reads what is observed in a branch.
fn read_observation(node: &KdlNode, context: &Context) -> Option<Observation> {
    let row = find(OBSERVATIONS, node.name().value());
    if row.is_none() {
        context.unknown_verb(node, Where::Observation);
    }
    read_row(row?, Reader::new(node, context))
}

/// A step that has only a block of steps: its node without that, and the steps.
pub(super) fn write_start(step: &Step) -> Option<(KdlNode, &[Step])> {
    match step {
        Step::Connection { name, steps } => Some((connection::start(name).done(), steps)),
        Step::Repeat { count, steps } => Some((repeat::start(*count).done(), steps)),
        Step::Connect { .. }
        | Step::Handshake(_)
        | Step::Send(_)
        | Step::Expect(_)
        | Step::Ignore(_)
        | Step::Forbid(_)
        | Step::AnswerPings(_)
        | Step::Reading(_)
        | Step::Wait(_)
        | Step::Close
        | Step::HalfClose
        | Step::Reset
        | Step::BeHonest { .. } => None,
    }
}

pub(super) fn write(step: &Step) -> KdlNode {
    match step {
        Step::Connection { name, steps } => connection::write(name, steps),
        Step::Repeat { count, steps } => repeat::write(*count, steps),
        Step::Connect { count } => connect::write(*count),
        Step::Handshake(handshake) => handshake::write(handshake),
        Step::Send(send) => send::write(send),
        Step::Expect(Expectation::One(observation)) => write_observation(observation),
        Step::Expect(Expectation::OneOf(set)) => expect_one_of::write(set),
        Step::Expect(Expectation::All {
            within,
            observations,
        }) => expect_all::write(*within, observations),
        Step::Ignore(commands) => ignore::write(commands),
        Step::Forbid(commands) => forbid::write(commands),
        Step::AnswerPings(answer) => answer_pings::write(*answer),
        Step::Reading(read) => reading::write(*read),
        Step::Wait(time) => wait::write(*time),
        Step::Close => close::write(),
        Step::HalfClose => half_close::write(),
        Step::Reset => reset::write(),
        Step::BeHonest { chain } => be_honest::write(chain),
    }
}

fn write_all(steps: &[Step]) -> impl Iterator<Item = KdlNode> {
    steps.iter().map(write)
}

fn write_observation(observation: &Observation) -> KdlNode {
    match observation {
        Observation::Message(expect) => expect::write(expect),
        Observation::Disconnect { how, within } => disconnect::write(*how, *within),
        Observation::Silence { length } => silence::write(*length),
        Observation::Barrier { within } => barrier::write(*within),
    }
}

/// What a step does, without the parts inside it.
pub(crate) fn explain(step: &Step, network: Network, sample: &mut Sample) -> Explained {
    Explained::from(match step {
        Step::Send(send) => return send::explain(send, network, sample),
        Step::Connection { name, .. } => connection::explain(name),
        Step::Repeat { count, .. } => repeat::explain(*count),
        Step::Connect { count } => connect::explain(*count),
        Step::Handshake(handshake) => handshake::explain(handshake),
        Step::Expect(Expectation::One(observation)) => explain_observation(observation),
        Step::Expect(Expectation::OneOf(set)) => expect_one_of::explain(set),
        Step::Expect(Expectation::All { within, .. }) => expect_all::explain(*within),
        Step::Ignore(commands) => ignore::explain(commands),
        Step::Forbid(commands) => forbid::explain(commands),
        Step::AnswerPings(answer) => answer_pings::explain(*answer),
        Step::Reading(read) => reading::explain(*read),
        Step::Wait(time) => wait::explain(*time),
        Step::Close => close::explain(),
        Step::HalfClose => half_close::explain(),
        Step::Reset => reset::explain(),
        Step::BeHonest { chain } => be_honest::explain(chain),
    })
}

/// What a branch of a step expects, without the steps that follow it.
pub(crate) fn explain_branch(branch: Branch<'_>) -> String {
    let observed = explain_observation(branch.observation);
    match branch.outcome {
        Some(outcome) => expect_one_of::explain_outcome(outcome, &observed),
        None => observed,
    }
}

fn explain_observation(observation: &Observation) -> String {
    match observation {
        Observation::Message(expect) => expect::explain(expect),
        Observation::Disconnect { how, within } => disconnect::explain(*how, *within),
        Observation::Silence { length } => silence::explain(*length),
        Observation::Barrier { within } => barrier::explain(*within),
    }
}
