//! A payload that decodes encodes to the same bytes, has a trace, and is what the oracle reads.

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

/// The command that these bytes name, or else some command of the table.
pub(crate) fn command_of(bytes: [u8; Command::SIZE]) -> Command {
    match Command::from_bytes(bytes) {
        Ok(command) if Message::COMMANDS.contains(&command) => command,
        _ => Message::COMMANDS[usize::from(bytes[0]) % Message::COMMANDS.len()],
    }
}

/// Checks every law on a payload.
///
/// # Panics
/// If a law is broken.
pub fn check_payload(command: Command, payload: &[u8]) {
    let decoded = decode_within_bounds(command, payload);
    match &decoded {
        Ok(message) => survives(message, command, payload),
        Err(error) => points_into(error, payload),
    }
    let (explained, spans) = Message::explain(command, payload, &Rules::STRICT);
    assert_eq!(explained, decoded, "a trace changed the result");
    assert!(
        spans
            .iter()
            .all(|span| span.start <= span.end && span.end <= payload.len())
    );
    forgives(command, payload, decoded.as_ref().ok());
    ask_the_oracle(command, payload, &decoded);
}

/// Decodes, and checks the heap memory that it takes against the size of the payload. The constant
/// is for the path of an error, and for lists too short to be walked.
fn decode_within_bounds(command: Command, payload: &[u8]) -> Result<Message, DecodeError> {
    const CONSTANT: u64 = 1_536;
    let mut decoded = None;
    let heap = allocation_counter::measure(|| decoded = Some(Message::decode(command, payload)));
    let limit = 4 * payload.len() as u64 + CONSTANT;
    assert!(
        heap.bytes_max <= limit,
        "{command}: {} bytes for {}",
        heap.bytes_max,
        payload.len()
    );
    decoded.unwrap_or_else(|| unreachable!("measure calls its argument"))
}

/// The reference's rules read a valid payload like the strict rules. A payload that they tolerate
/// is read the same again once it is written without the fault.
fn forgives(command: Command, payload: &[u8], strict: Option<&Message>) {
    let Ok(lenient) = Message::decode_with(command, payload, &Rules::REFERENCE) else {
        assert_eq!(strict, None, "the reference's rules refuse a valid payload");
        return;
    };
    if let Some(strict) = strict {
        assert_eq!(
            &lenient, strict,
            "the reference's rules read a valid payload differently"
        );
    }
    let again = Message::decode_with(command, &lenient.payload(), &Rules::REFERENCE);
    assert_eq!(
        again.as_ref(),
        Ok(&lenient),
        "a tolerated payload changes when it is written"
    );
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
