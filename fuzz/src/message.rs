//! Whatever decodes encodes to the same bytes, tells its fields, and is what the oracle reads.

use fake_peer_core::message::{DecodeError, Message};
use fake_peer_core::wire::{Command, Rules};

/// The 12 bytes of a command, then its payload.
///
/// # Panics
/// If a law is broken.
pub fn message(data: &[u8]) {
    let Some((command, payload)) = data.split_first_chunk() else {
        return;
    };
    check_payload(command_of(*command), payload);
}

/// The command these bytes name, or else some command of the table.
pub(crate) fn command_of(bytes: [u8; Command::SIZE]) -> Command {
    match Command::from_bytes(bytes) {
        Ok(command) if Message::COMMANDS.contains(&command) => command,
        _ => Message::COMMANDS[usize::from(bytes[0]) % Message::COMMANDS.len()],
    }
}

/// Holds a payload against every law there is.
///
/// # Panics
/// If a law is broken.
pub fn check_payload(command: Command, payload: &[u8]) {
    let decoded = Message::decode(command, payload);
    match &decoded {
        Ok(message) => survives(message, command, payload),
        Err(error) => points_into(error, payload),
    }
    let (explained, spans) = Message::explain(command, payload, &Rules::STRICT);
    assert_eq!(explained, decoded, "a trace changed the answer");
    assert!(
        spans
            .iter()
            .all(|span| span.start <= span.end && span.end <= payload.len())
    );
    let lenient = Message::decode_with(command, payload, &Rules::REFERENCE);
    if let Ok(message) = &decoded {
        assert_eq!(
            lenient.as_ref(),
            Ok(message),
            "the reference refuses what is right"
        );
    }
    ask_the_oracle(command, payload, &decoded);
}

fn survives(message: &Message, command: Command, payload: &[u8]) {
    assert_eq!(message.command(), command);
    assert_eq!(
        message.payload(),
        payload,
        "{command} encodes to other bytes"
    );
}

fn points_into(error: &DecodeError, payload: &[u8]) {
    assert!(
        error.malformed.offset <= payload.len(),
        "{error}, but there are {}",
        payload.len()
    );
}

#[cfg(feature = "oracle")]
fn ask_the_oracle(command: Command, payload: &[u8], ours: &Result<Message, DecodeError>) {
    use crate::oracle::{compare, explain};
    if let Some(difference) = compare(command, payload, ours) {
        assert!(
            explain(&difference).is_some(),
            "crate bitcoin differs: {difference:?}"
        );
    }
}

#[cfg(not(feature = "oracle"))]
fn ask_the_oracle(_: Command, _: &[u8], _: &Result<Message, DecodeError>) {}
