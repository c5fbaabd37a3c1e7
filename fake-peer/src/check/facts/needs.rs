//! What a script needs of a target: what it requires, and what its steps evidently depend on.

use crate::script::Script;
use crate::script::model::{Content, Expectation, FactName, Observation, Requires, Step};

/// What we send to negotiate, to which `getheaders` is no answer.
const NEGOTIATION: [&str; 8] = [
    "version",
    "verack",
    "wtxidrelay",
    "sendaddrv2",
    "sendtxrcncl",
    "sendheaders",
    "sendcmpct",
    "feefilter",
];

/// Returns what a script needs: what it requires, and that the target asks for headers if the
/// script waits for that before it does anything else, and goes on from there.
///
/// A script that ends with it is about just that, and needs nothing.
pub(in crate::check) fn needs(script: &Script) -> Requires {
    let mut needs = script.requires;
    if first(&script.steps) == Some(First::Getheaders) {
        needs.facts = needs.facts.with(FactName::AsksForHeaders);
    }
    needs
}

/// What a script does first after the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    /// It waits for `getheaders`, and goes on.
    Getheaders,
    /// It does something else.
    Other,
}

/// Returns what some steps do first, or `None` if they do nothing that counts.
fn first(steps: &[Step]) -> Option<First> {
    let mut left = steps.iter();
    while let Some(step) = left.next() {
        let is_last = left.len() == 0;
        let found = match step {
            Step::Connection { steps, .. } | Step::Repeat { steps, .. } => first(steps),
            Step::Connect { .. }
            | Step::Handshake(_)
            | Step::Ignore(_)
            | Step::Forbid(_)
            | Step::AnswerPings(_)
            | Step::Reading(_)
            | Step::Wait(_) => None,
            Step::Send(send) => match &send.content {
                Content::Message { command, .. } if NEGOTIATION.contains(&command.as_str()) => None,
                Content::Message { .. }
                | Content::Headers(_)
                | Content::Blocks(_)
                | Content::Raw(_) => Some(First::Other),
            },
            Step::Expect(Expectation::One(observation)) => match observation {
                Observation::Message(message) => match message.command.as_str() {
                    "getheaders" if !is_last => Some(First::Getheaders),
                    "version" | "verack" => None,
                    _ => Some(First::Other),
                },
                Observation::Barrier { .. } => None,
                Observation::Silence { .. } | Observation::Disconnect { .. } => Some(First::Other),
            },
            Step::Expect(Expectation::OneOf(_) | Expectation::All { .. })
            | Step::Close
            | Step::HalfClose
            | Step::Reset
            | Step::BeHonest { .. } => Some(First::Other),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::load;

    #[test]
    fn waiting_for_getheaders_first_is_a_need() {
        for (steps, expected) in [
            ("handshake; expect getheaders; send headers", true),
            (
                "handshake; send sendcmpct; barrier; expect getheaders; send headers",
                true,
            ),
            (
                "send version; expect version; send verack; expect getheaders; barrier",
                true,
            ),
            (
                "connection a { handshake; expect getheaders; send headers; }",
                true,
            ),
            ("handshake; expect getheaders", false),
            ("handshake; send mempool; expect getheaders; barrier", false),
            (
                "handshake; expect-one-of { pass { expect getheaders; }; }; barrier",
                false,
            ),
            ("handshake; barrier", false),
        ] {
            let text = format!("script x network=regtest {{ {steps}; }}");
            let script = load("x.kdl", &text).unwrap();
            let needs = needs(&script).facts.contains(FactName::AsksForHeaders);
            assert_eq!(needs, expected, "{steps}");
        }
    }
}
