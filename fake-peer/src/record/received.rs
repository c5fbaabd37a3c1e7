//! Received messages as expectations.

use fake_peer_core::Message;
use fake_peer_core::wire::{Command, RawEnvelope};

use super::fields;
use crate::script::model::{Expect, Field, FieldTest, Op, Value};

/// The commands of messages that a node sends on its own initiative, which a replay must not wait
/// for.
pub const UNPROMPTED: [&str; 6] = ["ping", "inv", "addr", "addrv2", "feefilter", "alert"];

/// [`UNPROMPTED`] messages and their answers. If we sent the answer, the replay expects the message
/// before it.
pub const CUES: [(&str, &str); 2] = [("ping", "pong"), ("inv", "getdata")];

/// The fields that have the same value again when a node receives the same messages again, by
/// command: the path of the field, and how it is compared. They do not include a node's own nonces,
/// times, addresses and names, nor anything that depends on the height of its chain.
pub const TESTED_FIELDS: [(&str, &[(&str, Op)]); 14] = [
    ("version", &[("version", Op::Is)]),
    ("sendcmpct", &[("announce", Op::Is), ("version", Op::Is)]),
    ("pong", &[("nonce", Op::Is)]),
    ("headers", &[("headers", Op::Count)]),
    ("getdata", &[("inventory.0.hash", Op::Is)]),
    ("notfound", &[("inventory", Op::Count)]),
    ("block", &[("header.merkle_root", Op::Is)]),
    ("merkleblock", &[("header.merkle_root", Op::Is)]),
    ("cmpctblock", &[("header.merkle_root", Op::Is)]),
    ("blocktxn", &[("block_hash", Op::Is)]),
    ("cfilter", &[("block_hash", Op::Is)]),
    ("cfheaders", &[("stop_hash", Op::Is)]),
    ("cfcheckpt", &[("stop_hash", Op::Is)]),
    ("reject", &[("message", Op::Is), ("code", Op::Is)]),
];

/// A received message that can be expected again.
pub(super) struct Received {
    pub(super) expect: Expect,
    pub(super) message: Message,
}

impl Received {
    /// Decodes the message in an envelope. Returns `None` if it is malformed.
    pub(super) fn from_envelope(envelope: &RawEnvelope) -> Option<Self> {
        let command = Command::from_bytes(envelope.command).ok()?;
        let message = Message::decode(command, &envelope.payload).ok()?;
        let expect = Expect {
            command,
            tests: tests(command, &message),
            captures: Vec::new(),
            within: None,
        };
        Some(Self { expect, message })
    }

    pub(super) fn is_unprompted(&self) -> bool {
        UNPROMPTED.contains(&self.expect.command.as_str())
    }
}

fn tests(command: Command, message: &Message) -> Vec<FieldTest> {
    let rows = TESTED_FIELDS
        .iter()
        .filter(|(name, _)| *name == command.as_str());
    let Some(fields) = fields::all(message) else {
        return Vec::new();
    };
    let tests = rows.flat_map(|(_, tests)| tests.iter());
    tests
        .filter_map(|(path, op)| test(&fields, path, *op))
        .collect()
}

fn test(fields: &[Field], path: &str, op: Op) -> Option<FieldTest> {
    let found = find(fields, path)?;
    let value = match (op, found) {
        (Op::Count, Value::List(items)) => Value::Int(i128::try_from(items.len()).ok()?),
        (Op::Is, value) if value.is_scalar() => value.clone(),
        _ => return None,
    };
    let path = path.parse().ok()?;
    Some(FieldTest { path, op, value })
}

fn find<'a>(fields: &'a [Field], path: &str) -> Option<&'a Value> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let mut value = &fields
        .iter()
        .find(|field| field.name.as_str() == first)?
        .value;
    for step in rest.split('.').filter(|step| !step.is_empty()) {
        value = match value {
            Value::List(items) => &items.get(step.parse::<usize>().ok()?)?.value,
            Value::Record(fields) => {
                &fields
                    .iter()
                    .find(|field| field.name.as_str() == step)?
                    .value
            }
            _ => return None,
        };
    }
    Some(value)
}

#[cfg(test)]
mod tests_of_tables {
    use fake_peer_fixtures::messages::messages;

    use super::*;

    #[test]
    fn each_tested_field_is_found_in_a_golden_message() {
        for (command, fields) in TESTED_FIELDS {
            let found = messages().any(|golden| {
                golden.command.as_str() == command
                    && Message::decode(golden.command, &golden.payload)
                        .is_ok_and(|message| tests(golden.command, &message).len() == fields.len())
            });
            assert!(found, "{command}");
        }
    }

    #[test]
    fn every_command_of_the_tables_is_known() {
        let cues = CUES.iter().flat_map(|(cue, answer)| [*cue, *answer]);
        for name in UNPROMPTED.into_iter().chain(cues) {
            let command: Command = name.parse().unwrap();
            assert!(Message::COMMANDS.contains(&command), "{name}");
        }
    }
}
